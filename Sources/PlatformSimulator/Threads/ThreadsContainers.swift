import Foundation
import HTTPTypes

extension Threads {
    var containers: [Operation] {
        [
            Operation("threads.createContainer", .post, "/v1.0/{user}/threads", limits: [Self.calls], handler: createContainer),
            Operation(
                "threads.createPost", .post, "/v1.0/{user}/threads_publish", limits: [Self.calls],
                handler: user("threads_content_publish", body: publish)),
        ]
    }

    private static func field(_ name: String, _ call: Call) -> String? { call.form(name) ?? call.query(name) }

    /// Reads what is asked for, fetches the file, and keeps both until they are published.
    private func createContainer(_ call: Call) async throws -> Reply {
        var container = try store.update { state in
            let account = try authenticate(call, ["threads_content_publish"], state)
            return try ThreadsRules.container(call, account, &state)
        }
        let address = Self.field("image_url", call) ?? Self.field("video_url", call)
        var file: RemoteFile?
        if let address {
            let isVideo = container.details["media_type"]?.string == "VIDEO"
            do throws(RemoteFile.Failure) {
                file = try await RemoteFile.fetch(address, limit: isVideo ? 1 << 30 : 8 << 20)
            } catch {
                guard isVideo else {
                    throw ThreadsFailure(400, 100, "Media download has failed. The media could not be fetched from this URI.").refusal
                }
                container.setDetail("error", "FAILED_DOWNLOADING_VIDEO")
            }
        }
        return store.update { state in
            if let file { attach(file, to: &container, altText: Self.field("alt_text", call) ?? "", &state) }
            state.drafts[container.id] = container
            return .json(["id": .string(container.id)])
        }
    }

    private func attach(_ file: RemoteFile, to container: inout Publication, altText: String, _ state: inout PlatformState) {
        let isVideo = container.details["media_type"]?.string == "VIDEO"
        let takes = isVideo ? ["video/mp4", "video/quicktime"] : ["image/jpeg", "image/png"]
        let failure = state.switches["containerFailure"]?.string ?? ""
        if !takes.contains(file.contentType) { container.setDetail("error", isVideo ? "FAILED_PROCESSING_VIDEO" : "UNKNOWN") }
        if !failure.isEmpty { container.setDetail("error", failure) }
        container.attachments = [
            Attachment(
                id: container.id, kind: isVideo ? .video : .image, altText: altText, contentType: file.contentType,
                byteCount: file.received.byteCount, sha256: file.received.tag)
        ]
        state.files.put(container.id, contentType: file.contentType, bytes: file.received.kept)
    }

    /// `status` and `error_message`; each reading counts as time that passes.
    func status(_ container: inout Publication, _ state: PlatformState, now: Date) -> (status: String, error: String?) {
        if container.details["published"] != nil { return ("PUBLISHED", nil) }
        if now.timeIntervalSince(container.createdAt) >= state.seconds("containerSeconds") { return ("EXPIRED", nil) }
        if container.pendingReads > 0 {
            container.pendingReads -= 1
            return ("IN_PROGRESS", nil)
        }
        if let error = container.details["error"]?.string { return ("ERROR", error) }
        return ("FINISHED", nil)
    }

    private func publish(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let id = Self.field("creation_id", call) ?? ""
        if state.isOn("restricted") { throw ThreadsFailure(400, 10, "User is restricted", subcode: 4_279_013).refusal }
        guard var container = state.drafts[id], container.author == account.id else { throw ThreadsFailure.notReady.refusal }
        // What is not ready is told as if it did not exist, and so is what was published before.
        guard container.pendingReads == 0, status(&container, state, now: call.now).status == "FINISHED" else {
            throw ThreadsFailure.notReady.refusal
        }
        guard container.details["is_carousel_item"] == nil else { throw ThreadsFailure.invalid("A carousel item cannot be published").refusal }
        try checkQuota(of: account, isReply: container.parent != nil, state, call)
        var details = container.details.object ?? [:]
        details["media_type"] = nil
        var post = Publication(
            id: Self.newID(in: &state, now: call.now), author: account.id, text: container.text, attachments: container.attachments,
            parent: container.parent, createdAt: call.now)
        post.details = .object(details)
        container.setDetail("published", post.id)
        state.drafts[id] = container
        state.timeline.add(post)
        return Reply.json(["id": .string(post.id)]).creating(post.id)
    }

    private func checkQuota(of account: Account, isReply: Bool, _ state: PlatformState, _ call: Call) throws {
        guard used(by: account, isReply: isReply, state, call.now) >= state.number(isReply ? "replyQuota" : "postQuota") else { return }
        throw ThreadsFailure(403, 9, "User has reached the maximum number of posts in 24 hours", subcode: 2_207_042).refusal
    }

    func used(by account: Account, isReply: Bool, _ state: PlatformState, _ now: Date) -> Int {
        state.timeline.latest(2000, by: account.id) { ($0.parent != nil) == isReply }
            .count { now.timeIntervalSince($0.createdAt) < 86_400 }
    }
}

extension Publication {
    mutating func setDetail(_ name: String, _ value: String) {
        var members = details.object ?? [:]
        members[name] = .string(value)
        details = .object(members)
    }
}
