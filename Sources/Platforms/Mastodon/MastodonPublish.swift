import Domain
import Foundation

extension Mastodon {
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        try await request.publish { media, step in
            try await upload(media, step: step, request: request, journal: journal)
        } commit: { index, mediaIds, earlier in
            let isFirst = index == 0
            let draft = Draft(
                text: request.parts[index].text, parent: earlier.last { !$0.id.isEmpty }?.id, account: request.account,
                visibility: request.setting("visibility") ?? "public", warning: request.setting("spoiler_text"),
                language: request.setting("language"), isPoll: isFirst && request.kind == "poll",
                quoted: isFirst ? request.setting("quote")?.split(separator: "/").last.map(String.init) : nil)
            let call = try statusCall(draft, mediaIds, request, key: "\(request.publicationId)-\(index)")
            return try await journal.commit("part-\(index)", isLast: request.ends(with: index)) { intent in
                try await find(draft, intent)
            } _: { _ in
                let status: Status = try await api(instance(of: request.account.credentials)).value(call)
                return part(status, draft, id: await settledID(of: status, in: earlier, request.account))
            }
        }
    }

    /// One status, as it is looked for.
    struct Draft: Sendable {
        let text: String
        let parent: String?
        let account: ConnectedAccount
        let visibility: String
        let warning: String?
        let language: String?
        let isPoll: Bool
        /// The status that it quotes.
        let quoted: String?
    }

    func statusCall(_ draft: Draft, _ mediaIds: [String], _ request: PublishRequest, key: String) throws -> HTTPCall {
        var body: [String: JSONValue] = [
            "status": .string(draft.text), "visibility": .string(draft.visibility),
        ]
        if !mediaIds.isEmpty {
            body["media_ids"] = .array(mediaIds.map { .string($0) })
            body["sensitive"] = .bool(request.toggle("sensitive"))
        }
        if draft.isPoll {
            body["poll"] = [
                "options": .array(request.answers("poll_options")),
                "expires_in": .number(request.setting("poll_seconds").flatMap(Double.init) ?? 86_400),
                "multiple": .bool(request.toggle("poll_multiple")), "hide_totals": .bool(request.toggle("poll_hide_totals")),
            ]
        }
        if let parent = draft.parent { body["in_reply_to_id"] = .string(parent) }
        body["spoiler_text"] = draft.warning.map { .string($0) }
        body["language"] = draft.language.map { .string($0) }
        body["quoted_status_id"] = draft.quoted.map { .string($0) }
        if let policy = request.setting("quote_policy"), policy != "account" { body["quote_approval_policy"] = .string(policy) }
        return call(
            "POST", "/api/v1/statuses", draft.account.credentials, headers: [("Idempotency-Key", key)], body: try .json(body),
            effect: .creates)
    }

    private func upload(
        _ media: OutgoingMedia, step: String, request: PublishRequest, journal: any StepJournal
    ) async throws -> String {
        let credentials = request.account.credentials
        let upload = try await journal.step(step) {
            var fields = [(String, String)]()
            if let altText = media.media.altText, !altText.isEmpty { fields.append(("description", altText)) }
            if let focus = focus(of: step, request) { fields.append(("focus", focus)) }
            let body = HTTPBody.multipart(fields: fields, file: "file", fileName: media.media.name, media: media)
            let call = call("POST", "/api/v2/media", credentials, body: body)
            let answer = try await api(instance(of: credentials)).send(call)
            let attachment: Attachment = try api(instance(of: credentials)).decode(answer, to: call)
            // 202: accepted, but not to be used before it is processed.
            return Upload(id: attachment.id, isReady: answer.status != 202)
        }
        if upload.isReady { return upload.id }
        return try await context.awaitReady(step, journal, giving: upload.id) { try await state(of: upload.id, credentials) }
    }

    /// Of a file of the first part, by its step (`media-0-2`).
    private func focus(of step: String, _ request: PublishRequest) -> String? {
        let points = (request.setting("focus") ?? "").split(separator: "|", omittingEmptySubsequences: false)
        guard let number = step.wholeMatch(of: /media-0-(\d+)/).flatMap({ Int($0.output.1) }), points.indices.contains(number) else { return nil }
        let point = points[number].filter { !$0.isWhitespace }
        return point.isEmpty ? nil : point
    }

    private func state(of id: String, _ credentials: Credentials) async throws -> MediaState {
        let api = api(instance(of: credentials))
        let answer = try await api.send(call("GET", "/api/v1/media/\(id)", credentials), accepting: [422])
        if answer.status == 422 { throw api.notProcessed(because: answer.detail, mend: "Use another file.") }
        return answer.status == 206 ? .processing(checkAfter: .seconds(2)) : .ready
    }

    private struct Upload: Codable, Sendable {
        let id: String
        let isReady: Bool
    }

    private struct Attachment: Decodable {
        let id: String
    }
}
