import Foundation
import HTTPTypes
import NIOCore

/// Uploads and pins.
extension Pinterest {
    // MARK: Uploads

    var media: [Operation] {
        [
            Operation("pinterest.registerMedia", .post, "/v5/media", handler: api(["pins:read", "pins:write"], register)),
            Operation("pinterest.media", .get, "/v5/media/{id}", handler: api(["pins:read"], showMedia)),
            Operation("pinterest.upload", .post, "/_upload", body: .streamed, handler: upload),
        ]
    }

    private func register(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        guard call.json?.object == ["media_type": "video"] else { throw PinterestProblem.invalid("media_type must be video") }
        let id = state.nextID(now: call.now, shift: 10)
        state.media[id] = MediaItem(id: id, owner: account.id, kind: .video, contentType: "video/mp4", createdAt: call.now)
        let parameters: JSON = [
            "key": .string("uploads/\(id)"), "policy": .string(Encoding.base64url(Array("policy-\(id)".utf8))),
            "x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": "SIMULATED/20260101/us-east-1/s3/aws4_request",
            "x-amz-date": "20260101T000000Z", "x-amz-security-token": .string(Encoding.token(bytes: 30)),
            "x-amz-signature": .string(Encoding.token(bytes: 32)), "Content-Type": "multipart/form-data",
        ]
        state.records["upload:\(id)"] = parameters
        return .json(
            ["media_id": .string(id), "media_type": "video", "upload_url": .string("\(call.base)/_upload"), "upload_parameters": parameters],
            status: 201)
    }

    /// The store that takes the file: it knows nothing of tokens, and wants every parameter as it was given.
    private func upload(_ call: Call) async throws -> Reply {
        guard call.header("authorization") == nil else {
            return Reply(status: 400, body: ByteBuffer(string: "<Error><Code>InvalidArgument</Code></Error>"))
        }
        let form = try await UploadForm.read(call, fileField: "file")
        let id = form.fields["key"].map { String($0.dropFirst("uploads/".count)) } ?? ""
        return store.update { state in
            guard let wanted = state.records["upload:\(id)"]?.object, form.fields == wanted.compactMapValues(\.string), let file = form.file else {
                return Reply(status: 403, body: ByteBuffer(string: "<Error><Code>AccessDenied</Code></Error>"))
            }
            state.media[id]?.parts = ReceivedParts()
            state.media[id]?.parts.add(0, file.part)
            state.files.put(id, contentType: "video/mp4", bytes: file.part.kept)
            let failing = state.number("failingVideos")
            if failing > 0 { state.switches["failingVideos"] = .int(failing - 1) }
            let polls = failing > 0 ? 0 : state.number("processingPolls")
            state.media[id]?.finish(polls: polls, failing: failing > 0)
            return .empty(204)
        }
    }

    private func showMedia(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let id = call.parameter("id")
        guard var item = state.media[id], item.owner == account.id else { throw PinterestProblem.refusal(404, 50, "Media not found.") }
        let before = item.state
        _ = item.poll(failing: false)
        state.media[id] = item
        let status: JSON =
            switch before {
            case .waitingForUpload: "registered"
            case .processing: "processing"
            case .ready: "succeeded"
            case .failed: "failed"
            }
        return .json(["media_id": .string(id), "media_type": "video", "status": status])
    }

    // MARK: Pins

    var pins: [Operation] {
        let reading = ["boards:read", "pins:read"]
        let writing = reading + ["boards:write", "pins:write"]
        return [
            Operation(
                "pinterest.createPin", .post, "/v5/pins", limits: [RateLimit("org_write", 1000, .seconds(60))], body: .collected(160 << 20),
                handler: create(writing)),
            Operation("pinterest.pin", .get, "/v5/pins/{id}", handler: api(reading, show)),
            Operation("pinterest.deletePin", .delete, "/v5/pins/{id}", handler: api(writing, delete)),
        ]
    }

    private func own(_ account: Account, _ call: Call, _ state: PlatformState) throws -> Publication {
        guard let pin = state.timeline[call.parameter("id")], pin.author == account.id else {
            throw PinterestProblem.refusal(404, 50, "Pin not found.")
        }
        return pin
    }

    private func show(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        .json(pin(try own(account, call, state), account, call, state))
    }

    private func delete(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        state.timeline.delete(try own(account, call, state).id)
        return .empty(204)
    }

    private func create(_ scopes: [String]) -> @Sendable (Call) async throws -> Reply {
        { call in
            let body = call.json?.object ?? [:]
            // Addresses are fetched before anything is locked.
            let fetched = try await PinRules.fetched(body["media_source"])
            return try store.update { state in
                let account = try authenticate(call, scopes, state)
                if state.isOn("trialAccess") {
                    throw PinterestProblem.refusal(403, 29, "You are not permitted to access that resource: apps with trial access may not.")
                }
                try PinRules.check(body)
                guard let board = board(body["board_id"]?.string ?? "", of: account, state) else {
                    throw PinterestProblem.refusal(404, 40, "Board not found.")
                }
                if let section = body["board_section_id"]?.string,
                    board["sections"]?.array?.contains(where: { $0["id"]?.string == section }) != true
                {
                    throw PinterestProblem.refusal(404, 2031, "Board section not found.")
                }
                return try add(body, fetched, account, call, &state)
            }
        }
    }

