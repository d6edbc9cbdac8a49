import Application
import Domain
import Gateway
import Hummingbird

/// What posts are made of again and again: templates, signatures, groups of hashtags.
struct TemplateRoutes: Sendable {
    let services: Services

    var routes: [Route] { templates + signatures + hashtags }

    private var templates: [Route] {
        let templates = services.templates
        return [
            Route(.get, "/api/templates", "The templates, by name", access: .scope(.postsRead)) { call in
                Page(items: try await templates.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/templates", "Make a template: texts with places such as {{name}}, channels, settings and tags",
                access: .scope(.postsWrite), status: .created, errors: [.unknownChannel, .conflict]
            ) { (new: NewPostTemplate, call) in try await templates.create(new, as: try call.caller) },
            Route(.get, "/api/templates/{id}", "One template", access: .scope(.postsRead)) { call in
                try await templates.get(try call.id(of: "template"), as: try call.caller)
            },
            Route(
                .patch, "/api/templates/{id}", "Change a template; what is absent stays", access: .scope(.postsWrite),
                errors: [.unknownChannel, .conflict]
            ) { (change: PostTemplateChange, call) in
                try await templates.update(try call.id(of: "template"), change, as: try call.caller)
            },
            Route(
                .delete, "/api/templates/{id}", "Remove a template; the posts stay", access: .scope(.postsWrite), status: .noContent
            ) { call in
                try await templates.remove(try call.id(of: "template"), as: try call.caller)
                return Nothing()
            },
        ]
    }

    private var signatures: [Route] {
        let signatures = services.signatures
        return [
            Route(.get, "/api/signatures", "The signatures, by name", access: .scope(.postsRead)) { call in
                Page(items: try await signatures.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/signatures", "Add a signature. One may be automatic: new posts begin with it in the composer",
                access: .scope(.postsWrite), needs: .schedule, status: .created, errors: [.conflict, .forbidden]
            ) { (new: NewSignature, call) in try await signatures.create(new, as: try call.caller) },
            Route(
                .patch, "/api/signatures/{id}", "Change a signature; what is absent stays", access: .scope(.postsWrite), needs: .schedule,
                errors: [.conflict, .forbidden]
            ) { (change: SignatureChange, call) in
                try await signatures.update(try call.id(of: "signature"), change, as: try call.caller)
            },
            Route(
                .delete, "/api/signatures/{id}", "Remove a signature; posts keep it", access: .scope(.postsWrite), needs: .schedule,
                status: .noContent, errors: [.forbidden]
            ) { call in
                try await signatures.remove(try call.id(of: "signature"), as: try call.caller)
                return Nothing()
            },
        ]
    }

    private var hashtags: [Route] {
        let groups = services.hashtags
        return [
            Route(.get, "/api/hashtag-groups", "The groups of hashtags, by name", access: .scope(.postsRead)) { call in
                Page(items: try await groups.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/hashtag-groups", "Add a group of hashtags", access: .scope(.postsWrite), status: .created, errors: [.conflict]
            ) { (new: NewHashtagGroup, call) in try await groups.create(new, as: try call.caller) },
            Route(
                .patch, "/api/hashtag-groups/{id}", "Change a group of hashtags; what is absent stays", access: .scope(.postsWrite),
                errors: [.conflict]
            ) { (change: HashtagGroupChange, call) in
                try await groups.update(try call.id(of: "hashtag group"), change, as: try call.caller)
            },
            Route(
                .delete, "/api/hashtag-groups/{id}", "Remove a group of hashtags; posts keep them", access: .scope(.postsWrite),
                status: .noContent
            ) { call in
                try await groups.remove(try call.id(of: "hashtag group"), as: try call.caller)
                return Nothing()
            },
        ]
    }
}

extension NewPostTemplate: Ruled {
    public static var rules: [String: JSONValue] {
        PostTemplateChange.rules
    }
}

extension PostTemplateChange: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "name": Rule.line(200), "parts": Rule.list(1...PostTemplates.mostParts, of: Rule.text(0...PostTemplates.longest)),
            "integrationIds": Rule.list(0...100), "settings": ["description": "By a channel's id"],
            "tags": Rule.list(0...20, of: Rule.text(0...60)),
        ]
    }
}

extension NewSignature: Ruled {
    public static var rules: [String: JSONValue] { SignatureChange.rules }
}

extension SignatureChange: Ruled {
    public static var rules: [String: JSONValue] { ["name": Rule.line(200), "text": Rule.text(1...Signatures.longest)] }
}

extension NewHashtagGroup: Ruled {
    public static var rules: [String: JSONValue] { HashtagGroupChange.rules }
}

extension HashtagGroupChange: Ruled {
    public static var rules: [String: JSONValue] {
        ["name": Rule.line(200), "hashtags": Rule.list(1...HashtagGroup.most, of: Rule.text(1...101))]
    }
}
