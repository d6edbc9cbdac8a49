import Foundation
import HTTPTypes

/// Playlists, comments and reports.
extension YouTube {
    var lists: [Operation] {
        [
            Operation("youtube.playlists", .get, "/youtube/v3/playlists", handler: api(Self.reading, listPlaylists)),
            Operation("youtube.playlistItems", .get, "/youtube/v3/playlistItems", handler: api(Self.reading, listItems)),
            Operation("youtube.createPlaylistItem", .post, "/youtube/v3/playlistItems", handler: api(Self.writing, addItem)),
        ]
    }

    private func listPlaylists(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        let mine = state.records.filter { $0.key.hasPrefix("playlist:\(channel.id):") }.sorted { $0.key < $1.key }
        return list(
            "playlist",
            mine.map { _, playlist in
                [
                    "kind": "youtube#playlist", "id": playlist["id"] ?? "",
                    "snippet": ["title": playlist["title"] ?? "", "channelId": .string(channel.id)],
                ]
            })
    }

    private func listItems(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        let playlist = call.query("playlistId") ?? ""
        let most = call.query("maxResults").flatMap(Int.init) ?? 5
        guard (1...50).contains(most) else { throw GoogleProblem(400, "invalidParameter", "maxResults must be 1 to 50").refusal }
        let videos: [Publication]
        if playlist == Self.uploadsPlaylist(of: channel.id) {
            videos = state.timeline.latest(most, by: channel.id) { $0.details["snippet"] != nil }
        } else if let found = state.records["playlist:\(channel.id):\(playlist)"] {
            videos = (found["videos"]?.strings ?? []).compactMap { state.timeline[$0] }
        } else {
            throw Self.noPlaylist
        }
        let wanted = call.query("videoId")
        return list(
            "playlistItem",
            videos.filter { wanted == nil || $0.id == wanted }.map { item($0, in: playlist) })
    }

    private static let noPlaylist = GoogleProblem(
        404, "playlistNotFound", "The playlist identified with the request's playlistId parameter cannot be found.", domain: "youtube.playlistItem"
    ).refusal

    private func item(_ video: Publication, in playlist: String) -> JSON {
        [
            "kind": "youtube#playlistItem", "id": .string("\(playlist).\(video.id)"),
            "snippet": [
                "title": video.details["snippet"]?["title"] ?? "", "description": .string(video.text), "playlistId": .string(playlist),
                "publishedAt": .string(Encoding.iso8601(video.createdAt)), "channelId": .string(video.author),
                "resourceId": ["kind": "youtube#video", "videoId": .string(video.id)],
            ],
            "contentDetails": ["videoId": .string(video.id), "videoPublishedAt": .string(Encoding.iso8601(video.createdAt))],
        ]
    }

    /// A video may be in a playlist more than once: nothing guards against repetition.
    private func addItem(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        let snippet = call.json?["snippet"]
        let playlist = snippet?["playlistId"]?.string ?? ""
        let key = "playlist:\(channel.id):\(playlist)"
        guard var found = state.records[key]?.object else { throw Self.noPlaylist }
        guard snippet?["resourceId"]?["kind"]?.string == "youtube#video", let id = snippet?["resourceId"]?["videoId"]?.string,
            let video = state.timeline[id]
        else { throw GoogleProblem.noVideo("Video not found.").refusal }
        found["videos"] = .array((found["videos"]?.array ?? []) + [.string(id)])
        state.records[key] = .object(found)
        return .json(item(video, in: playlist))
    }

    // MARK: Comments

    var comments: [Operation] {
        let scope = ["youtube.force-ssl"]
        return [
            Operation("youtube.createComment", .post, "/youtube/v3/commentThreads", handler: api(scope, addComment)),
            Operation("youtube.comments", .get, "/youtube/v3/commentThreads", handler: api(scope, listComments)),
            Operation("youtube.deleteComment", .delete, "/youtube/v3/comments", handler: api(scope, deleteComment)),
        ]
    }

    private func addComment(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        let snippet = call.json?["snippet"]
        guard let id = snippet?["videoId"]?.string, let video = state.timeline[id] else { throw GoogleProblem.noVideo().refusal }
        let text = snippet?["topLevelComment"]?["snippet"]?["textOriginal"]?.string ?? ""
        guard !text.isEmpty else { throw GoogleProblem(400, "commentTextRequired", "The comment has no text.").refusal }
        guard text.count <= 10_000 else { throw GoogleProblem(400, "commentTextTooLong", "The comment text is too long.").refusal }
        guard !state.isOn("commentsDisabled"), video.details["status"]?["selfDeclaredMadeForKids"]?.bool != true else {
            throw GoogleProblem(
                403, "commentsDisabled", "The video identified by the videoId parameter has disabled comments.", domain: "youtube.commentThread"
            ).refusal
        }
        let comment = Publication(
            id: Encoding.token("Ugx", bytes: 17), author: channel.id, text: text, parent: id, createdAt: call.now, details: ["comment": true])
        state.timeline.add(comment)
        return .json(thread(comment, state)).creating(comment.id)
    }

