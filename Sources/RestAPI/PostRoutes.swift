import Application
import Domain
import Gateway
import Hummingbird

/// Posts: writing, scheduling, publishing, and what became of them.
struct PostRoutes: Sendable {
    let services: Services
    private var posts: Posts { services.posts }

    struct NewTime: Codable, Sendable, Ruled {
        static let rules = ["scheduledFor": Rule.time, "timeZone": Rule.timeZone]
        /// ISO 8601 with an offset, or a wall time read in `timeZone`.
        let scheduledFor: String
        let timeZone: String?
    }
    struct Settlement: Codable, Sendable, Ruled {
        static let rules = ["url": Rule.url]
        let outcome: UnconfirmedOutcome
        /// Where the post is, if it is there.
        let url: String?
    }
    enum Order: String, Named { case newest, oldest }

    private static let status = QueryField.list(of: PostStatus.self, "status", "Only posts with one of these statuses")
    private static let platform = QueryField.text("platform", "Only posts for this platform")
    private static let integration = QueryField<IntegrationID>.id("integration", "Only posts for this channel")
    private static let channels = QueryField.texts("channels", "Only posts for these channels: ids or names, or platforms for all of theirs")
    private static let channel = QueryField.texts("channel", "Only on these of the post's channels: ids or names")
    private static let origin = QueryField<Origin>.choice("origin", "Only posts that were made in this way")
    private static let tag = QueryField.text("tag", "Only posts with this tag")
    private static let text = QueryField.text("text", "Only posts that contain this text")
    private static let trashed = QueryField.flag("trashed", "What was deleted and can still come back, instead; by when it was deleted")
    private static let from = QueryField.time("from", "Only posts at or after this time")
    private static let to = QueryField.time("to", "Only posts before this time")
    private static let slotChannels = QueryField.texts(
        "channel", "Of these channels: ids or names, or platforms for all of theirs; of all that publish when absent")
    private static let count = QueryField.integer("count", "How many at most for each channel", in: 1...50, default: 10)
    private static let slotsFrom = QueryField.time("from", "From this time; now when absent")
    private static let slotsTo = QueryField.time("to", "Until this time; 60 days later when absent, 14 by engagement")
    private static let basis = QueryField<SlotBasis>.choice("basis", "queue: the next ones (the standard); engagement: the best hours first")
    private static let slotTags = QueryField.texts(
        "tag", "Only those that a post with these tags takes: the ones kept for one of them, else those kept for none", maxCount: 20, maxLength: 60)
    private static let queueChannel = QueryField.text("channel", "Only this channel: id or name, or a platform for all of its channels")
    private static let days = QueryField.integer("days", "How many days, beginning with today", in: 1...31, default: 7)
    private static let cursor = QueryField.cursor()
    private static let limit = QueryField.integer("limit", "How many at most", in: 1...200, default: 50)
    private static let revision = QueryField<Int>(
        "revision", "The revision that was looked at: refused when the post was changed since",
        schema: ["type": "integer", "minimum": 1, "maximum": 2_147_483_647]
    ) { values in
        guard let number = Int(values[0]), number > 0 else { throw ProblemReport.invalid("revision", "revision is a number from a post.") }
        return number
    }
    static let scope = QueryField<SeriesScope>.choice(
        "scope", "Of a post that repeats: this one alone (the standard), this and the following, or all that are still to come")
    private static let changeKey = Parameter(
        "Idempotency-Key", in: .header, schema: ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"],
        "Makes the call safe to repeat: while the post was not changed otherwise, a repetition changes nothing and gets the post as it stands.")
    private static let order = QueryField<Order>.choice("order", "By time: newest (the standard) or oldest first")

    /// What a draft can be refused for.
    private static let draftErrors: [ProblemReport.Code] = [
        .postInvalid, .timeInPast, .unknownChannel, .ambiguousChannel, .invalidTimeZone, .addressRefused, .notFound, .unsupportedMedia,
        .tooLarge, .storageFull, .storageUnavailable, .rateLimited, .badRequest, .uploadIncomplete,
    ]

    var routes: [Route] { collection + planning + single + actions + outcomes + PostVersionRoutes(services: services).routes }

