import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A file that a platform fetched from the address it was told.
struct RemoteFile: Sendable {
    let contentType: String
    let received: ReceivedPart

    enum Failure: Error, Sendable { case unreachable, refused(status: Int), tooLarge }

    /// Asks what is there, then reads it in a stream. `limit` in bytes.
    static func fetch(_ address: String, limit: Int = 1 << 30) async throws(Failure) -> RemoteFile {
        do {
            var request = HTTPClientRequest(url: address)
            request.method = .HEAD
            try check(await HTTPClient.shared.execute(request, timeout: .seconds(60)))
            request.method = .GET
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(600))
            try check(answer)
            var sink = MediaSink(continuing: .start)
            var count = 0
            for try await chunk in answer.body {
                count += chunk.readableBytes
                guard count <= limit else { throw Failure.tooLarge }
                sink.write(chunk)
            }
            return RemoteFile(contentType: answer.headers.first(name: "content-type") ?? "", received: sink.finish())
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .unreachable
        }
    }

    private static func check(_ answer: HTTPClientResponse) throws(Failure) {
        guard answer.status == .ok else { throw .refused(status: Int(answer.status.code)) }
    }
}
