import Foundation
import HTTPTypes

extension TikTok {
    var uploads: [Operation] { [Operation("tiktok.upload", .put, "/upload/{id}", body: .streamed, handler: upload)] }

    /// One piece: in order, of the announced size, without a gap. What is refused is read to its end first.
    private func upload(_ call: Call) async throws -> Reply {
        let id = call.parameter("id")
        let plan = store.update { state in state.drafts[id].map { (task: $0, item: state.media[id], life: state.seconds("uploadSeconds")) } }
        guard let plan, let item = plan.item, call.query("upload_token") != nil else { return try await refuse(call, 404) }
        guard call.now.timeIntervalSince(item.createdAt) < plan.life else { return try await refuse(call, 403) }
        let (total, chunk) = (item.announcedBytes ?? 1, max(1, plan.task.details["source_info"]?["chunk_size"]?.int ?? 1))
        guard let range = call.header("content-range")?.wholeMatch(of: /bytes (\d+)-(\d+)\/(\d+)/)?.output, let first = Int(range.1),
            let last = Int(range.2), Int(range.3) == total, first <= last, last < total, first % chunk == 0,
            last == (first / chunk == max(1, total / chunk) - 1 ? total : first + chunk) - 1,
            ["video/mp4", "video/quicktime", "video/webm"].contains(call.contentType)
        else { return try await refuse(call, 400) }
        guard first == item.parts.byteCount else { return try await refuse(call, 416, item) }
        let index = first / chunk
        var sink = MediaSink(continuing: item.parts.position)
        for try await bytes in call.request.body { sink.write(bytes) }
        let part = sink.finish()
        guard part.byteCount == last - first + 1 else { return .empty(400) }
        return store.update { state in
            guard var item = state.media[id], item.parts.byteCount == first else { return .empty(416) }
            item.contentType = call.contentType
            item.parts.add(index, part)
            state.media[id] = item
            state.files.put(id, part: index, contentType: call.contentType, bytes: part.kept)
            let isWhole = item.parts.byteCount == total
            if isWhole { state.drafts[id]?.attachments = [item.attachment] }
            var reply = Reply.empty(isWhole ? 201 : 206, headers: [Self.stored(item)])
            reply.created = isWhole ? finish(id, &state, call) : nil
            return reply
        }
    }

    private static func stored(_ item: MediaItem) -> (String, String) {
        ("content-range", "bytes 0-\(max(0, item.parts.byteCount - 1))/\(item.announcedBytes ?? 0)")
    }

    private func refuse(_ call: Call, _ status: Int, _ item: MediaItem? = nil) async throws -> Reply {
        for try await _ in call.request.body {}
        return .empty(status, headers: item.map { [Self.stored($0)] } ?? [])
    }
}
