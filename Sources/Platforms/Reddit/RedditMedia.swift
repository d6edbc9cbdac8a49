import Domain
import Foundation

extension Reddit {
    /// A file that Reddit has.
    struct Upload: Codable, Sendable {
        let asset: String
        let url: String
        let kind: MediaKind
    }

    /// Asks where the file may go, and sends it there. Not repeated within its life, and harmless when it is.
    func upload(_ media: OutgoingMedia, _ credentials: Credentials) async throws -> Upload {
        let lease: Lease = try await api.value(
            call(
                "POST", "/api/media/asset.json", credentials,
                body: .form([("filepath", Self.fileName(media.media)), ("mimetype", media.media.mimeType)])))
        // Without a scheme: the page's own, which is that of the hosts.
        let scheme = hosts.url("https://www.reddit.com/").prefix { $0 != "/" }
        let action = "\(scheme)\(lease.args.action)"
        let key = lease.args.fields.first { $0.name == "key" }?.value ?? ""
        let address = try api.uploadAddress(key.isEmpty ? nil : action, at: hosts, ["amazonaws.com"])
        let body = HTTPBody.multipart(
            fields: lease.args.fields.map { ($0.name, $0.value) }, file: "file", fileName: Self.fileName(media.media), media: media)
        _ = try await api.send(HTTPCall("POST", address, body: body))
        return Upload(asset: lease.asset.id, url: "\(action)/\(key)", kind: media.media.kind)
    }

    /// What it is called is shown nowhere, but its end counts.
    private static func fileName(_ media: Media) -> String {
        let ends = ["image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "video/mp4": "mp4", "video/quicktime": "mov"]
        return "file.\(ends[media.mimeType] ?? "bin")"
    }

    private struct Lease: Decodable {
        struct Arguments: Decodable {
            struct Field: Decodable {
                let name: String
                let value: String
            }
            let action: String
            let fields: [Field]
        }
        struct Asset: Decodable {
            let id: String

            enum CodingKeys: String, CodingKey {
                case id = "asset_id"
            }
        }
        let args: Arguments
        let asset: Asset
    }

    /// The still picture that a film must have, where the post brings none: dark, 16 to 9.
    static let plainCover: OutgoingMedia = {
        let bytes =
            Data(base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAABAAAAAJCAIAAAC0SDtlAAAAE0lEQVR42mNQUFQhCTGMahgUGgDxcTjRt+Gd8QAAAABJRU5ErkJggg==") ?? Data()
        let media = Media(
            id: MediaID(), organizationId: OrganizationID(), name: "cover.png", kind: .image, mimeType: "image/png", size: bytes.count,
            digest: "", width: 16, height: 9, duration: nil, altText: nil, hasThumbnail: false, createdAt: .now)
        return OutgoingMedia(media: media) { offset, count in bytes.dropFirst(offset).prefix(count) }
    }()
}
