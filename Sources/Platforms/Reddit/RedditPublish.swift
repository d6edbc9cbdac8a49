import Domain
import Foundation

extension Reddit {
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        let credentials = request.account.credentials
        return try await request.publish { media, step in
            try await journal.step(step) { try await upload(media, credentials) }
        } commit: { index, uploads, earlier in
            if let post = earlier.first {
                return try await comment(request.parts[index].text, below: post, step: "part-\(index)", request.account, journal)
            }
            let draft = Draft(
                kind: request.kind, community: Self.community(request.setting("subreddit") ?? ""), title: request.setting("title") ?? "",
                text: request.parts[index].text, link: request.kind == "link" ? request.setting("url") : nil,
                shared: request.setting("crosspost_of").flatMap(Self.shared), account: request.account)
            return try await submit(draft, uploads, request, journal)
        }
    }

    /// A post, as it is sent and as it is looked for.
    struct Draft: Sendable {
        let kind: String
        let community: String
        let title: String
        let text: String
        let link: String?
        /// The post that a crosspost shares.
        let shared: String?
        let account: ConnectedAccount

        /// Reddit answers before it has made a post of a file, and does not say which it will be.
        var appearsLater: Bool { ["image", "video"].contains(kind) }
    }

    /// What is known of a post that was sent.
    struct Submission: Codable, Sendable {
        let at: Timestamp
        /// Nil where Reddit named none yet.
        let part: PublishedPart?

        init(at: Timestamp, part: PublishedPart?) { (self.at, self.part) = (at, part) }

        /// A person's word on a post in doubt stands in the journal as a part that is public; without an id it is looked for.
        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            guard let at = try values.decodeIfPresent(Timestamp.self, forKey: .at) else {
                let part = try PublishedPart(from: decoder)
                self.init(at: Timestamp(milliseconds: 0), part: part.id.isEmpty ? nil : part)
                return
            }
            self.init(at: at, part: try values.decodeIfPresent(PublishedPart.self, forKey: .part))
        }
    }

    private func submit(
        _ draft: Draft, _ uploads: [Upload], _ request: PublishRequest, _ journal: any StepJournal
    ) async throws -> PublishedPart {
        var files = uploads
        if draft.kind == "video", !files.contains(where: { $0.kind == .image }) {
            files.append(try await journal.step("cover") { try await upload(Self.plainCover, draft.account.credentials) })
        }
        let call = try submitCall(draft, files, request)
        let submission = try await journal.commit("part-0") { intent in
            try await find(draft, intent)
        } _: { intent in
            try await api.createOnce(
                intent, refusal: Self.duplicateCode, unknown: "says that this link was already posted, but shows no such post"
            ) {
                let answer: JSONValue = try await api.value(call)
                return Submission(at: intent.now, part: try part(answer, call, draft))
            } earlier: { _ in
                try await find(draft, intent).adopted  // The refusal names no post: only one that is found is ours.
            }
        }
        if let part = submission.part { return part }
        return try await journal.step("part-0-shown") { try await shown(draft, since: submission.at) }
    }

    private func part(_ answer: JSONValue, _ call: HTTPCall, _ draft: Draft) throws -> PublishedPart? {
        let data = answer["json"]?["data"]
        // Galleries and polls tell the id with its prefix.
        if let id = data?["name"]?.string ?? data?["id"]?.string {
            return PublishedPart(id: id.hasPrefix("t3_") ? id : "t3_\(id)", url: data?["url"]?.string)
        }
        guard draft.appearsLater, data?.object != nil else {
            let told = try JSON.data(answer)
            throw api.unreadable(HTTPAnswer(status: 200, headers: [:], body: told), to: call)
        }
        return nil
    }

    /// How long a post of a file may stay out of sight.
    private static let longestProcessing = Duration.minutes(60)

    private func shown(_ draft: Draft, since submitted: Timestamp) async throws -> PublishedPart {
        if let part = try await search(draft, since: submitted - .minutes(1)).part { return part }
        guard context.time.now - submitted < Self.longestProcessing else {
            throw api.unknown(
                "took the file and shows no post of it within an hour. Mostly it could not process the file", answer: nil, decidable: false)
        }
        throw StillProcessing(checkAfter: .seconds(10))
    }

    // MARK: Calls

    private func submitCall(_ draft: Draft, _ files: [Upload], _ request: PublishRequest) throws -> HTTPCall {
        let (path, body) = try content(of: draft, files, request)
        return call("POST", "\(path)?raw_json=1", draft.account.credentials, body: body, effect: .creates)
    }

    private func content(of draft: Draft, _ files: [Upload], _ request: PublishRequest) throws -> (path: String, HTTPBody) {
        switch draft.kind {
        case "gallery":
            guard files.count > 1 else {
                throw PlatformError(
                    .invalidContent, code: "REDDIT_GALLERY_TOO_SMALL", message: "A gallery has two pictures at least. Add one, or post a picture.")
            }
            let captions = try api.values(of: "gallery_captions", in: request, forEachOf: files.count)
            let links = try api.values(of: "gallery_links", in: request, forEachOf: files.count)
            let items: [JSONValue] = zip(files, zip(captions, links)).map { file, words in
                ["media_id": .string(file.asset), "caption": .string(words.0 ?? ""), "outbound_url": .string(words.1 ?? "")]
            }
            return (
                "/api/submit_gallery_post.json", try .json(common(draft, request).merging(["items": .array(items), "show_error_list": true]) { $1 })
            )
        case "poll":
            let poll: [String: JSONValue] = [
                "options": .array(request.answers("poll_options")), "duration": .number(Double(request.setting("poll_days") ?? "") ?? 3),
                "show_error_list": true,
            ]
            return ("/api/submit_poll_post", try .json(common(draft, request).merging(poll) { $1 }))
        default: return ("/api/submit", form(draft, files, request))
        }
    }

    private func form(_ draft: Draft, _ files: [Upload], _ request: PublishRequest) -> HTTPBody {
        let kind = ["link", "image", "video", "crosspost"].contains(draft.kind) ? draft.kind : "self"
        var fields = common(draft, request).mapValues { $0.string ?? ($0.bool == true ? "true" : "false") }
        fields["kind"] = kind
        fields["url"] = draft.link ?? files.first { kind == "video" ? $0.kind == .video : true }?.url
        if kind == "video" { fields["video_poster_url"] = files.first { $0.kind == .image }?.url }
        if kind == "crosspost" { fields["crosspost_fullname"] = draft.shared }
        if kind == "link" { fields["resubmit"] = request.toggle("allow_repost") ? "true" : "false" }
        return .form(fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    /// What posts of every kind have.
    private func common(_ draft: Draft, _ request: PublishRequest) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "api_type": "json", "sr": .string(draft.community), "title": .string(draft.title), "nsfw": .bool(request.toggle("nsfw")),
            "spoiler": .bool(request.toggle("spoiler")), "sendreplies": .bool(request.toggle("send_replies")),
            // The community's rules are looked at before anything is made.
            "validate_on_submit": true,
        ]
        if !draft.text.isEmpty { fields["text"] = .string(draft.text) }
        if let flair = request.setting("flair_id") {
            fields["flair_id"] = .string(flair)
            fields["flair_text"] = request.setting("flair_text").map { .string($0) }
        }
        return fields
    }

    func comment(
        _ text: String, below post: PublishedPart, step: String, _ account: ConnectedAccount, _ journal: any StepJournal
    ) async throws -> PublishedPart {
        let call = call(
            "POST", "/api/comment?raw_json=1", account.credentials, body: .form([("api_type", "json"), ("text", text), ("thing_id", post.id)]),
            effect: .creates)
        return try await journal.commit(step) { intent in
            try await findComment(text, below: post, account, intent)
        } _: { _ in
            let answer: JSONValue = try await api.value(call)
            let comment = answer["json"]?["data"]?["things"]?[0]?["data"]
            // Accepted but not told: what stays unknown is only where it is.
            return PublishedPart(id: comment?["name"]?.string ?? "", url: comment?["permalink"]?.string.map(address) ?? post.url)
        }
    }

    /// The name of the post at an address of Reddit's.
    static func shared(_ address: String) -> String? {
        address.firstMatch(of: /\/comments\/([a-z0-9]+)|redd\.it\/([a-z0-9]+)/).flatMap { $0.output.1 ?? $0.output.2 }.map { "t3_\($0)" }
    }

    func address(_ permalink: String) -> String { hosts.url("https://www.reddit.com\(permalink)") }
}
