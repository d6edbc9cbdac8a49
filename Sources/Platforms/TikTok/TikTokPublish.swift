import Domain
import Foundation

extension TikTok {
    /// How often a post is begun: again where TikTok failed on it for reasons of its own, or the address for its upload ended.
    private static let tries = 3
    /// How long the post's own id, which comes after moderation, is waited for.
    private static let idTime = Duration.minutes(2)

    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        do {
            for number in 0..<Self.tries {
                let suffix = number == 0 ? "" : "-again-\(number)"
                guard let sent = try await send(request, suffix, journal) else { continue }
                if let id = sent.postId {
                    let account = request.account
                    return .published(platformPostId: id, url: id.isEmpty ? profileURL(account.account.username) : postURL(id, account))
                }
                let end = try await journal.step("done\(suffix)") { try await ending(of: sent.publishId, request.account.credentials) }
                guard let reason = end.failure else { return try await live(sent.publishId, end, request, suffix, journal) }
                if let problem = Self.problem(reason) { throw problem }
            }
        } catch let wait as StillProcessing {
            return .processing(checkAfter: wait.checkAfter)
        }
        throw PlatformError(
            .invalidContent, code: "TIKTOK_FAILED",
            message: "TikTok failed on this post several times without saying why. Publish it again later.")
    }

    /// What was handed over: TikTok's name for the post to be, or the post itself where only that is known.
    struct Sent: Codable, Sendable {
        let publishId: String
        /// Empty where a person has seen the post and did not say which it is.
        var postId: String?

        private enum CodingKeys: String, CodingKey { case publishId, postId, id }

        init(publishId: String, postId: String? = nil) { (self.publishId, self.postId) = (publishId, postId) }

        /// A person's word on a post in doubt stands in the journal as a part that is public.
        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            publishId = try values.decodeIfPresent(String.self, forKey: .publishId) ?? ""
            postId = try values.decodeIfPresent(String.self, forKey: .postId) ?? values.decodeIfPresent(String.self, forKey: .id)
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(publishId, forKey: .publishId)
            try values.encodeIfPresent(postId, forKey: .postId)
        }
    }

    /// Nil when it has to begin anew.
    private func send(_ request: PublishRequest, _ suffix: String, _ journal: any StepJournal) async throws -> Sent? {
        let media = request.parts.first?.media ?? []
        guard let first = media.first else {
            throw PlatformError(.invalidContent, code: "TIKTOK_MEDIA_NEEDED", message: "TikTok needs a video or pictures. Add them.")
        }
        let disabled = request.isDraft ? [] : try await journal.step("creator\(suffix)") { try await turnedOff(for: request) }
        guard request.kind.hasPrefix("photo") else { return try await sendFilm(first, request, disabled, suffix, journal) }
        return try await sendPictures(media, request, disabled, suffix, journal)
    }

    /// How processing ended.
    private struct Ending: Codable, Sendable {
        let at: Timestamp
        /// TikTok's `fail_reason`.
        let failure: String?
    }

    private func ending(of publishId: String, _ credentials: Credentials) async throws -> Ending {
        try await context.awaitResult(checkAfter: .seconds(5)) {
            let status = try await status(of: publishId, credentials)
            switch status.status {
            case "PUBLISH_COMPLETE", "SEND_TO_USER_INBOX": return Ending(at: context.time.now, failure: nil)
            case "FAILED": return Ending(at: context.time.now, failure: status.failReason ?? "internal")
            default: return nil
            }
        }
    }

    private func live(
        _ publishId: String, _ end: Ending, _ request: PublishRequest, _ suffix: String, _ journal: any StepJournal
    ) async throws -> PublishOutcome {
        if request.isDraft {
            return .published(
                platformPostId: publishId, url: hosts.url("https://www.tiktok.com/messages?lang=en"),
                notes: ["It waits as a draft in the inbox of the TikTok app: finish it there."])
        }
        let id = try await journal.step("id\(suffix)") {
            try await context.awaitResult(checkAfter: .seconds(10)) {
                // Only what everybody can see is ever told.
                guard request.setting("privacy_level") == "PUBLIC_TO_EVERYONE" else { return "" }
                let told = try await status(of: publishId, request.account.credentials).postIds.first
                return told ?? (context.time.now - end.at > Self.idTime ? "" : nil)
            }
        }
        guard !id.isEmpty else { return .published(platformPostId: publishId, url: profileURL(request.account.account.username)) }
        return .published(platformPostId: id, url: postURL(id, request.account))
    }

    private func postURL(_ id: String, _ account: ConnectedAccount) -> String { "\(profileURL(account.account.username))/video/\(id)" }

    // MARK: How it stands

    struct Status: Decodable, Sendable {
        let status: String
        let failReason: String?
        let uploadedBytes: Int?
        /// Numbers of 64 bits; empty as long as the post is in moderation, and for ever where not everybody can see it.
        let postIds: [String]

        enum CodingKeys: String, CodingKey {
            case status
            case failReason = "fail_reason"
            case uploadedBytes = "uploaded_bytes"
            // Spelled so by TikTok.
            case postIds = "publicaly_available_post_id"
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            status = try values.decode(String.self, forKey: .status)
            failReason = try values.decodeIfPresent(String.self, forKey: .failReason)
            uploadedBytes = try values.decodeIfPresent(Int.self, forKey: .uploadedBytes)
            let numbers = try? values.decodeIfPresent([UInt64].self, forKey: .postIds)  // or texts, as of other ids
            postIds = try numbers?.map(String.init) ?? values.decodeIfPresent([String].self, forKey: .postIds) ?? []
        }
    }

    func status(of publishId: String, _ credentials: Credentials) async throws -> Status {
        try await ask("POST", "post/publish/status/fetch/", credentials, body: ["publish_id": .string(publishId)])
    }
}

extension PublishRequest {
    /// Whether the author finishes it in the app.
    var isDraft: Bool { kind.hasSuffix("_draft") }
    var text: String { parts.first?.text ?? "" }
}
