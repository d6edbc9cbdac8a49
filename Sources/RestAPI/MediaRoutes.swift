import Application
import Domain
import Foundation
import Gateway
import HTTPTypes
import Hummingbird

/// The media library.
struct MediaRoutes: Sendable {
    let services: Services
    private var media: MediaLibrary { services.media }

    struct Source: Codable, Sendable, Ruled {
        static let rules = ["url": Rule.url, "altText": Rule.altText]
        let url: String
        let altText: String?
    }
    /// What is absent stays; an empty alternative text removes it.
    struct MediaChange: Codable, Sendable, Ruled {
        static let rules = ["altText": Rule.altText]
        let name: String?
        let altText: String?
    }

    struct Conversion: Codable, Sendable {
        /// The channel that the film is for.
        let integrationId: IntegrationID
        /// What it is to become there, where the platform has several kinds.
        let kind: String?
    }

    private static let cursor = QueryField.cursor()
    private static let limit = QueryField.integer("limit", "How many at most", in: 1...200, default: 50)
    private static let name = QueryField.text("name", "The file's name, when the body is the bare file")
    private static let altText = QueryField.text("altText", "What the picture shows, when the body is the bare file", maxLength: 5000)

    var routes: [Route] { collection + single + [conversion] + files }

    private var collection: [Route] {
        [
            Route(
                .get, "/api/media", "List files, newest first", access: .scope(.postsRead),
                parameters: [Self.cursor.parameter, Self.limit.parameter]
            ) { call in
                try await media.list(as: try call.caller, cursor: try call[Self.cursor], limit: try call[Self.limit] ?? 50)
            },
            Route(
                .post, "/api/media", "Upload a file, as multipart/form-data or as the bare bytes", access: .scope(.mediaWrite),
                parameters: [
                    Self.name.parameter, Self.altText.parameter,
                    Parameter(
                        HTTPField.Name.fileName.rawName, in: .header, schema: ["type": "string"],
                        "The file's name, percent-encoded, when the body is the bare file"),
                ], body: .upload, successes: [.init(.created, "The file; its address is in Location", type: MediaView.self)]
            ) { call in try created(try await upload(call)) },
            Route(
                .post, "/api/media/from-url", "Fetch a file from the web", access: .scope(.mediaWrite), body: .json(Source.self),
                successes: [.init(.created, "The file; its address is in Location", type: MediaView.self)],
                errors: [.addressRefused, .tooLarge, .unsupportedMedia, .uploadIncomplete, .storageFull, .storageUnavailable]
            ) { call in
                let source = try await call.read(Source.self)
                return try created(try await media.fromURL(source.url, altText: source.altText, as: try call.caller))
            },
        ]
    }

    private func created(_ file: MediaView) throws -> Response {
        var response = try Response.json(file, status: .created)
        response.headers[.location] = "/api/media/\(file.id)"
        return response
    }

    private func upload(_ call: Call) async throws -> MediaView {
        let caller = try call.caller
        guard call.request.mediaType == "multipart/form-data" else {
            let header = call.request.headers[.fileName].flatMap(\.removingPercentEncoding)
            return try await media.upload(
                name: try header ?? call[Self.name] ?? "", altText: try call[Self.altText],
                expectedBytes: call.request.headers[.contentLength].flatMap { Int($0) }, body: call.request.body, as: caller)
        }
        guard let reader = call.request.multipart() else {
            throw ProblemReport(.badRequest, "The Content-Type has no boundary. Send the form as a browser or curl -F does.")
        }
        return try await UploadForm(reader).upload(to: media, as: caller)
    }

    private var single: [Route] {
        [
            Route(.get, "/api/media/{id}", "A file's particulars", access: .scope(.postsRead)) { call in
                try await media.get(try call.id(of: "file"), as: try call.caller)
            },
            Route(.patch, "/api/media/{id}", "Change a file's name or alternative text", access: .scope(.mediaWrite)) { (change: MediaChange, call) in
                try await media.update(try call.id(of: "file"), altText: change.altText, name: change.name, as: try call.caller)
            },
            Route(
                .delete, "/api/media/{id}", "Delete a file that no post still to go out needs", access: .scope(.mediaWrite), status: .noContent,
                errors: [.mediaInUse]
            ) { call in
                try await media.remove(try call.id(of: "file"), as: try call.caller)
                return Nothing()
            },
        ]
    }

    private var conversion: Route {
        Route(
            .post, "/api/media/{id}/conversions", "Have a film converted into one that a channel takes; the original stays",
            access: .scope(.postsWrite), body: .json(Conversion.self),
            successes: [.init(.accepted, "The file; its conversions say how far it is", type: MediaView.self)], errors: [.unknownChannel]
        ) { call in
            let asked = try await call.read(Conversion.self)
            let file = try await services.convert(
                try call.id(of: "file"), for: asked.integrationId.text, kind: asked.kind, as: try call.caller)
            return try Response.json(file, status: .accepted)
        }
    }

    /// For platforms that fetch files: the address itself is the permission, and ends.
    private var publicFile: Route {
        Route(
            .get, "/api/files/{token}/{name}", "A file at an address that was given to a platform, for as long as the address lasts",
            access: .everybody, rate: .uncounted,
            successes: [
                .init(.ok, "The bytes", mediaType: "*/*"), .init(.partialContent, "The range that was asked for", mediaType: "*/*"),
                .init(.notModified, "The client has it already"),
            ], errors: [.notFound, .rangeNotSatisfiable, .storageUnavailable]
        ) { call in
            let file = try await media.publicFile(try call.path("token"))
            return try await FileResponse.upload(file).response(to: call.request)
        }
    }

    private var files: [Route] {
        [
            serving("file", "The file itself; ranges are served", thumbnail: false),
            serving("thumbnail", "A small picture of the file", thumbnail: true),
            publicFile,
        ]
    }

    private func serving(_ name: String, _ summary: String, thumbnail: Bool) -> Route {
        Route(
            .get, "/api/media/{id}/\(name)", summary, access: .scope(.postsRead), rate: .uncounted,
            successes: [
                .init(.ok, "The bytes", mediaType: "*/*"), .init(.partialContent, "The range that was asked for", mediaType: "*/*"),
                .init(.notModified, "The client has it already"),
            ], errors: [.rangeNotSatisfiable, .storageUnavailable]
        ) { call in
            let file = try await media.file(try call.id(of: "file"), thumbnail: thumbnail, as: try call.caller)
            return try await FileResponse.upload(file, tag: thumbnail ? "\(file.tag)-thumbnail" : nil).response(to: call.request)
        }
    }
}
