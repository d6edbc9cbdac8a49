import Foundation
import HTTPTypes

extension TikTok {
    var publishing: [Operation] {
        func limit(_ bucket: String, _ count: Int) -> [RateLimit] { [RateLimit(bucket, count, .seconds(60))] }
        return [
            Operation(
                "tiktok.creatorInfo", .post, "/v2/post/publish/creator_info/query", limits: limit("creatorInfo", 20),
                handler: user("video.publish", creatorInfo)),
            Operation(
                "tiktok.initVideo", .post, "/v2/post/publish/video/init", limits: limit("initVideo", 6),
                handler: user("video.publish") { state, account, call in try initVideo(&state, account, call, isDraft: false) }),
            Operation(
                "tiktok.initDraft", .post, "/v2/post/publish/inbox/video/init", limits: limit("initVideo", 6),
                handler: user("video.upload") { state, account, call in try initVideo(&state, account, call, isDraft: true) }),
            Operation(
                "tiktok.initPhotos", .post, "/v2/post/publish/content/init", limits: limit("initPhotos", 6), handler: initPhotos),
            Operation(
                "tiktok.status", .post, "/v2/post/publish/status/fetch", limits: limit("status", 30), handler: user("video.upload", status)),
            Operation("tiktok.cancel", .post, "/v2/post/publish/cancel", handler: user("video.upload", cancel)),
        ]
    }

    private func creatorInfo(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let error = state.switches["creatorError"]?.string ?? ""
        if !error.isEmpty { throw Self.refusal(200, error, "The creator cannot post now") }
        return Self.reply([
            "creator_avatar_url": .string("\(call.base)/_media/avatar-\(account.id)"), "creator_username": .string(account.username),
            "creator_nickname": .string(account.name), "privacy_level_options": .array(privacy(state).map { .string($0) }),
            "comment_disabled": .bool(state.isOn("commentDisabled")), "duet_disabled": false, "stitch_disabled": false,
            "max_video_post_duration_sec": .int(state.number("maxDuration")),
        ])
    }

