import Domain
import Foundation

extension X {
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        try await request.publish { media, step in
            try await upload(media, step: step, request: request, journal: journal)
        } commit: { index, mediaIds, earlier in
            if index == 0, [Self.article, Self.articleDraft].contains(request.kind) { return try await article(mediaIds, request, journal) }
            let draft = Draft(
                text: text(of: request.parts[index]), mediaIds: mediaIds, parent: earlier.last?.id, isFirst: index == 0,
                account: request.account)
            return try await journal.commit("part-\(index)", isLast: request.ends(with: index)) { intent in
                try await find(draft, intent)
            } _: { intent in
                try await create(draft, request, intent)
            }
        }
    }

    /// One post, as it is sent and as it is looked for.
    struct Draft: Sendable {
        let text: String
        let mediaIds: [String]
        let parent: String?
        let isFirst: Bool
        let account: ConnectedAccount
    }

    func text(of part: OutgoingPart) -> String {
        guard context.configuration.flag("STRIP_LINKS_FROM_X_POSTS") else { return part.text }
        var text = part.text
        for link in LinkScanner.links(in: text).reversed() { text.removeSubrange(link) }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func create(_ draft: Draft, _ request: PublishRequest, _ intent: CommitIntent) async throws -> PublishedPart {
        let call = signed("POST", "/2/tweets", draft.account.credentials, body: try .json(body(of: draft, request)), effect: .creates)
        return try await api.createOnce(
            intent, refusal: Self.duplicateCode, unknown: "says that this text was already posted, but shows no such post"
        ) {
            published(try await api.made(call, at: "data", "id").id, draft)
        } earlier: { _ in
            try await find(draft, intent).adopted  // The refusal names no post: only one that is found is ours.
        }
    }

    private func body(of draft: Draft, _ request: PublishRequest) -> JSONValue {
        var body = [String: JSONValue]()
        if !draft.text.isEmpty { body["text"] = .string(draft.text) }
        if !draft.mediaIds.isEmpty {
            var media: [String: JSONValue] = ["media_ids": .array(draft.mediaIds.map { .string($0) })]
            if draft.isFirst, let people = request.setting("tagged_users") {
                media["tagged_user_ids"] = .array(people.split(separator: ",").map { .string($0.trimmingCharacters(in: .whitespaces)) })
            }
            body["media"] = .object(media)
        }
        if let parent = draft.parent { body["reply"] = ["in_reply_to_tweet_id": .string(parent)] }
        if draft.isFirst {
            if request.kind == "poll" {
                let minutes = request.setting("poll_minutes").flatMap(Double.init) ?? 1440
                body["poll"] = ["options": .array(request.answers("poll_options")), "duration_minutes": .number(minutes)]
            }
            if let replies = request.setting("who_can_reply_post"), replies != "everyone" { body["reply_settings"] = .string(replies) }
            if let community = request.setting("community")?.split(separator: "/").last {
                body["community_id"] = .string(String(community))
                body["share_with_followers"] = .bool(request.settings["share_with_followers"]?.bool ?? true)
            }
            if let place = request.setting("place_id") { body["geo"] = ["place_id": .string(place)] }
            if draft.mediaIds.isEmpty, let quoted = request.setting("quote")?.firstMatch(of: /\/status\/([0-9]+)/) {
                body["quote_tweet_id"] = .string(String(quoted.output.1))
            }
        }
        // A thread is for the same people from its beginning to its end.
        if request.toggle("subscribers_only") { body["for_super_followers_only"] = true }
        for label in ["made_with_ai", "paid_partnership"] where request.toggle(label) { body[label] = true }
        return .object(body)
    }

    func published(_ id: String, _ draft: Draft) -> PublishedPart {
        PublishedPart(id: id, url: hosts.url("https://x.com/\(draft.account.account.username)/status/\(id)"))
    }
}