    private func thread(_ comment: Publication, _ state: PlatformState) -> JSON {
        let top: JSON = [
            "kind": "youtube#comment", "id": .string(comment.id),
            "snippet": [
                "textOriginal": .string(comment.text), "textDisplay": .string(comment.text), "videoId": .optional(comment.parent),
                "authorChannelId": ["value": .string(comment.author)], "publishedAt": .string(Encoding.iso8601(comment.createdAt)),
                "authorDisplayName": .string(state.accounts[comment.author]?.name ?? ""), "likeCount": 0,
            ],
        ]
        return [
            "kind": "youtube#commentThread", "id": .string(comment.id),
            "snippet": ["videoId": .optional(comment.parent), "topLevelComment": top, "canReply": true, "totalReplyCount": 0],
        ]
    }

    private func listComments(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        let id = call.query("videoId") ?? ""
        guard state.timeline[id] != nil else { throw GoogleProblem.noVideo().refusal }
        let most = call.query("maxResults").flatMap(Int.init) ?? 20
        let start = call.query("pageToken").flatMap(Int.init) ?? 0
        let all = Array(state.timeline.replies(to: id).reversed())
        let page = all.dropFirst(start).prefix(most)
        return list(
            "commentThread", page.map { thread($0, state) }, next: start + page.count < all.count ? String(start + page.count) : nil)
    }

    private func deleteComment(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        let id = call.query("id") ?? ""
        guard let comment = state.timeline[id], comment.parent != nil else {
            throw GoogleProblem(404, "commentNotFound", "The specified comment could not be found.", domain: "youtube.comment").refusal
        }
        guard comment.author == channel.id else { throw GoogleProblem(403, "forbidden", "Forbidden").refusal }
        state.timeline.delete(id)
        return .empty(204)
    }

    // MARK: Reports

    var reports: [Operation] {
        [Operation("youtube.report", .get, "/v2/reports", handler: api(["youtube", "youtube.readonly", "yt-analytics.readonly"], report))]
    }

    private func report(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        if state.isOn("notConfigured") {
            throw GoogleProblem(
                403, "accessNotConfigured", "YouTube Analytics API has not been used in this project before or it is disabled.", domain: "usageLimits"
            ).refusal
        }
        let ids = call.query("ids") ?? ""
        guard ids == "channel==MINE" || ids == "channel==\(channel.id)" else {
            throw GoogleProblem(403, "forbidden", "Forbidden").refusal
        }
        let metrics = (call.query("metrics") ?? "").split(separator: ",").map(String.init)
        guard !metrics.isEmpty, let start = Self.day(call.query("startDate")), let end = Self.day(call.query("endDate")), start <= end else {
            throw GoogleProblem(400, "badRequest", "The query is not supported.").refusal
        }
        let rows: [(String, Publication?, Date)]
        switch call.query("dimensions") {
        case "day":
            rows = stride(from: 0, through: end.timeIntervalSince(start), by: 86_400).map { offset in
                (String(Encoding.iso8601(start.addingTimeInterval(offset)).prefix(10)), nil, start.addingTimeInterval(offset))
            }
        case "video":
            let wanted = (call.query("filters") ?? "").replacingOccurrences(of: "video==", with: "").split(separator: ",")
            rows = wanted.compactMap { state.timeline[String($0)] }.filter { $0.author == channel.id }.map { ($0.id, $0, $0.createdAt) }
        default: throw GoogleProblem(400, "badRequest", "The query is not supported.").refusal
        }
        let table = rows.map { name, video, day in
            JSON.array([.string(name)] + metrics.map { .int(Self.figure($0, of: video?.id ?? channel.id + name, at: day, call.now)) })
        }
        let headers =
            [["name": .string(call.query("dimensions") ?? ""), "columnType": "DIMENSION", "dataType": "STRING"]]
            + metrics.map { ["name": .string($0), "columnType": "METRIC", "dataType": "INTEGER"] as JSON }
        // Without rows there is no such member.
        return .json(
            .compact([
                "kind": "youtubeAnalytics#resultTable", "columnHeaders": .array(headers), "rows": table.isEmpty ? nil : .array(table),
            ]))
    }

    private static func day(_ text: String?) -> Date? { text.flatMap { Encoding.date($0 + "T00:00:00Z") } }

    private static func figure(_ metric: String, of id: String, at day: Date, _ now: Date) -> Int {
        let figures = Popularity(id: id, age: max(0, now.timeIntervalSince(day)))
        return switch metric {
        case "views", "engagedViews": figures.impressions
        case "likes": figures.likes
        case "shares": figures.shares
        case "comments": figures.saves
        default: figures.clicks
        }
    }
}
