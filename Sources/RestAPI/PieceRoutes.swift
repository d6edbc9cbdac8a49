import Application
import Domain
import Foundation
import Gateway
import HTTPTypes
import Hummingbird

/// Uploads in pieces: announce a file, send what fits through the line, ask where it stands when it broke. Much as tus 1.0 does it, in JSON.
struct PieceRoutes: Sendable {
    let services: Services
    private var media: MediaLibrary { services.media }

    private static let offset = Parameter(
        HTTPField.Name.uploadOffset.rawName, in: .header, required: true,
        schema: ["type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991],
        "At which byte of the file this piece begins: the upload's offset")

    var routes: [Route] {
        [
            Route(
                .post, "/api/media/uploads", "Announce a file that comes in pieces", access: .scope(.mediaWrite),
                body: .json(NewPartialUpload.self),
                successes: [.init(.created, "Where the upload stands; its address is in Location", type: PartialUploadView.self)]
            ) { call in
                try answer(try await media.begin(try await call.read(NewPartialUpload.self), as: try call.caller), .created)
            },
            Route(
                .get, "/api/media/uploads/{id}", "Where an upload stands; HEAD tells it in Upload-Offset", access: .scope(.mediaWrite),
                successes: [.init(.ok, "Where the upload stands, and the file once it is whole", type: PartialUploadView.self)]
            ) { call in
                try answer(try await media.progress(of: try call.id(of: "upload"), as: try call.caller))
            },
            Route(
                .patch, "/api/media/uploads/{id}", "Send the next piece, of any size; the last one makes the file", access: .scope(.mediaWrite),
                rate: .uncounted, parameters: [Self.offset], body: .piece,
                successes: [.init(.ok, "Where the upload stands, and the file once it is whole", type: PartialUploadView.self)],
                errors: [.conflict]
            ) { call in
                let offset = call.request.headers[.uploadOffset].flatMap { Int($0) }
                return try answer(
                    try await media.append(to: try call.id(of: "upload"), at: offset, body: call.request.body, as: try call.caller))
            },
            Route(
                .delete, "/api/media/uploads/{id}", "Cancel an upload", access: .scope(.mediaWrite), status: .noContent,
                errors: [.storageUnavailable]
            ) { call in
                try await media.cancel(try call.id(of: "upload"), as: try call.caller)
                return Nothing()
            },
        ]
    }

    private func answer(_ upload: PartialUploadView, _ status: HTTPResponse.Status = .ok) throws -> Response {
        var response = try Response.json(upload, status: status)
        response.headers[.uploadOffset] = "\(upload.offset)"
        response.headers[.uploadLength] = "\(upload.size)"
        if status == .created { response.headers[.location] = "/api/media/uploads/\(upload.id)" }
        return response
    }
}
