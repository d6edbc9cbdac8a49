import Foundation
import NIOCore

/// A picture of a pin, sent or fetched.
struct PinFile: Sendable {
    let contentType: String
    let part: ReceivedPart
}

/// What Pinterest refuses of a new pin.
enum PinRules {
    private static let lengths = ["title": 100, "description": 800, "link": 2048, "alt_text": 500]
    private static let known: Set = [
        "board_id", "board_section_id", "title", "description", "link", "alt_text", "dominant_color", "media_source", "parent_pin_id", "sponsor_id",
    ]
    private static let sourceFields: [String: Set<String>] = [
        "image_url": ["source_type", "url", "is_standard"], "image_base64": ["source_type", "content_type", "data", "is_standard"],
        "multiple_image_urls": ["source_type", "items", "index"], "multiple_image_base64": ["source_type", "items", "index"],
        "video_id": [
            "source_type", "media_id", "cover_image_url", "cover_image_content_type", "cover_image_data", "cover_image_key_frame_time", "is_standard",
        ],
    ]

    static func check(_ body: [String: JSON]) throws {
        if let unknown = body.keys.sorted().first(where: { !known.contains($0) }) { throw PinterestProblem.invalid("unknown field \(unknown)") }
        guard let board = body["board_id"]?.string, !board.isEmpty, board.allSatisfy(\.isNumber) else {
            throw PinterestProblem.invalid("'board_id' does not match '^\\d+$'")
        }
        for (name, most) in lengths.sorted(by: { $0.key < $1.key }) where body[name]?.string?.utf16.count ?? 0 > most {
            throw PinterestProblem.invalid("'\(name)' is too long: maxLength \(most)")
        }
        if let link = body["link"]?.string, !link.hasPrefix("http://"), !link.hasPrefix("https://") {
            throw PinterestProblem.invalid("'link' is not a valid URL")
        }
        if let colour = body["dominant_color"]?.string, colour.wholeMatch(of: /#[0-9A-Fa-f]{6}/) == nil {
            throw PinterestProblem.invalid("'dominant_color' is not a colour")
        }
        try checkSource(body["media_source"])
    }

    private static func checkSource(_ source: JSON?) throws {
        guard let fields = source?.object, let type = fields["source_type"]?.string, let allowed = sourceFields[type] else {
            throw PinterestProblem.invalid("media_source.source_type is required")
        }
        if let unknown = fields.keys.sorted().first(where: { !allowed.contains($0) }) {
            throw PinterestProblem.invalid("media_source: unknown field \(unknown)")
        }
        if type.hasPrefix("multiple"), !(2...5).contains(fields["items"]?.array?.count ?? 0) {
            throw PinterestProblem.invalid("media_source.items: minItems 2, maxItems 5")
        }
        let address = type == "multiple_image_urls" ? ["url"] : ["content_type", "data"]
        for item in fields["items"]?.array ?? [] {
            if let unknown = item.object?.keys.sorted().first(where: { !(address + ["title", "description", "link"]).contains($0) }) {
                throw PinterestProblem.invalid("media_source.items: unknown field \(unknown)")
            }
            if let link = item["link"]?.string, !link.hasPrefix("http://"), !link.hasPrefix("https://") {
                throw PinterestProblem.invalid("media_source.items: 'link' is not a valid URL")
            }
        }
        if type == "video_id" {
            let covers = [
                fields["cover_image_url"] != nil, fields["cover_image_data"] != nil && fields["cover_image_content_type"] != nil,
                fields["cover_image_key_frame_time"]?.int != nil,
            ]
            guard covers.count(where: { $0 }) == 1 else { throw PinterestProblem.invalid("a video needs exactly one cover") }
        }
    }

    /// The pictures of a media source.
    static func fetched(_ source: JSON?) async throws -> [PinFile] {
        var files: [PinFile] = []
        for item in source?["items"]?.array ?? [source].compactMap(\.self) {
            if let address = (item["url"] ?? item["cover_image_url"])?.string {
                files.append(try await fetch(address))
            } else if let data = (item["data"] ?? item["cover_image_data"])?.string {
                files.append(try decoded(data, type: (item["content_type"] ?? item["cover_image_content_type"])?.string ?? ""))
            }
        }
        return files
    }

    private static func fetch(_ address: String) async throws -> PinFile {
        do {
            let file = try await RemoteFile.fetch(address, limit: 32_000_000)
            return PinFile(contentType: file.contentType, part: file.received)
        } catch {
            throw PinterestProblem.invalid("Unable to reach the URL.")
        }
    }

    private static func decoded(_ data: String, type: String) throws -> PinFile {
        guard ["image/jpeg", "image/png"].contains(type) else { throw PinterestProblem.invalid("content_type must be image/jpeg or image/png") }
        guard let bytes = Data(base64Encoded: data), bytes.count <= 20_000_000 else { throw PinterestProblem.invalid("data is not base64") }
        let begins: [String: [UInt8]] = ["image/jpeg": [0xFF, 0xD8, 0xFF], "image/png": [0x89, 0x50, 0x4E, 0x47]]
        guard bytes.starts(with: begins[type] ?? []) else { throw PinterestProblem.refusal(403, 235, "The image is broken.") }
        return PinFile(contentType: type, part: MediaSink.receive(ByteBuffer(bytes: bytes)))
    }
}
