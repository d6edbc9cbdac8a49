import Domain
import Foundation

extension TikTok {
    /// How long TikTok may take to fetch a picture.
    private static let fetchTime = Duration.hours(2)
    /// After so long, what is not in the account's list may still be in moderation: only a person can tell.
    private static let listTime = Duration.minutes(30)

    /// TikTok fetches pictures by itself, so beginning makes them public.
    func sendPictures(
        _ media: [OutgoingMedia], _ request: PublishRequest, _ disabled: [String], _ suffix: String, _ journal: any StepJournal
    ) async throws -> Sent {
        @Sendable func begin(_ effect: HTTPCall.Effect) async throws -> Sent {
            let body = try pictureBody(media, request, disabled)
            let begun: Begun = try await ask("POST", "post/publish/content/init/", request.account.credentials, body: body, effect: effect)
            return Sent(publishId: begun.publishId)
        }
        // Of a draft the worst is a second one in the inbox.
        if request.isDraft { return try await journal.step("photos\(suffix)") { try await begin(.harmless) } }
        return try await journal.commit("part-0\(suffix)") { intent in
            try await findPictures(request, intent)
        } _: { _ in
            try await begin(.creates)
        }
    }

    private struct Begun: Decodable {
        let publishId: String

        enum CodingKeys: String, CodingKey {
            case publishId = "publish_id"
        }
    }

    private func pictureBody(_ media: [OutgoingMedia], _ request: PublishRequest, _ disabled: [String]) throws -> JSONValue {
        var info: [String: JSONValue] = ["description": .string(request.text)]
        if let title = request.setting("title") { info["title"] = .string(title) }
        if !request.isDraft {
            info.merge(self.info(request, disabled: disabled, allows: ["comment"])) { $1 }
            info["auto_add_music"] = .bool(request.setting("autoAddMusic") == "yes")
        }
        let cover = min(request.setting("photo_cover_index").flatMap(Int.init) ?? 0, media.count - 1)
        return [
            "media_type": "PHOTO", "post_mode": request.isDraft ? "MEDIA_UPLOAD" : "DIRECT_POST", "post_info": .object(info),
            "source_info": [
                "source": "PULL_FROM_URL", "photo_images": .array(try media.map { .string(try $0.publicURL(Self.fetchTime).absoluteString) }),
                "photo_cover_index": .number(Double(cover)),
            ],
        ]
    }

    /// The account's list shows what everybody can see, and only after moderation.
    private func findPictures(_ request: PublishRequest, _ intent: CommitIntent) async throws -> Finding<Sent> {
        guard request.setting("privacy_level") == "PUBLIC_TO_EVERYONE" else { return .undecidable }
        let fields = FormEncoding.escape("id,create_time,title,video_description")
        var cursor: JSONValue?
        for _ in 0..<lookUpPages {
            let body: [String: JSONValue] = ["max_count": 20].merging(cursor.map { ["cursor": $0] } ?? [:]) { $1 }
            let page: JSONValue = try await ask("POST", "video/list/?fields=\(fields)", request.account.credentials, body: .object(body))
            let videos = page["videos"]?.array ?? []
            let match = videos.first { video in
                Self.isNew(video, intent) && ["title", "video_description"].contains { video[$0]?.string == request.text }
            }
            if let id = match?["id"]?.string { return .found(Sent(publishId: "", postId: id)) }
            cursor = page["cursor"]
            // The newest come first.
            let reachedBack = videos.last.map { !Self.isNew($0, intent) } ?? true
            if page["has_more"]?.bool != true || reachedBack { break }
        }
        return intent.now - intent.lastTriedAt < Self.listTime ? .lookAgain(after: .minutes(2)) : .undecidable
    }

    private static func isNew(_ video: JSONValue, _ intent: CommitIntent) -> Bool {
        guard let made = video["create_time"]?.number else { return true }
        return Timestamp(milliseconds: Int64(made) * 1000) >= intent.earliest
    }
}
