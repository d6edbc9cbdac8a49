import Domain
import Foundation

extension Instagram {
    /// The first part becomes the post, the reel or the stories; all others comments below it.
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        try await request.publish { media, _ in
            media
        } commit: { index, media, earlier in
            let text = request.parts[index].text
            if let post = earlier.first { return try await comment(text, below: post, "part-\(index)", request.account, journal) }
            guard !media.isEmpty else {
                throw PlatformError(.invalidContent, code: "INSTAGRAM_NO_FILE", message: "Instagram takes no text alone. Add a picture or a video.")
            }
            guard request.kind == Form.story else {
                let post = try await publish(media, as: Draft(text: text, name: "part-0", request: request), journal)
                if request.toggle("comments_off") { try await closeComments(of: post, request.account, journal) }
                return post
            }
            var stories = [PublishedPart]()
            for (number, file) in media.enumerated() {
                let name = number == 0 ? "part-0" : "part-0-story-\(number)"
                let draft = Draft(text: "", name: name, request: request, earlier: stories.map(\.id))
                stories.append(try await publish([file], as: draft, journal))
            }
            return stories[stories.count - 1]
        }
    }

    /// One thing to be published, as it is sent and as it is looked for.
    struct Draft: Sendable {
        let text: String
        /// Of the step that makes it public.
        let name: String
        let request: PublishRequest
        /// Stories of the same post, which are not this one.
        var earlier: [String] = []

        var account: ConnectedAccount { request.account }
        var isStory: Bool { request.kind == Form.story }
    }

    // MARK: Containers

    /// Files are fetched at once, but a queue may be before them.
    private static let fetchTime = Duration.hours(2)

    private func publish(_ all: [OutgoingMedia], as draft: Draft, _ journal: any StepJournal) async throws -> PublishedPart {
        let token = token(draft.account)
        let (files, cover) = split(all, draft)
        return try await containers.withLivingContainer { number in
            let step = "container-\(draft.name)-\(number)"
            var parameters = try common(draft)
            if files.count > 1 {
                var children = [String]()
                for (place, file) in files.enumerated() {
                    let wishes = try [("is_carousel_item", "true")] + (place == 0 ? tags(draft, file) : [])
                    let child = try await container(file, wishes, type: "VIDEO", step: "\(step)-\(place)", draft, journal)
                    children.append(child)
                }
                for (place, child) in children.enumerated() { try await awaitContainer(child, "\(step)-\(place)", draft, journal) }
                parameters += [("media_type", "CAROUSEL"), ("children", children.joined(separator: ","))]
            } else {
                parameters += try reel(draft, files[0], cover) + tags(draft, files[0])
            }
            let id: String
            if files.count > 1 {
                let wishes = parameters
                id = try await journal.step(step) { try await containers.create(wishes, of: draft.account.account.id, token: token).id }
            } else {
                id = try await container(files[0], parameters, type: draft.isStory ? "STORIES" : "REELS", step: step, draft, journal)
            }
            try await awaitContainer(id, step, draft, journal)
            return try await journal.commit(draft.name) { intent in
                try await containers.finding(id, token: token) { try await find(draft, intent) }
            } _: { _ in
                let media = try await containers.publish(id, of: draft.account.account.id, token: token)
                return await published(media, draft)
            }
        }
    }

    /// A picture beside the film of a reel is its cover.
    private func split(_ files: [OutgoingMedia], _ draft: Draft) -> (files: [OutgoingMedia], cover: OutgoingMedia?) {
        guard draft.request.kind == Form.reel, let film = files.first(where: { $0.media.kind == .video }) else { return (files, nil) }
        return ([film], files.first { $0.media.kind != .video })
    }

    private func awaitContainer(_ id: String, _ step: String, _ draft: Draft, _ journal: any StepJournal) async throws {
        let token = token(draft.account)
        _ = try await journal.step("\(step)-ready") {
            try await containers.awaitEnd(of: id, token: token, in: context) { Self.failure($0) }
            return true
        }
    }

    /// Makes the container of one file. Films are sent; pictures can only be fetched.
    private func container(
        _ file: OutgoingMedia, _ parameters: [(String, String)], type: String, step: String, _ draft: Draft, _ journal: any StepJournal
    ) async throws -> String {
        let (token, account) = (token(draft.account), draft.account.account.id)
        return try await journal.step(step) {
            guard file.media.kind == .video else {
                var all = parameters + [("image_url", try file.publicURL(Self.fetchTime).absoluteString)]
                if draft.isStory { all.append(("media_type", "STORIES")) }
                if !draft.isStory, let text = file.media.altText, !text.isEmpty { all.append(("alt_text", text)) }
                return try await containers.create(all, of: account, token: token).id
            }
            let all = parameters + [("media_type", type), ("upload_type", "resumable")]
            let (id, answer) = try await containers.create(all, of: account, token: token)
            let address = answer["uri"]?.string ?? graph.hosts.url("https://rupload.facebook.com/ig-api-upload/\(graph.version)/\(id)")
            try await graph.sendFilm(file, to: address, token: token)
            return id
        }
    }

    /// What a post and a carousel as a whole are given; stories and the files of a carousel take none of it.
    private func common(_ draft: Draft) throws -> [(String, String)] {
        guard !draft.isStory else { return [] }
        var result = [(String, String)]()
        if !draft.text.isEmpty { result.append(("caption", draft.text)) }
        let names = draft.request.setting("collaborators")?.split(separator: ",").map { name in
            name.trimmingCharacters(in: CharacterSet(charactersIn: "@ "))
        }
        if let names { result.append(("collaborators", try GraphAPI.json(.array(names.map { .string($0) })))) }
        if let place = draft.request.setting("location_id") { result.append(("location_id", place)) }
        if draft.request.toggle("is_ai_generated") { result.append(("is_ai_generated", "true")) }
        return result
    }

    /// Who is shown in a file: on pictures at a place, which is side by side in the middle where the person names none.
    private func tags(_ draft: Draft, _ file: OutgoingMedia) throws -> [(String, String)] {
        guard !draft.isStory, let people = draft.request.setting("user_tags")?.split(separator: ",") else { return [] }
        let entries = people.enumerated().map { number, person -> JSONValue in
            let words = person.split(whereSeparator: \.isWhitespace)
            let name = JSONValue.string(words.first.map { $0.trimmingCharacters(in: ["@"]) } ?? "")
            guard file.media.kind != .video else { return ["username": name] }
            let place = words.dropFirst().compactMap { Double($0) }
            let (x, y) = place.count == 2 ? (place[0], place[1]) : (Double(number + 1) / Double(people.count + 1), 0.5)
            return ["username": name, "x": .number(x), "y": .number(y)]
        }
        return [("user_tags", try GraphAPI.json(.array(entries)))]
    }

    private func reel(_ draft: Draft, _ file: OutgoingMedia, _ cover: OutgoingMedia?) throws -> [(String, String)] {
        guard file.media.kind == .video, !draft.isStory else { return [] }
        let request = draft.request
        var result = [("share_to_feed", request.settings["share_to_feed"]?.bool ?? true ? "true" : "false")]
        if let cover { result.append(("cover_url", try cover.publicURL(Self.fetchTime).absoluteString)) }
        for name in ["thumb_offset", "audio_name"] {
            if let value = request.setting(name) { result.append((name, value)) }
        }
        if request.toggle("is_trial_reel") {
            let strategy = request.setting("graduation_strategy") ?? "MANUAL"
            result.append(("trial_params", try GraphAPI.json(["graduation_strategy": .string(strategy)])))
        }
        if kind == .facebook, let audio = request.setting("audio_id") {
            func volume(_ name: String) -> JSONValue { .number(request.setting(name).flatMap { Double($0) } ?? 100) }
            result.append(
                (
                    "audio_configuration",
                    try GraphAPI.json([
                        "audio_id": .string(audio), "audio_volume": volume("audio_volume"), "video_volume": volume("video_volume"),
                    ])
                ))
        }
        return result
    }

    /// What the state of a container says went wrong: with a number of the table somewhere in its text.
    static func failure(_ reason: String) -> PlatformError {
        let subcode = reason.firstMatch(of: /22070[0-9]{2}/).flatMap { Int($0.output) }
        let problem = subcode.flatMap { subcode in problems.first { $0.subcodes.contains(subcode) } }
        // What may go better with a container of its own is tried with one.
        let isPassing = problem?.isPassing ?? false
        return PlatformError(
            problem?.kind == .rateLimited ? .rateLimited : .invalidContent,
            code: "INSTAGRAM_\(isPassing ? GraphContainers.goneCode : problem?.code ?? "MEDIA_PROCESSING_FAILED")",
            message: problem?.message ?? "Instagram could not process a file of this post. Encode it again.",
            platformAnswer: Redaction.platformAnswer(reason, secrets: []), retryAfter: problem?.retryAfter)
    }

    /// What became public, with its address. The post is live though the address cannot be had: then the profile stands for it.
    private func published(_ id: String, _ draft: Draft) async -> PublishedPart {
        let answer = try? await graph.get(id, [("fields", "permalink")], token: token(draft.account))
        return PublishedPart(id: id, url: answer?["permalink"]?.string ?? profile(draft.account.account.username))
    }

    private func closeComments(of post: PublishedPart, _ account: ConnectedAccount, _ journal: any StepJournal) async throws {
        let token = token(account)
        _ = try await journal.step("comments-off") {
            try await graph.post(post.id, [("comment_enabled", "false")], token: token)["success"]?.bool ?? false
        }
    }

    // MARK: Comments

    func comment(
        _ text: String, below post: PublishedPart, _ step: String, _ account: ConnectedAccount, _ journal: any StepJournal
    ) async throws -> PublishedPart {
        let token = token(account)
        return try await journal.commit(step) { intent in
            try await findComment(text, below: post, account, intent)
        } _: { _ in
            let made = try await graph.made(
                graph.posting([("message", text)], to: "\(post.id)/comments", token: token, effect: .creates))
            return PublishedPart(id: made.id, url: post.url)
        }
    }
}