    private func add(
        _ body: [String: JSON], _ fetched: [PinFile], _ account: Account, _ call: Call, _ state: inout PlatformState
    ) throws -> Reply {
        let id = state.nextID(now: call.now, shift: 10)
        let altText = body["alt_text"]?.string ?? ""
        var attachments: [Attachment] = []
        if let media = body["media_source"]?["media_id"]?.string {
            guard let item = state.media[media], item.owner == account.id, item.state == .ready, item.attachedTo == nil else {
                throw PinterestProblem.invalid("media_id \(media) is not ready, or was used")
            }
            state.media[media]?.attachedTo = id
            state.media[media]?.altText = altText
            if let item = state.media[media] { attachments.append(item.attachment) }
        }
        for (number, file) in fetched.enumerated() {
            let name = "\(id)-\(number)"
            state.files.put(name, contentType: file.contentType, bytes: file.part.kept)
            attachments.append(
                Attachment(
                    id: name, kind: .image, altText: number == 0 && attachments.isEmpty ? altText : "", contentType: file.contentType,
                    byteCount: file.part.byteCount, sha256: file.part.tag))
        }
        // What was sent, without the pictures themselves.
        var details = body
        details["media_source"] = ["source_type": body["media_source"]?["source_type"] ?? .null]
        let made = Publication(
            id: id, author: account.id, text: body["description"]?.string ?? "", attachments: attachments, createdAt: call.now,
            details: .object(details))
        state.timeline.add(made)
        return Reply.json(pin(made, account, call, state), status: 201).creating(id)
    }

    func pin(_ pin: Publication, _ author: Account, _ call: Call, _ state: PlatformState) -> JSON {
        let time = Encoding.iso8601(pin.createdAt)
        let kinds = Set(pin.attachments.map(\.kind))
        let isVideo = kinds.contains(.video)
        let images: JSON = ["600x": ["url": .string("\(call.base)/_media/\(pin.attachments.last?.id ?? "")"), "width": 600, "height": 600]]
        return .compact([
            "id": .string(pin.id), "created_at": .string(state.isOn("timesWithoutZone") ? String(time.prefix(19)) : time),
            "title": pin.details["title"] ?? .null, "description": .string(pin.text), "link": pin.details["link"] ?? .null,
            "alt_text": pin.details["alt_text"] ?? .null, "dominant_color": pin.details["dominant_color"] ?? .null,
            "board_id": pin.details["board_id"], "board_section_id": pin.details["board_section_id"] ?? .null,
            "board_owner": ["username": .string(author.username)], "is_owner": true, "is_standard": true, "has_been_promoted": false,
            "creative_type": isVideo ? "VIDEO" : pin.attachments.count > 1 ? "CAROUSEL" : "REGULAR",
            "media": ["media_type": isVideo ? "video" : pin.attachments.count > 1 ? "multiple_images" : "image", "images": images],
        ])
    }

    // MARK: Reports

    var reports: [Operation] {
        [
            Operation("pinterest.pinAnalytics", .get, "/v5/pins/{id}/analytics", handler: api(["boards:read", "pins:read"], pinReport)),
            Operation("pinterest.analytics", .get, "/v5/user_account/analytics", handler: api(["user_accounts:read"], accountReport)),
        ]
    }

    private func pinReport(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let pin = try own(account, call, state)
        _ = try days(call)
        let known: Set = [
            "IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", "SAVE_RATE", "TOTAL_COMMENTS", "TOTAL_REACTIONS", "USER_FOLLOW", "PROFILE_VISIT",
        ]
        let wanted = (call.query("metric_types") ?? "").split(separator: ",").map(String.init)
        guard !wanted.isEmpty, wanted.allSatisfy(known.contains) else { throw PinterestProblem.invalid("metric_types is required") }
        let figures = Popularity(id: pin.id, age: call.now.timeIntervalSince(pin.createdAt))
        let all: [String: Int] = [
            "IMPRESSION": figures.impressions, "OUTBOUND_CLICK": figures.clicks, "PIN_CLICK": figures.clicks * 2, "SAVE": figures.saves,
        ]
        return .json([
            "all": [
                "lifetime_metrics": ["TOTAL_COMMENTS": 0, "TOTAL_REACTIONS": .int(figures.likes)],
                "summary_metrics": .object(all.filter { wanted.contains($0.key) }.mapValues { .int($0) }), "daily_metrics": [],
            ]
        ])
    }

    private func accountReport(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let (start, end) = try days(call)
        let list = stride(from: 0, through: end.timeIntervalSince(start), by: 86_400).map { offset -> JSON in
            let day = String(Encoding.iso8601(start.addingTimeInterval(offset)).prefix(10))
            let figures = Popularity(id: account.id + day, age: call.now.timeIntervalSince(start) - offset)
            return [
                "date": .string(day), "data_status": state.switches["dayStatus"] ?? "READY",
                "metrics": [
                    "IMPRESSION": .int(figures.impressions), "ENGAGEMENT": .int(figures.clicks + figures.saves), "PIN_CLICK": .int(figures.clicks),
                    "OUTBOUND_CLICK": .int(figures.shares), "SAVE": .int(figures.saves), "SAVE_RATE": .double(0.01),
                ],
            ]
        }
        return .json(["all": ["daily_metrics": .array(list), "summary_metrics": [:]]])
    }

    private func days(_ call: Call) throws -> (Date, Date) {
        guard let start = call.query("start_date").flatMap({ Encoding.date($0 + "T00:00:00Z") }),
            let end = call.query("end_date").flatMap({ Encoding.date($0 + "T00:00:00Z") }), start <= end,
            call.now.timeIntervalSince(start) < 91 * 86_400
        else { throw PinterestProblem.invalid("start_date must be within the last 90 days, and before end_date") }
        return (start, end)
    }
}
