import Application
import Domain
import Gateway
import Hummingbird

/// Feeds whose new items become posts.
struct SourceRoutes: Sendable {
    let services: Services
    private var sources: FeedSources { services.sources }

    private static let status = QueryField<FeedEntry.Status>.choice("status", "Only items that stand so")
    private static let limit = QueryField.integer("limit", "How many at most", in: 1...200, default: 50)
    private static let before = QueryField<FeedEntryID>.id("before", "Only items that were seen before this one")

    /// What a person decides about items that may have been there before.
    struct HeldDecision: Codable, Sendable {
        enum Decision: String, Codable, Sendable, CaseIterable {
            /// They make posts.
            case post = "POST"
            /// They were there before.
            case ignore = "IGNORE"
        }
        let decision: Decision
    }

    struct Decided: Codable, Sendable {
        /// How many items it were.
        let count: Int
    }

    var routes: [Route] { listed + changed + items }

    private var listed: [Route] {
        [
            Route(.get, "/api/sources", "The feeds whose new items become posts, by name", access: .scope(.postsRead)) { call in
                Page(items: try await sources.list(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/sources", "Add a feed: RSS, Atom or JSON Feed. What it holds now makes no posts", access: .scope(.admin), needs: .manage,
                status: .created, errors: [.unknownChannel, .conflict]
            ) { (new: NewFeedSource, call) in try await sources.create(new, as: try call.caller) },
            Route(
                .post, "/api/sources/preview", "Read a feed without keeping it: its first items, and what their posts would say",
                access: .scope(.admin), needs: .manage
            ) { (new: NewFeedSource, call) in try await sources.preview(new, as: try call.caller) },
            Route(.get, "/api/sources/{id}", "One feed", access: .scope(.postsRead)) { call in
                try await sources.get(try call.id(of: "feed"), as: try call.caller)
            },
        ]
    }

    private var changed: [Route] {
        [
            Route(
                .patch, "/api/sources/{id}", "Change a feed, pause it or let it go on; what is absent stays", access: .scope(.admin), needs: .manage,
                errors: [.unknownChannel]
            ) { (change: FeedSourceChange, call) in
                try await sources.update(try call.id(of: "feed"), change, as: try call.caller)
            },
            Route(
                .delete, "/api/sources/{id}", "Remove a feed and the record of its items; the posts stay", access: .scope(.admin), needs: .manage,
                status: .noContent
            ) { call in
                try await sources.remove(try call.id(of: "feed"), as: try call.caller)
                return Nothing()
            },
            Route(.post, "/api/sources/{id}/read", "Read a feed now", access: .scope(.admin), needs: .manage, errors: [.conflict]) { call in
                try await sources.readNow(try call.id(of: "feed"), as: try call.caller)
            },
            Route(
                .post, "/api/sources/{id}/held", "Decide about all items that may have been there before under other ids and links",
                access: .scope(.admin), needs: .manage
            ) { (decision: HeldDecision, call) in
                Decided(
                    count: try await sources.decide(held: try call.id(of: "feed"), areNew: decision.decision == .post, as: try call.caller))
            },
        ]
    }

    private var items: [Route] {
        [
            Route(
                .get, "/api/sources/{id}/items", "The items of a feed and what became of each, newest first", access: .scope(.postsRead),
                parameters: [Self.status.parameter, Self.before.parameter, Self.limit.parameter]
            ) { call in
                let found = try await sources.entries(
                    of: try call.id(of: "feed"), status: try call[Self.status], before: try call[Self.before],
                    limit: try call[Self.limit] ?? 50, as: try call.caller)
                return Page(items: found, nextCursor: nil)
            },
            Route(
                .post, "/api/source-items/{id}/post", "Make the post of an item that has made none", access: .scope(.admin), needs: .manage,
                errors: [.conflict]
            ) { call in try await sources.post(try call.id(of: "item"), as: try call.caller) },
            Route(
                .post, "/api/source-items/{id}/ignore", "Have an item that waits make no post", access: .scope(.admin), needs: .manage,
                errors: [.conflict]
            ) { call in try await sources.ignore(try call.id(of: "item"), as: try call.caller) },
        ]
    }
}

extension FeedEntry.Status: Named {}

extension NewFeedSource: Ruled {
    public static var rules: [String: JSONValue] {
        FeedSourceChange.rules.merging(["url": Rule.url]) { $1 }
    }
}

extension FeedSourceChange: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "name": Rule.line(200), "integrationIds": Rule.list(0...100), "pattern": Rule.text(1...FeedPattern.longest),
            "words": Rule.list(0...50, of: Rule.text(0...100)), "withoutWords": Rule.list(0...50, of: Rule.text(0...100)),
            "postsPerDay": ["minimum": 1, "maximum": 100], "minutes": ["minimum": 15, "maximum": 1440],
        ]
    }
}
