import Application
import Domain
import Gateway

/// What is done, once each, with posts that are out.
struct PlugRoutes: Sendable {
    let services: Services
    private var plugs: Plugs { services.plugs }

    private static let channel = QueryField<IntegrationID>.id("integrationId", "Only about posts of this channel")
    private static let post = QueryField<PostID>.id("postId", "Only about this post alone")

    var routes: [Route] {
        [
            Route(
                .get, "/api/plugs", "What is done with posts that are out, in the order in which it was set up", access: .scope(.postsRead),
                parameters: [Self.channel.parameter, Self.post.parameter]
            ) { call in
                let found = try await plugs.list(of: try call[Self.channel], about: try call[Self.post], as: try call.caller)
                return Page(items: found, nextCursor: nil)
            },
            Route(
                .post, "/api/plugs", "Have posts reposted or commented on once, at so many likes or after some time", access: .scope(.postsWrite),
                needs: .publish, status: .created, errors: [.unknownChannel, .conflict, .notFound]
            ) { (new: NewPlug, call) in try await plugs.create(new, as: try call.caller) },
            Route(.get, "/api/plugs/{id}", "One plug", access: .scope(.postsRead)) { call in
                try await plugs.get(try call.id(of: "plug"), as: try call.caller)
            },
            Route(
                .patch, "/api/plugs/{id}", "Change a plug, or switch it off or on; what is absent stays", access: .scope(.postsWrite),
                needs: .publish, errors: [.unknownChannel]
            ) { (change: PlugChange, call) in try await plugs.update(try call.id(of: "plug"), change, as: try call.caller) },
            Route(
                .delete, "/api/plugs/{id}", "Remove a plug; what it has done stays", access: .scope(.postsWrite), needs: .publish,
                status: .noContent
            ) { call in
                try await plugs.remove(try call.id(of: "plug"), as: try call.caller)
                return Nothing()
            },
            Route(.get, "/api/posts/{id}/plug-runs", "What plugs did with a post, the latest first", access: .scope(.postsRead)) { call in
                Page(items: try await plugs.runs(of: try call.id(of: "post"), as: try call.caller), nextCursor: nil)
            },
        ]
    }
}

extension NewPlug: Ruled {
    public static var rules: [String: JSONValue] { PlugChange.rules }
}

extension PlugChange: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "text": Rule.text(0...Plugs.longest), "amount": ["minimum": 1, "maximum": 1_000_000], "days": ["minimum": 1, "maximum": 90],
        ]
    }
}
