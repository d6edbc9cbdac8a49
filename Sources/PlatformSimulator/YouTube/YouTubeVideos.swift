import Foundation
import HTTPTypes

extension YouTube {
    var videos: [Operation] {
        let reads = [RateLimit("units", 10_000, .day)]
        let writes = [RateLimit("writes", 200, .day)]
        return [
            Operation("youtube.videos", .get, "/youtube/v3/videos", limits: reads, handler: api(Self.reading, listVideos)),
            Operation("youtube.deleteVideo", .delete, "/youtube/v3/videos", limits: writes, handler: api(Self.writing, deleteVideo)),
            Operation("youtube.channels", .get, "/youtube/v3/channels", limits: reads, handler: api(Self.reading, listChannels)),
            Operation(
                "youtube.videoCategories", .get, "/youtube/v3/videoCategories", limits: reads, handler: api(Self.reading, listCategories)),
        ]
    }

    func parts(_ call: Call) throws -> Set<String> {
        let parts = Set((call.query("part") ?? "").split(separator: ",").map(String.init))
        guard !parts.isEmpty else {
            throw GoogleProblem(400, "missingRequiredParameter", "No filter selected. Expected one of: part").refusal
        }
        return parts
    }

    func list(_ kind: String, _ items: [JSON], next: String? = nil) -> Reply {
        .json(
            .compact([
                "kind": .string("youtube#\(kind)ListResponse"), "etag": "sim", "items": .array(items),
                "pageInfo": ["totalResults": .int(items.count), "resultsPerPage": .int(items.count)], "nextPageToken": next.map { .string($0) },
            ]))
    }

    private func listVideos(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        let parts = try parts(call)
        let ids = (call.query("id") ?? "").split(separator: ",").map(String.init)
        guard !ids.isEmpty, ids.count <= 50 else { throw GoogleProblem(400, "invalidFilters", "Up to 50 ids are needed.").refusal }
        let found = ids.compactMap { state.timeline[$0] }.filter { $0.details["snippet"] != nil && isVisible($0, to: channel) }
        for video in found where video.author == channel.id && !parts.isDisjoint(with: ["status", "processingDetails"]) {
            guard let upload = video.details["upload"]?.string, var item = state.media[upload] else { continue }
            _ = item.poll(failing: false)
            state.media[upload] = item
        }
        return list("video", found.map { resource($0, parts: parts, state, call) })
    }

    private func isVisible(_ video: Publication, to channel: Account) -> Bool {
        video.author == channel.id || video.details["status"]?["privacyStatus"]?.string != "private"
    }

    func resource(_ video: Publication, parts: Set<String>, _ state: PlatformState, _ call: Call) -> JSON {
        var out: [String: JSON] = ["kind": "youtube#video", "etag": "sim", "id": .string(video.id)]
        if parts.contains("snippet") {
            var snippet = video.details["snippet"]?.object ?? [:]
            snippet["channelId"] = .string(video.author)
            snippet["channelTitle"] = .string(state.accounts[video.author]?.name ?? "")
            snippet["publishedAt"] = .string(Encoding.iso8601(video.createdAt))
            snippet["liveBroadcastContent"] = "none"
            out["snippet"] = .object(snippet)
        }
        let (upload, failure) = uploadStatus(video, state)
        if parts.contains("status") {
            var status = video.details["status"]?.object ?? [:]
            status["uploadStatus"] = .string(upload)
            if upload == "failed" { status["failureReason"] = .string(failure) }
            if upload == "rejected" { status["rejectionReason"] = .string(failure) }
            out["status"] = .object(status)
        }
        if parts.contains("processingDetails"), video.author == call.bearer.flatMap({ state.grants[$0]?.accountID }) {
            let running = upload == "uploaded"
            out["processingDetails"] = .compact([
                "processingStatus": running ? "processing" : upload == "processed" ? "succeeded" : "failed",
                "processingProgress": running ? ["partsTotal": "100", "partsProcessed": "40", "timeLeftMs": "1000"] : nil,
            ])
        }
        if parts.contains("statistics") {
            let figures = Popularity(id: video.id, age: call.now.timeIntervalSince(video.createdAt))
            out["statistics"] = [
                "viewCount": .string(String(figures.impressions)), "likeCount": .string(String(figures.likes)), "favoriteCount": "0",
                "commentCount": .string(String(state.timeline.replies(to: video.id).count)),
            ]
        }
        return .object(out)
    }

    private func uploadStatus(_ video: Publication, _ state: PlatformState) -> (status: String, reason: String) {
        guard let item = video.details["upload"]?.string.flatMap({ state.media[$0] }), item.state == .ready else { return ("uploaded", "") }
        if let reason = state.switches["videoFailure"]?.string, !reason.isEmpty { return ("failed", reason) }
        if let reason = state.switches["videoRejection"]?.string, !reason.isEmpty { return ("rejected", reason) }
        return ("processed", "")
    }

    private func deleteVideo(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        let id = call.query("id") ?? ""
        guard let video = state.timeline[id], video.details["snippet"] != nil else { throw GoogleProblem.noVideo().refusal }
        guard video.author == channel.id else { throw GoogleProblem(403, "forbidden", "Forbidden").refusal }
        for comment in state.timeline.replies(to: id) { state.timeline.delete(comment.id) }
        state.timeline.delete(id)
        return .empty(204)
    }

    private func listChannels(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        let parts = try parts(call)
        let wanted: [Account]
        if call.query("mine") == "true" {
            wanted = state.isOn("noChannel") ? [] : [channel]
        } else {
            wanted = (call.query("id") ?? "").split(separator: ",").compactMap { state.accounts[String($0)] }
        }
        return list("channel", wanted.map { resource($0, parts, state, call) })
    }

    private func resource(_ channel: Account, _ parts: Set<String>, _ state: PlatformState, _ call: Call) -> JSON {
        var out: [String: JSON] = ["kind": "youtube#channel", "etag": "sim", "id": .string(channel.id)]
        if parts.contains("snippet") {
            out["snippet"] = [
                "title": .string(channel.name), "description": "", "customUrl": .string("@" + channel.username),
                "publishedAt": .string(Encoding.iso8601(channel.createdAt)),
                "thumbnails": ["default": ["url": .string("\(call.base)/_media/avatar-\(channel.id)"), "width": 88, "height": 88]],
            ]
        }
        if parts.contains("contentDetails") {
            out["contentDetails"] = ["relatedPlaylists": ["likes": "LL", "uploads": .string(Self.uploadsPlaylist(of: channel.id))]]
        }
        if parts.contains("status") {
            out["status"] = [
                "privacyStatus": "public", "isLinked": true, "longUploadsStatus": state.isOn("phoneVerified") ? "allowed" : "eligible",
            ]
        }
        if parts.contains("statistics") {
            let videos = state.timeline.latest(.max, by: channel.id) { $0.details["snippet"] != nil }
            out["statistics"] = [
                "viewCount": .string(String(videos.count * 100)), "subscriberCount": .string(String(Popularity.followers(channel.id))),
                "hiddenSubscriberCount": false, "videoCount": .string(String(videos.count)),
            ]
        }
        return .object(out)
    }

    private func listCategories(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        list(
            "videoCategory",
            VideoRules.categories.map { id, title in
                ["kind": "youtube#videoCategory", "id": .string(id), "snippet": ["title": .string(title), "assignable": true]]
            })
    }
}
