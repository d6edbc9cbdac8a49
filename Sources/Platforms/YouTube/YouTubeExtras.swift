import Domain
import Foundation

/// Comments and playlists: neither may be repeated, so both are looked for after an unknown outcome.
extension YouTube {
    private static let commentPages = 5

    func comment(_ text: String, below video: String, _ account: ConnectedAccount) async throws -> PublishedPart {
        let snippet: JSONValue = [
            "channelId": .string(account.account.id), "videoId": .string(video),
            "topLevelComment": ["snippet": ["textOriginal": .string(text)]],
        ]
        let thread: JSONValue = try await api.value(
            call(
                "POST", "/youtube/v3/commentThreads", [("part", "snippet")], account.credentials, body: .json(["snippet": snippet] as JSONValue),
                effect: .creates))
        guard let id = (thread["snippet"]?["topLevelComment"]?["id"] ?? thread["id"])?.string else {
            throw api.unknown("did not say which comment it made", answer: nil)
        }
        return part(id, below: video)
    }

    private func part(_ id: String, below video: String) -> PublishedPart {
        PublishedPart(id: id, url: hosts.url("https://www.youtube.com/watch?v=\(video)&lc=\(id)"))
    }

    /// The channel's own comment with this text, newest first.
    func find(
        _ text: String, below video: String, _ account: ConnectedAccount, _ intent: CommitIntent
    ) async throws -> Finding<PublishedPart> {
        var next: String?
        for _ in 0..<Self.commentPages {
            let query = [
                ("part", "snippet"), ("videoId", video), ("order", "time"), ("maxResults", "100"), ("textFormat", "plainText"),
            ]
            let list = try await get("/youtube/v3/commentThreads", query + (next.map { [("pageToken", $0)] } ?? []), account.credentials)
            for thread in list["items"]?.array ?? [] {
                guard let top = thread["snippet"]?["topLevelComment"], let snippet = top["snippet"], let id = top["id"]?.string,
                    snippet["authorChannelId"]?["value"]?.string == account.account.id,
                    snippet["publishedAt"]?.string.flatMap({ Timestamp($0) }).map({ $0 >= intent.earliest }) != false
                else { continue }
                if [snippet["textOriginal"]?.string, snippet["textDisplay"]?.string].contains(text) { return .found(part(id, below: video)) }
            }
            next = list["nextPageToken"]?.string
            if next == nil { return context.finding(nil, complete: true, intent) }
        }
        return context.finding(nil, complete: false, intent)
    }

    /// Puts the video into the playlist that the setting names; gives what was refused.
    func addToPlaylist(_ video: String, _ request: PublishRequest, _ journal: any StepJournal) async throws -> String? {
        guard let named = request.setting("playlist") else { return nil }
        let credentials = request.account.credentials
        let playlist = named.firstMatch(of: /list=([A-Za-z0-9_\-]+)/).map { String($0.output.1) } ?? named
        let done: Extra = try await journal.commit("playlist") { intent in
            let query = [("part", "snippet"), ("playlistId", playlist), ("videoId", video)]
            let items = try await get("/youtube/v3/playlistItems", query, credentials)["items"]?.array ?? []
            if !items.isEmpty { return .found(Extra(note: nil)) }
            let settled = intent.lastTriedAt + context.configuration.settleTime
            return intent.now < settled ? .lookAgain(after: settled - intent.now) : .safeToSend
        } _: { _ in
            let snippet: JSONValue = ["playlistId": .string(playlist), "resourceId": ["kind": "youtube#video", "videoId": .string(video)]]
            let call = call(
                "POST", "/youtube/v3/playlistItems", [("part", "snippet")], credentials, body: try .json(["snippet": snippet] as JSONValue),
                effect: .creates)
            return try await Extra.refused("The video is published, but it is not in the playlist") { _ = try await api.send(call) }
        }
        return done.note
    }

    /// The channel's playlists whose title has `query` in it.
    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        guard field == "playlist" else { return descriptor.options(of: field, matching: query) }
        let list = try await get("/youtube/v3/playlists", [("part", "snippet"), ("mine", "true"), ("maxResults", "50")], account.credentials)
        return (list["items"]?.array ?? []).compactMap { item in
            guard let id = item["id"]?.string, let title = item["snippet"]?["title"]?.string else { return nil }
            guard query.map({ $0.isEmpty || title.localizedCaseInsensitiveContains($0) }) ?? true else { return nil }
            return ChannelOption(value: id, label: title)
        }
    }

    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        // Comments first: with the video they go anyway, and then nobody could tell what was left.
        try await post.removeParts { id, number in
            let kind = number == 0 && !post.parts[0].isComment ? "videos" : "comments"
            _ = try await api.send(call("DELETE", "/youtube/v3/\(kind)", [("id", id)], account.credentials), accepting: [404])
        }
    }
}

extension PublishedRef.Part {
    /// A video's id has 11 signs, a comment's more.
    fileprivate var isComment: Bool { id.count > 11 }
}
