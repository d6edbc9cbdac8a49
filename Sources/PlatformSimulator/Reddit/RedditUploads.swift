import Foundation
import HTTPTypes

extension Reddit {
    private static let sizes = [
        "image/jpeg": 20_971_520, "image/png": 20_971_520, "image/gif": 104_857_600, "video/mp4": 1_073_741_824, "video/quicktime": 1_073_741_824,
    ]

    var uploads: [Operation] {
        [
            Operation("reddit.lease", .post, "/api/media/asset.json", limits: [Self.all], handler: user("submit", lease)),
            Operation("reddit.upload", .post, "/_upload/{bucket}", body: .streamed, handler: receive),
        ]
    }

    /// Where a file may go, for a quarter of an hour.
    private func lease(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        guard let path = call.form("filepath"), !path.isEmpty, let type = call.form("mimetype"), Self.sizes[type] != nil,
            let kind = MediaKind(contentType: type)
        else { throw Self.plain(400, "Bad Request") }
        let asset = Self.newID("", in: &state, now: call.now)
        state.media[asset] = MediaItem(id: asset, owner: caller.id, kind: kind, contentType: type, createdAt: call.now)
        let bucket = kind == .video ? "reddit-uploaded-video" : "reddit-uploaded-media"
        let fields: [(String, String)] = [
            ("acl", "private"), ("key", "rte_images/\(asset)"), ("X-Amz-Credential", "SIMULATED/us-east-1/s3/aws4_request"),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Date", "20261128T000000Z"), ("success_action_status", "201"),
            ("content-type", type), ("x-amz-storage-class", "STANDARD"), ("x-amz-meta-ext", String(path.split(separator: ".").last ?? "")),
            ("policy", Encoding.token(bytes: 30)), ("X-Amz-Signature", Encoding.token(bytes: 30)),
            ("x-amz-security-token", Encoding.token(bytes: 30)),
        ]
        state.records["lease:\(asset)"] = .object(Dictionary(fields.map { ($0.0, JSON.string($0.1)) }) { $1 })
        return .json([
            "args": [
                "action": "\(call.base.drop { $0 != "/" })/_upload/\(bucket)",
                "fields": .array(fields.map { ["name": .string($0.0), "value": .string($0.1)] }),
            ],
            "asset": [
                "asset_id": .string(asset), "processing_state": "incomplete", "payload": ["filepath": .string(path)],
                "websocket_url": .string("wss://simulator.example.com/rte_images/\(asset)"),
            ],
        ])
    }

    /// A store that looks like S3: all fields as they were given, then the file.
    private func receive(_ call: Call) async throws -> Reply {
        guard call.isMultipart else { return Self.xml(400, "MalformedPOSTRequest", "The body is not well-formed multipart/form-data.") }
        let form = try await UploadForm.read(call, fileField: "file")
        let key = form.fields["key"] ?? ""
        let asset = String(key.split(separator: "/").last ?? "")
        return store.update { state in
            guard let wanted = state.records["lease:\(asset)"]?.object, let item = state.media[asset],
                wanted.allSatisfy({ form.fields[$0.key] == $0.value.string })
            else { return Self.xml(403, "AccessDenied", "Invalid according to Policy") }
            guard call.now.timeIntervalSince(item.createdAt) < 900 else {
                return Self.xml(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
            }
            guard let file = form.file, file.part.byteCount > 0 else {
                return Self.xml(400, "InvalidArgument", "POST requires exactly one file upload per request.")
            }
            let most = Self.sizes[item.contentType] ?? 0
            guard file.part.byteCount <= most else {
                let sizes = "<ProposedSize>\(file.part.byteCount)</ProposedSize><MaxSizeAllowed>\(most)</MaxSizeAllowed>"
                return Self.xml(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", sizes)
            }
            state.media[asset]?.parts.add(0, file.part)
            state.media[asset]?.state = .ready
            state.files.put(asset, contentType: item.contentType, bytes: file.part.kept)
            let address = "\(call.address)/\(Encoding.percent(key))"
            let body = """
                <?xml version="1.0" encoding="UTF-8"?>
                <PostResponse><Location>\(Encoding.html(address))</Location><Bucket>\(call.parameter("bucket"))</Bucket><Key>\(Encoding.html(key))</Key>\
                <ETag>"\(file.part.tag)"</ETag></PostResponse>
                """
            var reply = Reply.html(body, status: 201)
            reply.headers = [("content-type", "application/xml")]
            return reply
        }
    }

    private static func xml(_ status: Int, _ code: String, _ message: String, _ more: String = "") -> Reply {
        var reply = Reply.html(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>\(code)</Code><Message>\(message)</Message>\(more)</Error>", status: status)
        reply.headers = [("content-type", "application/xml")]
        return reply
    }

    /// The uploaded file of an address or an asset's id.
    func uploaded(_ address: String, by owner: Account, _ state: PlatformState) -> MediaItem? {
        let asset = String(address.split(separator: "/").last ?? "")
        guard let item = state.media[asset], item.owner == owner.id, item.state == .ready else { return nil }
        return item
    }
}