    private func privacy(_ state: PlatformState) -> [String] {
        [state.isOn("privateAccount") ? "FOLLOWER_OF_CREATOR" : "PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    }

    // MARK: Beginning

    private func initVideo(_ state: inout PlatformState, _ account: Account, _ call: Call, isDraft: Bool) throws -> Reply {
        let body = try Self.body(call)
        let source = body["source_info"]
        guard source?["source"] == "FILE_UPLOAD", let size = source?["video_size"]?.int, let chunk = source?["chunk_size"]?.int,
            let count = source?["total_chunk_count"]?.int, size > 0, chunk > 0
        else { throw Self.invalid("source_info must be a FILE_UPLOAD with video_size, chunk_size and total_chunk_count") }
        try checkChunks(size: size, chunk: chunk, count: count)
        if isDraft {
            guard body["post_info"] == nil else { throw Self.invalid("post_info is not taken with drafts") }
        } else {
            try check(body["post_info"], flags: ["disable_comment", "disable_duet", "disable_stitch", "is_aigc"], account, state, call)
        }
        let id = Self.publishID(isDraft ? "v_inbox_file~v2." : "v_pub_file~v2-1.", &state, call)
        var task = Publication(id: id, author: account.id, text: body["post_info"]?["title"]?.string ?? "", createdAt: call.now)
        task.details = body
        state.drafts[id] = task
        state.media[id] = MediaItem(
            id: id, owner: account.id, kind: .video, contentType: "video/mp4", announcedBytes: size, createdAt: call.now)
        let address = "\(call.base)/upload/\(Encoding.percent(id))?upload_id=\(id.count)&upload_token=\(Encoding.token(bytes: 12))"
        return Self.reply(["publish_id": .string(id), "upload_url": .string(address)])
    }

    /// Pieces of 5 to 64 MB; the last takes the rest and may have 128 MB. A smaller film is one piece.
    private func checkChunks(size: Int, chunk: Int, count: Int) throws {
        let fits = size < 5_000_000 ? chunk == size : (5_000_000...67_108_864).contains(chunk) && chunk <= size
        guard fits, count == size / chunk, (1...1000).contains(count), size - chunk * (count - 1) <= 134_217_728 else {
            throw Self.invalid("The chunk size is invalid or total_chunk_count does not fit it")
        }
    }

    private func check(_ info: JSON?, flags: [String], _ account: Account, _ state: PlatformState, _ call: Call) throws {
        let error = state.switches["initError"]?.string ?? ""
        if !error.isEmpty { throw Self.refusal(403, error, "The post was refused") }
        guard let info = info?.object else { throw Self.invalid("post_info is required") }
        let known = Set(flags + ["title", "privacy_level", "brand_content_toggle", "brand_organic_toggle"])
            .union(flags.contains("auto_add_music") ? ["description"] : ["video_cover_timestamp_ms"])
        if let unknown = info.keys.sorted().first(where: { !known.contains($0) }) { throw Self.invalid("post_info.\(unknown) is unknown") }
        for flag in flags + ["brand_content_toggle", "brand_organic_toggle"] where info[flag].map({ $0.bool == nil }) ?? false {
            throw Self.invalid("post_info.\(flag) must be a boolean")
        }
        let titleLimit = flags.contains("auto_add_music") ? 90 : 2200
        guard info["title"]?.string?.utf16.count ?? 0 <= titleLimit, info["description"]?.string?.utf16.count ?? 0 <= 4000 else {
            throw Self.invalid("The caption is too long")
        }
        guard let level = info["privacy_level"]?.string, privacy(state).contains(level) else {
            throw Self.refusal(403, "privacy_level_option_mismatch", "privacy_level is not among the options of the creator")
        }
        if level == "SELF_ONLY", info["brand_content_toggle"]?.bool == true { throw Self.invalid("Branded content cannot be private") }
        let today = state.timeline.latest(50, by: account.id) { call.now.timeIntervalSince($0.createdAt) < 86_400 }
        guard today.count < state.number("dailyPosts") else {
            throw Self.refusal(403, "spam_risk_too_many_posts", "The daily post cap from the API is reached for the current user.")
        }
    }

    /// Pictures are fetched at once and in order.
    private func initPhotos(_ call: Call) async throws -> Reply {
        let body = try Self.body(call)
        let isDraft = body["post_mode"] == "MEDIA_UPLOAD"
        let addresses = body["source_info"]?["photo_images"]?.strings ?? []
        let account = try store.update { state in
            let account = try authenticate(call, isDraft ? "video.upload" : "video.publish", state)
            guard body["media_type"] == "PHOTO", isDraft || body["post_mode"] == "DIRECT_POST",
                body["source_info"]?["source"] == "PULL_FROM_URL", (1...35).contains(addresses.count),
                addresses.indices.contains(body["source_info"]?["photo_cover_index"]?.int ?? 0)
            else { throw Self.invalid("photo_images must name 1 to 35 pictures, photo_cover_index one of them") }
            let prefix = state.switches["verifiedPrefix"]?.string ?? ""
            guard addresses.allSatisfy({ $0.hasPrefix(prefix) }) else {
                throw Self.refusal(403, "url_ownership_unverified", "Please review our URL ownership verification rules")
            }
            if !isDraft { try check(body["post_info"], flags: ["disable_comment", "auto_add_music"], account, state, call) }
            return account
        }
        var files: [RemoteFile] = []
        var failure: String?
        for address in addresses {
            do throws(RemoteFile.Failure) {
                let file = try await RemoteFile.fetch(address, limit: 20 << 20)
                if !["image/jpeg", "image/webp"].contains(file.contentType) { failure = "file_format_check_failed" }
                files.append(file)
            } catch { failure = failure ?? "photo_pull_failed" }
        }
        let (fetched, fault) = (files, failure)
        return store.update { state in
            let id = Self.publishID("p_pub_url~v2.", &state, call)
            var task = Publication(id: id, author: account.id, text: body["post_info"]?["description"]?.string ?? "", createdAt: call.now)
            task.details = body
            for (index, file) in fetched.enumerated() {
                let name = "\(id)-\(index)"
                task.attachments.append(
                    Attachment(
                        id: name, kind: .image, altText: "", contentType: file.contentType, byteCount: file.received.byteCount,
                        sha256: file.received.tag))
                state.files.put(name, contentType: file.contentType, bytes: file.received.kept)
            }
            if let fault { task.setDetail("failed", fault) }
            state.drafts[id] = task
            return Self.reply(["publish_id": .string(id)]).creating(finish(id, &state, call) ?? id)
        }
    }

    private static func publishID(_ prefix: String, _ state: inout PlatformState, _ call: Call) -> String {
        prefix + state.nextID(now: call.now, shift: 20)
    }

    /// All bytes are there: gives the id of what becomes public, nil for a draft or a failure.
    func finish(_ id: String, _ state: inout PlatformState, _ call: Call) -> String? {
        guard var task = state.drafts[id] else { return nil }
        task.pendingReads = state.number("processingPolls")
        let (reason, left) = (state.switches["failReason"]?.string ?? "", state.number("failures"))
        if !reason.isEmpty, left > 0 {
            task.setDetail("failed", reason)
            state.switches["failures"] = .int(left - 1)
        }
        task.setDetail("received", "all")
        let isDraft = task.details["post_info"] == nil || task.details["post_mode"] == "MEDIA_UPLOAD"
        var made: String?
        if !isDraft, task.details["failed"] == nil {
            let post = state.nextID(now: call.now, shift: 20)
            var publication = Publication(id: post, author: task.author, text: task.text, attachments: task.attachments, createdAt: call.now)
            publication.details = task.details
            publication.pendingReads = state.number("idPolls")
            state.timeline.add(publication)
            task.setDetail("post", post)
            made = post
        }
        state.drafts[id] = task
        return made
    }

    // MARK: How it stands

    private func status(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let id = try Self.body(call)["publish_id"]?.string ?? ""
        guard var task = state.drafts[id], task.author == account.id else {
            throw Self.refusal(400, "invalid_publish_id", "The publish_id does not exist")
        }
        let stored = state.media[id]?.parts.byteCount
        var data: [String: JSON?] = ["uploaded_bytes": stored.map { .int($0) }]
        if task.details["received"] == nil || task.pendingReads > 0 {
            data["status"] = stored == nil ? "PROCESSING_DOWNLOAD" : "PROCESSING_UPLOAD"
            if task.details["received"] != nil { task.pendingReads -= 1 }
            state.drafts[id] = task
        } else if let reason = task.details["failed"]?.string {
            data["status"] = "FAILED"
            data["fail_reason"] = .string(reason)
        } else if let post = task.details["post"]?.string {
            data["status"] = "PUBLISH_COMPLETE"
            data["publicaly_available_post_id"] = .array(told(post, &state).map { .int($0) })
        } else {
            data["status"] = "SEND_TO_USER_INBOX"
        }
        return Self.reply(.compact(data))
    }

    /// Only what everybody can see has an id, and only after moderation.
    private func told(_ post: String, _ state: inout PlatformState) -> [Int] {
        guard let publication = state.timeline[post], Self.isPublic(publication) else { return [] }
        guard publication.pendingReads == 0 else {
            state.timeline.change(post) { $0.pendingReads -= 1 }
            return []
        }
        return [Int(post) ?? 0]
    }

    static func isPublic(_ publication: Publication) -> Bool {
        publication.details["post_info"]?["privacy_level"] == "PUBLIC_TO_EVERYONE"
    }

    private func cancel(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let id = try Self.body(call)["publish_id"]?.string ?? ""
        guard var task = state.drafts[id], task.author == account.id else {
            throw Self.refusal(400, "invalid_publish_id", "The publish_id does not exist")
        }
        guard task.details["received"] == nil else { throw Self.refusal(400, "publish_not_cancellable", "It is too late") }
        task.setDetail("failed", "publish_cancelled")
        task.setDetail("received", "none")
        state.drafts[id] = task
        return Self.reply([:])
    }
}
