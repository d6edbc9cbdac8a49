import Domain
import Foundation

extension Threads {
    /// The first part becomes the post; each further part replies to the one before it, once that is public.
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        try await request.publish { media, step in
            try await attach(media, step: step, request: request, journal: journal)
        } commit: { index, attachments, earlier in
            try await publish(part: index, attachments, parent: earlier.last?.id, request, journal)
        }
    }

    /// Publishes one part, which replies to `parent` where there is one.
    func publish(
        part index: Int, _ attachments: [Attachment], parent: String?, _ request: PublishRequest, _ journal: any StepJournal
    ) async throws -> PublishedPart {
        let (text, account) = (request.parts[index].text, request.account)
        let isVideo = attachments.contains { if case .alone(let media) = $0 { media.media.kind == .video } else { false } }
        let container = try await container("container-\(index)", isVideo: isVideo, account, journal) {
            try fields(text, attachments, parent: parent, request)
        }
        let draft = Draft(container: container, text: text, parent: parent, account: account)
        let part = try await journal.commit("part-\(index)") { intent in
            try await find(draft, intent)
        } _: { intent in
            try await makePublic(draft, intent)
        }
        let url = try await journal.step("part-\(index)-address") { try await address(of: part.id, account) }
        return PublishedPart(id: part.id, url: url)
    }

    /// One part, as it is published and as it is looked for.
    struct Draft: Sendable {
        let container: String
        let text: String
        let parent: String?
        let account: ConnectedAccount
    }

    private func makePublic(_ draft: Draft, _ intent: CommitIntent) async throws -> PublishedPart {
        do {
            let id = try await quotaAware(draft.account) {
                try await containers.publish(draft.container, of: "me", token: draft.account.credentials.accessToken)
            }
            return PublishedPart(id: id, url: nil)
        } catch let error as PlatformError where error.kind != .unknownOutcome && intent.mayHaveHappened {
            // A container is published once: a second time is refused when the first was heard.
            if case .found(let part) = try await find(draft, intent) { return part }
            throw error
        }
    }

    private func fields(
        _ text: String, _ attachments: [Attachment], parent: String?, _ request: PublishRequest
    ) throws -> [(String, String)] {
        var fields = [(String, String)]()
        switch attachments.first {
        case nil: fields = [("media_type", "TEXT")]
        case .alone(let media): fields = try file(media)
        case .child:
            let children = attachments.compactMap { if case .child(let id) = $0 { id } else { nil } }
            fields = [("media_type", "CAROUSEL"), ("children", children.joined(separator: ","))]
        }
        if !text.isEmpty { fields.append(("text", text)) }
        if let hidden = try Self.spoilers(in: text, of: request) {
            fields.append(("text_entities", try JSON.text(hidden)))
        }
        if !attachments.isEmpty, request.toggle("spoiler_media") { fields.append(("is_spoiler_media", "true")) }
        if let parent { return fields + [("reply_to_id", parent)] }
        return try fields + settings(request)
    }

    /// What the author chose for the post as a whole.
    private func settings(_ request: PublishRequest) throws -> [(String, String)] {
        var fields = [(String, String)]()
        if let control = request.setting("reply_control"), control != "everyone" { fields.append(("reply_control", control)) }
        for (setting, field) in [
            ("topic_tag", "topic_tag"), ("location_id", "location_id"), ("country_codes", "allowlisted_country_codes"),
            ("quote_post_id", "quote_post_id"), ("link", "link_attachment"),
        ] {
            if let value = request.setting(setting) { fields.append((field, value)) }
        }
        for (setting, field) in [("reply_approvals", "enable_reply_approvals"), ("share_to_instagram", "crossreshare_to_ig")]
        where request.toggle(setting) {
            fields.append((field, "true"))
        }
        if request.kind == "ghost" { fields.append(("is_ghost_post", "true")) }
        if let attachment = Self.attachment(request) { fields.append((attachment.field, try JSON.text(attachment.value))) }
        return fields
    }

    /// What goes along as JSON.
    private static func attachment(_ request: PublishRequest) -> (field: String, value: JSONValue)? {
        func text(_ name: String) -> JSONValue? { request.setting(name).map { .string($0) } }
        switch request.kind {
        case "poll":
            let options = ["a", "b", "c", "d"].compactMap { letter in text("poll_option_\(letter)").map { ("option_\(letter)", $0) } }
            return ("poll_attachment", .object(Dictionary(uniqueKeysWithValues: options)))
        case "gif": return text("gif_id").map { ("gif_attachment", ["gif_id": $0, "provider": "GIPHY"]) }
        case "long":
            return text("long_text").map { plain in
                let link = text("long_text_link").map { ["link_attachment_url": $0] } ?? [:]
                return ("text_attachment", .object(["plaintext": plain].merging(link) { first, _ in first }))
            }
        default: return nil
        }
    }

    /// The public address. A post that is public has not failed because it is not told: the profile shows it, too.
    private func address(of id: String, _ account: ConnectedAccount) async throws -> String {
        let post = try? await graph.get(
            FormEncoding.escape(id), [("fields", "id,permalink")], token: account.credentials.accessToken)
        try Task.checkCancellation()
        return post?["permalink"]?.string ?? profileURL(account.account.username)
    }
}