    private var collection: [Route] {
        [
            Route(
                .get, "/api/posts", "List posts", access: .scope(.postsRead),
                parameters: [
                    Self.status.parameter, Self.platform.parameter, Self.integration.parameter, Self.channels.parameter,
                    Self.origin.parameter, Self.tag.parameter, Self.text.parameter, Self.from.parameter, Self.to.parameter, Self.cursor.parameter,
                    Self.limit.parameter, Self.order.parameter, Self.trashed.parameter,
                ]
            ) { call in
                let query = PostQuery(
                    statuses: try call[Self.status] ?? [], platform: try call[Self.platform].map(PlatformID.init(rawValue:)),
                    integration: try call[Self.integration], integrations: try call[Self.channels] ?? [], origin: try call[Self.origin],
                    tag: try call[Self.tag], text: try call[Self.text], from: try call[Self.from],
                    to: try call[Self.to], cursor: try call[Self.cursor], limit: try call[Self.limit] ?? 50,
                    newestFirst: try call[Self.order] != .oldest, inTrash: try call[Self.trashed] ?? false)
                return try await posts.list(query, as: try call.caller)
            },
            Route(
                .post, "/api/posts", "Make a post: a draft, scheduled, for the next free slot, or to be published now",
                access: .scope(.postsWrite), rate: .creations, body: .json(PostDraft.self),
                successes: [.init(.created, "The post; its address is in Location", type: PostView.self)], errors: Self.draftErrors
            ) { call in
                let draft = try await call.read(PostDraft.self)
                return try created(try await posts.create(draft, key: call.idempotencyKey, as: try call.caller))
            },
            Route(
                .post, "/api/posts/validate", "Every problem of a draft, per channel, and the length of its texts, without saving it",
                access: .scope(.postsRead),
                rate: .drafting, errors: Self.draftErrors
            ) { (draft: PostDraft, call) in
                try await posts.check(draft, as: try call.caller)
            },
            Route(
                .post, "/api/posts/split", "Break a long text into parts that fit on the named channels, at the ends of sentences",
                access: .scope(.postsRead), rate: .drafting,
                errors: [.unknownChannel, .ambiguousChannel, .badRequest]
            ) { (request: SplitRequest, call) in
                try await posts.split(request, as: try call.caller)
            },
            Route(.get, "/api/tags", "The tags in use", access: .scope(.postsRead)) { call in
                Page(items: try await posts.tags(as: try call.caller), nextCursor: nil)
            },
        ]
    }

    private func created(_ post: PostView) throws -> Response {
        var response = try Response.json(post, status: .created)
        response.headers[.location] = "/api/posts/\(post.id)"
        return response
    }

    private var planning: [Route] {
        [
            Route(
                .get, "/api/slots", "Free posting times of channels", access: .scope(.postsRead),
                parameters: [
                    Self.slotChannels.parameter, Self.count.parameter, Self.slotsFrom.parameter, Self.slotsTo.parameter, Self.basis.parameter,
                    Self.slotTags.parameter,
                ],
                errors: [.unknownChannel, .ambiguousChannel, .invalidTimeZone]
            ) { call in
                let slots = try await posts.freeSlots(
                    channels: try call[Self.slotChannels], count: try call[Self.count] ?? 10, from: try call[Self.slotsFrom],
                    to: try call[Self.slotsTo], basis: try call[Self.basis] ?? .queue, tags: try call[Self.slotTags],
                    as: try call.caller)
                return Page(items: slots, nextCursor: nil)
            },
            Route(
                .get, "/api/queue", "What goes out next, day by day, with the posting times that are still free", access: .scope(.postsRead),
                parameters: [Self.queueChannel.parameter, Self.days.parameter], errors: [.unknownChannel, .ambiguousChannel, .invalidTimeZone]
            ) { call in
                Page(
                    items: try await posts.queue(
                        channel: try call[Self.queueChannel], days: try call[Self.days] ?? 7, as: try call.caller), nextCursor: nil)
            },
        ]
    }

    private var single: [Route] {
        [
            Route(.get, "/api/posts/{id}", "A post", access: .scope(.postsRead)) { call in
                try await posts.get(try call.id(of: "post"), as: try call.caller)
            },
            Route(
                .put, "/api/posts/{id}", "Replace a post where it has not begun to go out", access: .scope(.postsWrite),
                parameters: [Self.scope.parameter, Self.changeKey], errors: [.conflict, .idempotencyMismatch] + Self.draftErrors
            ) { (draft: PostDraft, call) in
                try await posts.replace(
                    try call.id(of: "post"), with: draft, key: call.idempotencyKey, scope: try call[Self.scope] ?? .this, as: try call.caller)
            },
            Route(
                .patch, "/api/posts/{id}", "Change only what is given of a post, where it has not begun to go out", access: .scope(.postsWrite),
                parameters: [Self.scope.parameter], errors: [.conflict] + Self.draftErrors
            ) { (change: PostChange, call) in
                try await posts.update(try call.id(of: "post"), change, scope: try call[Self.scope] ?? .this, as: try call.caller)
            },
            Route(
                .put, "/api/posts/{id}/schedule", "Move a post to another time", access: .scope(.postsWrite),
                parameters: [Self.scope.parameter], errors: [.conflict] + Self.draftErrors
            ) { (time: NewTime, call) in
                try await posts.reschedule(
                    try call.id(of: "post"), to: time.scheduledFor, timeZone: time.timeZone, scope: try call[Self.scope] ?? .this,
                    as: try call.caller)
            },
            Route(
                .delete, "/api/posts/{id}", "Put a post into the trash; what has not gone out does not", access: .scope(.postsWrite),
                parameters: [Self.scope.parameter], status: .noContent, errors: [.conflict, .forbidden]
            ) { call in
                try await posts.remove(try call.id(of: "post"), scope: try call[Self.scope] ?? .this, as: try call.caller)
                return Nothing()
            },
        ]
    }

