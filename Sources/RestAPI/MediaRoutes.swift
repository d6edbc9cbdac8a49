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
        static let rules = ["altText": Rule.altText, "folder": Rule.lineOrNone(60)]
        let name: String?
        let altText: String?
        /// An empty one takes the file out of its folder.
        let folder: String?
    }

    struct CaptionFile: Codable, Sendable, Ruled {
        static let rules: [String: JSONValue] = [
            "language": Rule.line(35),
            "text": ["minLength": 1, "description": .string("At most \(Captions.longestFile / 1000) kB")],
        ]
        /// A language tag such as en or pt-BR.
        let language: String
        /// The whole file, SubRip (.srt) or WebVTT (.vtt).
        let text: String
    }

    struct Replacement: Codable, Sendable {
        /// The file that takes its place.
        let with: MediaID
    }

    struct Conversion: Codable, Sendable {
        /// The channel that the film is for.
        let integrationId: IntegrationID
        /// What it is to become there, where the platform has several kinds.
        let kind: String?
    }

    private static let cursor = QueryField.cursor()
    private static let limit = QueryField.integer("limit", "How many at most", in: 1...200, default: 50)
    private static let search = QueryField.text("q", "Only files with this in their name or alternative text", maxLength: 200)
    private static let kind = QueryField<MediaKind>.choice("kind", "Only this kind")
    private static let used = QueryField.flag("used", "Only files that posts use, or none does")
    private static let folder = QueryField.text("folder", "Only files in this folder; empty for those in none", maxLength: 60)
    private static let trashed = QueryField.flag("trashed", "What was deleted and can still come back, instead")
    private static let forGood = QueryField.flag("forGood", "Remove it for good, from the trash too, instead of putting it there")
    private static let name = QueryField.text("name", "The file's name, when the body is the bare file")
    private static let altText = QueryField.text("altText", "What the picture shows, when the body is the bare file", maxLength: 5000)

    var routes: [Route] { collection + single + [conversion] + captions + files }

    private var collection: [Route] {
        [
            Route(
                .get, "/api/media", "List files, newest first", access: .scope(.postsRead),
                parameters: [
                    Self.search.parameter, Self.kind.parameter, Self.used.parameter, Self.folder.parameter, Self.trashed.parameter,
                    Self.cursor.parameter, Self.limit.parameter,
                ]
            ) { call in
                try await media.list(
                    as: try call.caller, search: try call[Self.search], kind: try call[Self.kind], used: try call[Self.used],
                    folder: try call[Self.folder], inTrash: try call[Self.trashed] ?? false, cursor: try call[Self.cursor],
                    limit: try call[Self.limit] ?? 50)
            },
            Route(.get, "/api/media/folders", "The folders that hold anything", access: .scope(.postsRead)) { call in
                Page(items: try await media.folders(as: try call.caller), nextCursor: nil)
            },
            Route(.delete, "/api/trash", "Remove what is in the trash for good: posts, files, channels", access: .scope(.postsWrite), needs: .manage)
            {
                call in
                try await services.trash.empty(as: try call.caller)
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
            Route(
                .patch, "/api/media/{id}", "Change a file's name, alternative text or folder", access: .scope(.mediaWrite)
            ) { (change: MediaChange, call) in
                try await media.update(
                    try call.id(of: "file"), altText: change.altText, name: change.name, folder: change.folder, as: try call.caller)
            },
            Route(
                .delete, "/api/media/{id}", "Put a file that no post still to go out needs into the trash", access: .scope(.mediaWrite),
                parameters: [Self.forGood.parameter], status: .noContent, errors: [.mediaInUse]
            ) { call in
                try await media.remove(try call.id(of: "file"), forGood: try call[Self.forGood] ?? false, as: try call.caller)
                return Nothing()
            },
            Route(.post, "/api/media/{id}/restore", "Take a file out of the trash", access: .scope(.mediaWrite)) { call in
                try await media.restore(try call.id(of: "file"), as: try call.caller)
            },
            Route(
                .post, "/api/media/{id}/replace", "Put another file in its place in every post that has not begun to go out",
                access: .scope(.mediaWrite), errors: [.conflict]
            ) { (replacement: Replacement, call) in
                try await media.replace(try call.id(of: "file"), with: replacement.with, as: try call.caller)
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

    private var captions: [Route] {
        [
            Route(
                .post, "/api/media/{id}/captions", "Keep a film's captions in a language, in the place of those that are there",
                access: .scope(.mediaWrite)
            ) { (file: CaptionFile, call) in
                try await media.setCaptions(file.text, in: file.language, of: try call.id(of: "file"), as: try call.caller)
            },
            Route(.get, "/api/media/{id}/captions/{language}", "A film's captions in a language, as SubRip", access: .scope(.postsRead)) { call in
                let found = try await media.captions(in: try call.path("language"), of: try call.id(of: "file"), as: try call.caller)
                return CaptionFile(language: found.language, text: found.srt)
            },
            Route(.delete, "/api/media/{id}/captions/{language}", "Remove a film's captions in a language", access: .scope(.mediaWrite)) { call in
                try await media.removeCaptions(in: try call.path("language"), of: try call.id(of: "file"), as: try call.caller)
            },
        ]
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
