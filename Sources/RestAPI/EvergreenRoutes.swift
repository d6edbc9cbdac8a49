import Application
import Domain
import Gateway

/// Posts that go out again and again where a channel's queue has nothing.
struct EvergreenRoutes: Sendable {
    let services: Services
    private var evergreen: Evergreen { services.evergreen }

    var routes: [Route] {
        [
            Route(.get, "/api/evergreen", "The evergreen posts, in the order in which they were added", access: .scope(.postsRead)) { call in
                Page(items: try await evergreen.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/evergreen", "Have a post go out again and again, in free times of its channel's queue", access: .scope(.postsWrite),
                needs: .publish, status: .created, errors: [.unknownChannel, .postInvalid, .conflict, .notFound]
            ) { (new: NewEvergreenEntry, call) in try await evergreen.create(new, as: try call.caller) },
            Route(.get, "/api/evergreen/{id}", "One evergreen post", access: .scope(.postsRead)) { call in
                try await evergreen.get(try call.id(of: "evergreen post"), as: try call.caller)
            },
            Route(
                .patch, "/api/evergreen/{id}", "Change an evergreen post, pause it or go on with it; what is absent stays",
                access: .scope(.postsWrite), needs: .publish, errors: [.unknownChannel, .postInvalid]
            ) { (change: EvergreenChange, call) in
                try await evergreen.update(try call.id(of: "evergreen post"), change, as: try call.caller)
            },
            Route(
                .delete, "/api/evergreen/{id}", "Remove an evergreen post; what is planned or out stays", access: .scope(.postsWrite),
                needs: .publish, status: .noContent
            ) { call in
                try await evergreen.remove(try call.id(of: "evergreen post"), as: try call.caller)
                return Nothing()
            },
            Route(
                .get, "/api/evergreen/{id}/outings", "For when an evergreen post was planned, the latest first", access: .scope(.postsRead)
            ) { call in
                Page(items: try await evergreen.outings(of: try call.id(of: "evergreen post"), as: try call.caller), nextCursor: nil)
            },
        ]
    }
}

extension NewEvergreenEntry: Ruled {
    public static var rules: [String: JSONValue] {
        EvergreenChange.rules.merging([Rule.whole: Rule.either(("texts", ["type": "array"]), ("postId", ["type": "string"]))]) { _, whole in whole }
    }
}

extension EvergreenChange: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "texts": Rule.list(
                1...Evergreen.mostTexts,
                of: [
                    "minLength": 1, "maxLength": .number(Double(Evergreen.longest)),
                    "pattern": #"^[^\u0000]*[^\s\u0000-\u001f\u007f-\u009f\u200b][^\u0000]*$"#,
                ]), "tags": Rule.list(0...20, of: Rule.text(0...60)),
            "everyDays": ["minimum": 1, "maximum": 365], "most": ["minimum": 1, "maximum": 1000],
        ]
    }
}