    private var actions: [Route] {
        [
            action("publish", "Publish now", needs: .publish, onChannels: { try await posts.publishNow($0, channels: $1, as: $2) }),
            action("retry", "Try the failed channels again", needs: .publish, onChannels: posts.retry),
            action("cancel", "Cancel what has not gone out", onChannels: posts.cancel),
            approval, sendingBack, action("restore", "Take a post out of the trash", posts.restore),
            Route(
                .post, "/api/posts/{id}/remove-from-platforms", "Take what is public of a post away from the platforms",
                access: .scope(.postsWrite), needs: .publish, parameters: [Self.channel.parameter],
                errors: [.conflict, .unknownChannel, .ambiguousChannel, .forbidden]
            ) { call in
                let results = try await posts.removeFromPlatforms(
                    try call.id(of: "post"), channels: try call[Self.channel], as: try call.caller)
                return Page(items: results, nextCursor: nil)
            },
            Route(
                .post, "/api/posts/{id}/duplicate", "Make a draft from a post", access: .scope(.postsWrite), rate: .creations,
                successes: [.init(.created, "The draft; its address is in Location", type: PostView.self)], errors: [.conflict]
            ) { call in try created(try await posts.duplicate(try call.id(of: "post"), as: try call.caller)) },
        ]
    }

    private var approval: Route {
        Route(
            .post, "/api/posts/{id}/approve", "Approve a post in review", access: .scope(.postsWrite), needs: .approve,
            parameters: [Self.revision.parameter, Self.scope.parameter],
            errors: [.conflict, .postInvalid, .timeInPast, .forbidden]
        ) { call in
            try await posts.approve(
                try call.id(of: "post"), revision: try call[Self.revision], scope: try call[Self.scope] ?? .this, as: try call.caller)
        }
    }

    private var sendingBack: Route {
        Route(
            .post, "/api/posts/{id}/send-back", "Make a post in review a draft again, and say why", access: .scope(.postsWrite), needs: .approve,
            errors: [.conflict, .postInvalid, .forbidden]
        ) { (request: SendBack, call) in
            try await posts.sendBack(try call.id(of: "post"), note: request.note, revision: request.revision, as: try call.caller)
        }
    }

    private func action(
        _ name: String, _ summary: String, _ perform: @escaping @Sendable (PostID, Caller) async throws -> PostView
    ) -> Route {
        Route(
            .post, "/api/posts/{id}/\(name)", summary, access: .scope(.postsWrite), errors: [.conflict, .postInvalid, .timeInPast, .forbidden]
        ) { call in try await perform(try call.id(of: "post"), try call.caller) }
    }

    private func action(
        _ name: String, _ summary: String, needs: Permission? = nil,
        onChannels perform: @escaping @Sendable (PostID, [String]?, Caller) async throws -> PostView
    ) -> Route {
        Route(
            .post, "/api/posts/{id}/\(name)", summary, access: .scope(.postsWrite), needs: needs, parameters: [Self.channel.parameter],
            errors: [.conflict, .postInvalid, .timeInPast, .forbidden, .unknownChannel, .ambiguousChannel]
        ) { call in try await perform(try call.id(of: "post"), try call[Self.channel], try call.caller) }
    }

    private var outcomes: [Route] {
        [
            Route(.get, "/api/posts/{id}/attempts", "Every try to publish a post, and what the platforms answered", access: .scope(.postsRead)) {
                call in
                Page(items: try await posts.attempts(try call.id(of: "post"), as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/posts/{id}/publications/{publicationId}/resolve", "Say whether a post in doubt is on the platform",
                access: .scope(.postsWrite), needs: .publish, errors: [.conflict, .forbidden]
            ) { (settlement: Settlement, call) in
                try await posts.resolve(
                    try call.id("publicationId", of: "publication"), of: try call.id(of: "post"), outcome: settlement.outcome,
                    url: settlement.url, as: try call.caller)
            },
        ]
    }
}
