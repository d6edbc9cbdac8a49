import Foundation
import HTTPTypes
import NIOCore

extension Slack {
    private static let types = [
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "mp4": "video/mp4", "mov": "video/quicktime",
        "webm": "video/webm", "pdf": "application/pdf",
    ]

    var files: [Operation] {
        method("files.getUploadURLExternal", as: "getUploadURL", limit: Self.tier4, scopes: ["files:write"], getUploadURL)
            + method("files.completeUploadExternal", as: "completeUpload", limit: Self.tier4, scopes: ["files:write"], completeUpload)
            + method("files.info", as: "fileInfo", limit: Self.tier4, scopes: ["files:read"], fileInfo)
            + [Operation("slack.upload", .post, "/upload/v1/{id}", body: .streamed, handler: receive)]
    }

    /// 1. An address for a file of exactly this length.
    private func getUploadURL(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        if call.contentType.lowercased().hasPrefix("application/json") { throw Self.error("invalid_arguments") }
        guard let name = arguments.text("filename"), let length = arguments.number("length"), length > 0 else {
            throw Self.error("invalid_arguments")
        }
        guard length <= 1_000_000_000 else { throw Self.error("file_upload_size_restricted") }
        let type = Self.types[(name as NSString).pathExtension.lowercased()] ?? "application/octet-stream"
        var item = MediaItem(
            id: Self.newID("F", in: &state, now: call.now), owner: team.id, kind: MediaKind(contentType: type) ?? .document, contentType: type,
            announcedBytes: length, createdAt: call.now)
        item.altText = arguments.text("alt_txt") ?? ""
        state.media[item.id] = item
        state.records["name/\(item.id)"] = .string(name)
        return Self.ok(["upload_url": .string("\(call.base)/upload/v1/\(item.id)"), "file_id": .string(item.id)])
    }

    /// 2. The bytes, as they are or in a form.
    private func receive(_ call: Call) async throws -> Reply {
        let id = call.parameter("id")
        guard let announced = store.update({ $0.media[id]?.announcedBytes }) else { return .html("not found", status: 404) }
        let part: ReceivedPart
        if call.isMultipart {
            let form = try await UploadForm.read(call, fileField: "file")
            guard let file = form.file else { return .html("no file", status: 400) }
            part = file.part
        } else {
            var sink = MediaSink(continuing: .start)
            for try await chunk in call.request.body { sink.write(chunk) }
            part = sink.finish()
        }
        guard part.byteCount == announced else { return .html("content length \(part.byteCount) is not \(announced)", status: 400) }
        store.update { state in
            guard var item = state.media[id] else { return }
            item.parts = ReceivedParts()
            item.parts.add(0, part)
            item.finish(polls: 0, failing: false)
            state.media[id] = item
            state.files.put(id, contentType: item.contentType, bytes: part.kept)
        }
        return .html("OK - \(part.byteCount)")
    }

    /// 3. The file is there; with a channel it is shared in a message of its own, as often as this is called.
    private func completeUpload(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        guard let list = arguments.structure("files")?.array, !list.isEmpty else { throw Self.error("invalid_arguments") }
        let ids = list.compactMap { $0["id"]?.string }
        guard let items = state.media(ids), ids.count == list.count, items.allSatisfy({ $0.owner == team.id && $0.state == .ready }) else {
            throw Self.error("file_not_found")
        }
        for id in ids { state.records["completed/\(id)"] = true }
        let answer = Self.ok(["files": .array(list.map { ["id": $0["id"] ?? .null, "title": $0["title"] ?? .null] })])
        guard arguments.has("channel_id") else { return answer }
        let channel = try channel(arguments, team, state, name: "channel_id")
        try checkPosting(in: channel, call, state)
        guard channel.isMember else { throw Self.error("not_in_channel") }
        let root = try root(arguments, in: channel, state)
        let made = publish(
            SlackRules.plain(arguments.text("initial_comment") ?? ""), items.map(\.attachment), in: channel, by: team, root: root, details: [:], call,
            &state)
        var share: [String: JSON] = ["ts": .string(Self.time(made)), "channel_name": .string(channel.name), "team_id": .string(team.id)]
        if let root { share["thread_ts"] = .string(String(root.split(separator: ":").last ?? "")) }
        for id in ids {
            let key = "shares/\(id)"
            let entry: JSON = ["channel": .string(channel.id), "private": .bool(channel.isPrivate), "share": .object(share)]
            state.records[key] = .array((state.records[key]?.array ?? []) + [entry])
            state.records["reads/\(id)"] = .int(state.number("shareReads"))
        }
        return answer.creating(made.id)
    }

    private func fileInfo(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        guard let id = arguments.text("file"), let item = state.media[id], item.owner == team.id, state.records["completed/\(id)"] != nil else {
            throw Self.error("file_not_found")
        }
        let waits = state.records["reads/\(id)"]?.int ?? 0
        if waits > 0 { state.records["reads/\(id)"] = .int(waits - 1) }
        var (open, closed): ([String: JSON], [String: JSON]) = ([:], [:])
        for entry in waits > 0 ? [] : state.records["shares/\(id)"]?.array ?? [] {
            guard let channel = entry["channel"]?.string, let share = entry["share"] else { continue }
            if entry["private"]?.bool == true {
                closed[channel] = .array((closed[channel]?.array ?? []) + [share])
            } else {
                open[channel] = .array((open[channel]?.array ?? []) + [share])
            }
        }
        var shares: [String: JSON] = [:]
        if !open.isEmpty { shares["public"] = .object(open) }
        if !closed.isEmpty { shares["private"] = .object(closed) }
        let name = state.records["name/\(id)"] ?? ""
        return Self.ok([
            "file": .object([
                "id": .string(id), "name": name, "title": name, "mimetype": .string(item.contentType), "size": .int(item.attachment.byteCount),
                "user": .string(Self.botID), "created": .int(Int(item.createdAt.timeIntervalSince1970)), "shares": .object(shares),
                "alt_txt": .string(item.altText), "is_public": .bool(!open.isEmpty),
            ]), "comments": [], "response_metadata": ["next_cursor": ""],
        ])
    }
}
