import Domain
import Foundation

extension LinkedIn {
    /// The first part becomes the post, all others comments below it.
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        try await request.publish { media, step -> Attachment? in
            guard request.kind == Self.carousel else { return try await upload(media, step: step, request: request, journal: journal) }
            guard step == "media-0-0" else { return nil }
            let document = try await PictureDocument(request.parts[0].media)
            return try await upload(
                document.file(named: request.setting("carousel_name") ?? "Slides"), step: step, request: request, journal: journal)
        } commit: { index, uploads, earlier in
            let attachments = uploads.compactMap(\.self)
            let text = request.parts[index].text
            guard let post = earlier.first else {
                let body = try post(text, attachments, request)
                return try await journal.commit("part-0", isLast: request.ends(with: index)) { intent in
                    try await findPost(text, request.account, intent)
                } _: { intent in
                    try await createPost(body, request.account, intent)
                }
            }
            return try await journal.commit("part-\(index)", isLast: request.ends(with: index)) { intent in
                try await findComment(text, below: post, request.account, intent)
            } _: { _ in
                try await createComment(text, below: post, request.account)
            }
        }
    }

    private func post(_ text: String, _ attachments: [Attachment], _ request: PublishRequest) throws -> JSONValue {
        var body: [String: JSONValue] = [
            "author": .string(author(request.account.account)), "commentary": .string(LittleText.encode(text)),
            "visibility": .string(request.setting("visibility") ?? "PUBLIC"), "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": .bool(request.toggle("disable_reshare")),
            "distribution": ["feedDistribution": "MAIN_FEED", "targetEntities": .array(targets(request)), "thirdPartyDistributionChannels": []],
        ]
        if request.kind == "poll" {
            body["content"] = [
                "poll": [
                    "question": .string(request.setting("poll_question") ?? ""),
                    "options": .array(request.answers("poll_options").map { ["text": $0] }),
                    "settings": ["duration": .string(request.setting("poll_duration") ?? "THREE_DAYS")],
                ]
            ]
        } else if request.kind == "article" {
            var article: [String: JSONValue] = [
                "source": .string(request.setting("article_url") ?? ""), "title": .string(request.setting("article_title") ?? ""),
            ]
            article["description"] = request.setting("article_description").map { .string($0) }
            article["thumbnail"] = attachments.first.map { .string($0.urn) }
            body["content"] = ["article": .object(article)]
        } else if attachments.count > 1 {
            body["content"] = ["multiImage": ["images": .array(attachments.map { .object(described($0)) })]]
        } else if let attachment = attachments.first {
            var media = described(attachment)
            // Documents must have a title; it helps videos too.
            if attachment.media.kind != .image { media["title"] = .string(LittleText.withoutMentions(attachment.media.name)) }
            body["content"] = ["media": .object(media)]
        }
        return .object(body)
    }

    private func targets(_ request: PublishRequest) -> [JSONValue] {
        let places = (request.setting("target_places") ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace } }
        return places.isEmpty ? [] : [["geoLocations": .array(places.map { .string("urn:li:geo:\($0)") })]]
    }

    private func described(_ attachment: Attachment) -> [String: JSONValue] {
        var result: [String: JSONValue] = ["id": .string(attachment.urn)]
        if let text = attachment.media.altText, !text.isEmpty { result["altText"] = .string(LittleText.withoutMentions(text)) }
        return result
    }

    func createPost(_ body: JSONValue, _ account: ConnectedAccount, _ intent: CommitIntent) async throws -> PublishedPart {
        let call = try call("POST", "/rest/posts", account.credentials, json: body, effect: .creates)
        let urn = try await api.createOnce(
            intent, refusal: Self.duplicateCode, unknown: "says that this was already posted, but not where"
        ) {
            let answer = try await sendWhenMediaIsReady(call)
            guard let urn = answer.headers["x-restli-id"] else { throw api.unreadable(answer, to: call) }
            return urn
        } earlier: { refusal in
            // LinkedIn names the post that is already there: after a lost answer that is our own.
            refusal.platformAnswer?.firstMatch(of: /urn:li:(?:share|ugcPost|activity):[0-9]+/).map { String($0.output) }
        }
        return PublishedPart(id: urn, url: postURL(urn))
    }

    /// A refusal because a file is still being processed is certain: the same call may follow shortly after.
    private func sendWhenMediaIsReady(_ call: HTTPCall) async throws -> HTTPAnswer {
        for _ in 0..<5 {
            do {
                return try await api.send(call)
            } catch let error as PlatformError where error.code == "LINKEDIN_\(Self.mediaNotReadyCode)" {
                try await context.pause(.seconds(3))
            }
        }
        return try await api.send(call)
    }

    func createComment(_ text: String, below post: PublishedPart, _ account: ConnectedAccount) async throws -> PublishedPart {
        let body: JSONValue = [
            "actor": .string(author(account.account)), "object": .string(post.id), "message": ["text": .string(LittleText.withoutMentions(text))],
        ]
        let path = "/socialActions/\(FormEncoding.escape(post.id))/comments"
        func create(_ version: String) async throws -> PublishedPart {
            let call = try call("POST", "\(version)\(path)", account.credentials, json: body, effect: .creates)
            let answer = try await commentAPI.send(call)
            let document = answer.document ?? .null  // the id may be in the header alone
            guard let id = document["commentUrn"]?.string ?? document["id"]?.string ?? answer.headers["x-restli-id"] else {
                throw commentAPI.unreadable(answer, to: call)
            }
            return PublishedPart(id: id, url: post.url)
        }
        do {
            return try await create("/rest")
        } catch let error as PlatformError where error.code == "LINKEDIN_ACCESS_DENIED" {
            // Apps without Community Management may comment through the unversioned path only.
            do {
                return try await create("/v2")
            } catch let error as PlatformError where error.code == "LINKEDIN_ACCESS_DENIED" {
                throw PlatformError(
                    .invalidContent, code: "LINKEDIN_COMMENT_NOT_ALLOWED",
                    message: "The post is published, but LinkedIn does not let this app comment below it. Write the comment at LinkedIn.",
                    platformAnswer: error.platformAnswer)
            }
        }
    }
}
