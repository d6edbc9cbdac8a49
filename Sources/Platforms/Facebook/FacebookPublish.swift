import Domain
import Foundation

extension Facebook {
    /// The first part becomes the post, the reel or the stories; all others comments below it.
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        try await request.publish { media, step in
            try await upload(media, step: step, request: request, journal: journal)
        } commit: { index, uploads, earlier in
            let text = request.parts[index].text
            if let post = earlier.first {
                let photos = uploads.compactMap(\.photo)
                return try await comment(
                    Draft(text: text, photos: photos, account: request.account), below: post, "part-\(index)", journal)
            }
            switch request.kind {
            case Kind.story: return try await stories(uploads, request.account, journal)
            case Kind.reel: return try await reel(text, uploads, request, journal)
            default: return try await post(text, uploads, request, journal)
            }
        }
    }

    /// A post as it is sent and as it is looked for.
    struct Draft: Sendable {
        let text: String
        let photos: [String]
        let account: ConnectedAccount
    }

    // MARK: Posts

    private func post(
        _ text: String, _ uploads: [Upload], _ request: PublishRequest, _ journal: any StepJournal
    ) async throws -> PublishedPart {
        let draft = Draft(text: text, photos: uploads.compactMap(\.photo), account: request.account)
        if case .film(let handle) = uploads.first {
            let part = try await journal.commit("part-0") { intent in
                try await findFilm(draft, intent)
            } _: { _ in
                try await createFilm(handle, draft, request)
            }
            return try await withCaptions(part, request, journal)
        }
        return try await journal.commit("part-0") { intent in
            let finding = try await findPost(draft, intent)
            // What is dated back stands among the posts of that day, and who knows how many are younger.
            if case .safeToSend = finding, request.setting("backdated") != nil { return .undecidable }
            return finding
        } _: { intent in
            try await createPost(draft, request, intent)
        }
    }

    /// A background that Facebook does not take any more is left out, once it is certain that nothing was published with it.
    private func createPost(_ draft: Draft, _ request: PublishRequest, _ intent: CommitIntent) async throws -> PublishedPart {
        let preset = draft.photos.isEmpty && draft.text.utf16.count <= Self.presetTextLimit ? request.setting("text_format_preset_id") : nil
        var form = [("message", draft.text), ("published", "true")]
        if draft.text.isEmpty { form.removeFirst() }
        if draft.photos.isEmpty {
            if let link = request.setting("url") { form.append(("link", link)) }
            form += try button(request)
        } else {
            form.append(("attached_media", try GraphAPI.json(.array(draft.photos.map { ["media_fbid": .string($0)] }))))
        }
        if let place = request.setting("place") {
            form.append(("place", place))
            // Facebook takes people only at a place.
            if let people = request.setting("tags") { form.append(("tags", "[\(people.filter { !$0.isWhitespace })]")) }
        }
        if let day = request.setting("backdated") { form += [("backdated_time", day), ("backdated_time_granularity", "day")] }
        form += try audience(request)
        guard let preset, !intent.mayHaveHappened else {
            return try await send(form, draft, intent, notes: preset == nil ? nil : [Self.withoutPreset])
        }
        do {
            return try await send(form + [("text_format_preset_id", preset)], draft, intent, notes: nil)
        } catch let error as PlatformError
            where error.kind == .invalidContent && error.platformAnswer?.contains("text_format_preset_id") == true
        {
            return try await send(form, draft, intent, notes: [Self.withoutPreset])
        }
    }

    private static let withoutPreset = "Facebook did not take the background, so the post has none."

    private func send(_ form: [(String, String)], _ draft: Draft, _ intent: CommitIntent, notes: [String]?) async throws -> PublishedPart {
        let call = graph.posting(
            form, to: "\(draft.account.account.id)/feed", fields: "id,permalink_url", token: token(draft.account), effect: .creates)
        do {
            let (id, answer) = try await graph.made(call)
            return PublishedPart(id: id, url: answer["permalink_url"]?.string ?? address(id), notes: notes)
        } catch let error as PlatformError where error.code == "FACEBOOK_\(Self.duplicateCode)" && intent.mayHaveHappened {
            // The refusal names no post: only one that is found is ours.
            if case .found(let part) = try await findPost(draft, intent) { return part }
            throw graph.api.unknown(
                "says that this was already posted, but shows no such post", answer: error.platformAnswer, decidable: false)
        }
    }

    private func createFilm(_ handle: String, _ draft: Draft, _ request: PublishRequest) async throws -> PublishedPart {
        var form = [("fbuploader_video_file_chunk", handle), ("description", draft.text), ("published", "true")]
        if let title = request.setting("title") { form.append(("title", title)) }
        form += try button(request) + audience(request)
        return film(
            try await graph.made(
                graph.posting(form, to: "\(draft.account.account.id)/videos", token: token(draft.account), effect: .creates)
            ).id)
    }

    /// Pages show all films as reels.
    func film(_ id: String) -> PublishedPart { PublishedPart(id: id, url: address("reel/\(id)")) }

    // MARK: Reels and stories

    private func reel(
        _ text: String, _ uploads: [Upload], _ request: PublishRequest, _ journal: any StepJournal
    ) async throws -> PublishedPart {
        guard case .reel(let id) = uploads.first else { throw Self.noFile }
        let account = request.account
        let part = try await journal.commit("part-0") { intent in
            try await findReel(id, account, intent) { _ in film(id) }
        } _: { _ in
            var form = [("upload_phase", "finish"), ("video_id", id), ("video_state", "PUBLISHED"), ("description", text)]
            if let title = request.setting("title") { form.append(("title", title)) }
            if let place = request.setting("place") { form.append(("place", place)) }
            form += try audience(request)
            _ = try await finished(form, "video_reels", account)
            return film(id)
        }
        _ = try await context.awaitReady("live-0", journal, giving: true) { try await state(of: id, account, live: true) }
        var told = try await withCaptions(part, request, journal)
        if let page = request.setting("collaborator") { told.note(try await invite(page, to: id, account, journal)) }
        return told
    }

    /// The reel is there whatever Facebook says of the invitation, which may be sent again: a refusal is a note.
    private func invite(_ page: String, to reel: String, _ account: ConnectedAccount, _ journal: any StepJournal) async throws -> String? {
        let done = try await journal.step("collaborator-0") {
            try await Extra.refused("The reel is published, but the page \(page) was not invited") {
                _ = try await graph.post("\(reel)/collaborators", [("target_id", page)], token: token(account))
            }
        }
        return done.note
    }

    /// Captions are told to the film that is there: a track of the same language replaces the earlier one, so it may be sent again.
    private func withCaptions(_ part: PublishedPart, _ request: PublishRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        var part = part
        let (film, account) = (part.id, request.account)
        for captions in request.parts[0].media.flatMap(\.captions) {
            let done = try await journal.step("captions-\(captions.language)") {
                try await Extra.refused("The video is published without its captions in \(captions.languageName)") {
                    // The language is told by the file's name.
                    let name = "captions.\(captions.locale).srt"
                    let file = captions.file(named: name, type: "application/x-subrip", captions.srt)
                    let body = HTTPBody.multipart(fields: [], file: "captions_file", fileName: name, media: file)
                    _ = try await graph.api.send(graph.call("POST", "\(film)/captions", token: token(account), body: body))
                }
            }
            part.note(done.note)
        }
        return part
    }

    /// Each file is a story of its own; the address is the last one's.
    private func stories(_ uploads: [Upload], _ account: ConnectedAccount, _ journal: any StepJournal) async throws -> PublishedPart {
        var last: PublishedPart?
        for (number, upload) in uploads.enumerated() {
            let step = number == 0 ? "part-0" : "part-0-story-\(number)"
            switch upload {
            case .photo(let id):
                last = try await journal.commit(step) { intent in
                    try await findPhotoStory(id, account, intent)
                } _: { _ in
                    try await story(finished([("photo_id", id)], "photo_stories", account))
                }
            case .reel(let id):
                last = try await journal.commit(step) { intent in
                    try await findReel(id, account, intent) { story($0 ?? id) }
                } _: { _ in
                    try await story(finished([("upload_phase", "finish"), ("video_id", id)], "video_stories", account))
                }
            case .film: continue
            }
        }
        guard let last else { throw Self.noFile }
        return last
    }

    private static let noFile = PlatformError(.invalidContent, code: "FACEBOOK_NO_FILE", message: "Reels and stories need a file. Add one.")

    func story(_ id: String) -> PublishedPart { PublishedPart(id: id, url: id.isEmpty ? nil : address("stories/\(id)")) }

    /// The id of the post that became public, where Facebook names one.
    private func finished(_ form: [(String, String)], _ edge: String, _ account: ConnectedAccount) async throws -> String {
        let call = graph.posting(form, to: "\(account.account.id)/\(edge)", token: token(account), effect: .creates)
        let answer = try await graph.api.send(call)
        let document: JSONValue = try graph.api.decode(answer, to: call)
        let id = document["post_id"]?.string ?? document["post_id"]?.int.map(String.init)
        guard document["success"]?.bool == true || id != nil else { throw graph.api.unreadable(answer, to: call) }
        return id ?? ""
    }

    // MARK: Comments

    func comment(
        _ draft: Draft, below post: PublishedPart, _ step: String, _ journal: any StepJournal
    ) async throws -> PublishedPart {
        try await journal.commit(step) { intent in
            try await findComment(draft, below: post, intent)
        } _: { _ in
            var form = draft.text.isEmpty ? [] : [("message", draft.text)]
            if let photo = draft.photos.first { form.append(("attachment_id", photo)) }
            let (id, answer) = try await graph.made(
                graph.posting(
                    form, to: "\(post.id)/comments", fields: "id,permalink_url", token: token(draft.account), effect: .creates))
            return PublishedPart(id: id, url: answer["permalink_url"]?.string ?? post.url)
        }
    }
}
