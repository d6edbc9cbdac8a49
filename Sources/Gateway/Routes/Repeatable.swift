import Application
import Crypto
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A POST with an `Idempotency-Key`: done once; a repetition gets the first answer again.
struct Repeatable: Sendable {
    let idempotency: IdempotencyStore
    let route: Route
    let body: RequestSchema?
    let caller: Caller

    /// An answer as it is kept.
    private struct Kept: Codable {
        let location: String?
        let contentType: String?
        let body: String
    }

    func answer(_ request: Request, _ context: AppRequestContext, key: String) async throws -> Response {
        try IdempotencyStore.requireUsable(key)
        var request = request
        let hash = try await hash(of: &request)
        let call = try Call(request, context, of: route, body: body)
        var first: Response?
        let (stored, _) = try await idempotency.perform(
            key: key, operation: "\(route.method.rawValue) \(route.path)", requestHash: hash, as: caller
        ) {
            let response = try await route.answer(call)
            first = response
            return try await keep(response)
        }
        return try first ?? again(stored)
    }

    /// Of everything that decides what the call does. A file is too long to be read twice: its length, type and name stand for it.
    private func hash(of request: inout Request) async throws -> String {
        var digest = SHA256()
        digest.update(data: Data((request.head.path ?? "").utf8))
        if case .upload = route.body {
            for name in [HTTPField.Name.contentLength, .contentType, .fileName]
            where !(request.mediaType == "multipart/form-data" && name == .contentType) {
                digest.update(data: Data("\n\(request.headers[name] ?? "")".utf8))
            }
        } else {
            digest.update(data: Data((try await request.keptBody(upTo: Call.largestBody)).readableBytesView))
        }
        return digest.finalize().hexadecimal
    }

    private func keep(_ response: Response) async throws -> StoredResponse {
        let collected = Collected()
        if !route.secret { try await response.body.write(collected) }
        let kept = Kept(
            location: response.headers[.location], contentType: response.headers[.contentType], body: String(buffer: collected.bytes.buffer))
        return StoredResponse(status: response.status.code, body: try JSON.text(kept))
    }

    private func again(_ stored: StoredResponse) throws -> Response {
        guard !route.secret else {
            throw ProblemReport(.conflict, "The first request with this Idempotency-Key did this. Its answer was a secret that is shown only once.")
        }
        let kept: Kept = try JSON.decode(from: stored.body)
        var headers: HTTPFields = [.cacheControl: "no-store", .idempotencyReplayed: "true"]
        headers[.location] = kept.location
        headers[.contentType] = kept.contentType
        let body = kept.body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(string: kept.body))
        return Response(status: .init(code: stored.status), headers: headers, body: body)
    }
}

/// Collects what a response writes.
private struct Collected: ResponseBodyWriter {
    final class Bytes { var buffer = ByteBuffer() }
    let bytes = Bytes()

    mutating func write(_ buffer: ByteBuffer) async throws { bytes.buffer.writeImmutableBuffer(buffer) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
