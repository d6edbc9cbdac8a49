import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Files in the shapes of Postiz.
struct PostizFiles: Sendable {
    let services: Services

    /// The part `file` of a form, also where the header hides that it is a form: one program sends its forms as `application/json`.
    func upload(_ call: Call) async throws -> JSONValue {
        let reader = call.request.multipart() ?? MultipartReader(tellingBoundaryItself: call.request.body)
        while let part = try await reader.nextPart() {
            if part.name == "file" {
                let media = try await services.media.upload(
                    name: part.fileName ?? "", altText: nil, expectedBytes: nil, body: PartBody(reader), as: try call.caller)
                return row(media)
            }
            guard part.fileName == nil else { throw ProblemReport(.badRequest, "Unexpected field: send the file in a part called \"file\".") }
        }
        throw ProblemReport(.badRequest, "No file provided")
    }

    func fetch(_ call: Call) async throws -> JSONValue {
        guard let url = try await call.postizBody()["url"]?.string, !url.isEmpty else { throw ProblemReport.messages(["url must be a string"]) }
        return row(try await services.media.fromURL(url, altText: nil, as: try call.caller))
    }

    private func row(_ media: MediaView) -> JSONValue {
        [
            "id": .string(media.id.text), "name": .string(media.name), "originalName": .string(media.name), "path": .string(address(of: media)),
            "thumbnail": media.thumbnailUrl.map { .string(main + $0) } ?? .null, "alt": media.altText.map { .string($0) } ?? .null,
            "createdAt": PostizTime.stamp(media.createdAt),
        ]
    }

    private var main: String {
        let text = services.configuration.mainURL.absoluteString
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// Programs tell by the ending what a file is.
    private func address(of media: MediaView) -> String { "\(main)/uploads/\(media.id)/\(media.id).\(Self.ending(of: media.mimeType))" }

    private static func ending(of mimeType: String) -> String {
        let type = mimeType.split(separator: "/").last.map(String.init) ?? "bin"
        return ["jpeg": "jpg", "quicktime": "mov", "x-matroska": "mkv", "mpeg": "mp3"][type] ?? type
    }

    /// The file of ours at an address, whether it came from here or from our own API.
    func own(_ address: String) -> MediaID? {
        let path = address.hasPrefix(main + "/") ? String(address.dropFirst(main.count)) : address
        return ["/uploads/", "/api/media/"].lazy.filter { path.hasPrefix($0) }.compactMap { MediaID(String(path.dropFirst($0.count).prefix(36))) }
            .first
    }

    /// The file at the address of `upload`, for whoever may see the workspace's posts.
    var file: Route {
        Route(
            .get, "/uploads/{id}/{name}", "A file", access: .scope(.postsRead), rate: .uncounted,
            successes: [.init(.ok, "The bytes", mediaType: "*/*")]
        ) { call in
            let file = try await services.media.file(try call.id(of: "file"), thumbnail: false, as: try call.caller)
            return try await FileResponse.upload(file).response(to: call.request)
        }
    }
}
