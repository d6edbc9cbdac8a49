import AsyncHTTPClient
import Domain
import Foundation
import NIOCore

/// A file on its way from an address that a user named.
public struct Download: Sendable {
    /// Where it came from in the end, after redirects.
    public let url: String
    public let status: Int
    /// Names are lower-case; of a repeated header the last value counts.
    public let headers: [String: String]
    /// The size as announced, where it was.
    public let expectedBytes: Int?
    public let body: DownloadBody
}

/// The bytes of a download as they arrive. Throws `TransportFailure` when the connection breaks.
public struct DownloadBody: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer
    let body: HTTPClientResponse.Body

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks: body.makeAsyncIterator()) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        var chunks: HTTPClientResponse.Body.AsyncIterator

        public mutating func next() async throws -> ByteBuffer? {
            do {
                return try await chunks.next()
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                throw TransportFailure(mayHaveArrived: true, reason: "The connection broke while the file was read")
            }
        }
    }
}

extension GuardedHTTP {
    /// Opens `url` under the same checks as `send`, redirects included, and gives `receive` the answer to read while it arrives, whatever
    /// its size. `headers` go to every address on the way, so they must hold no secret; `redirects` is how many may be followed; `limit`
    /// bounds the whole exchange. Throws `TransportFailure`, `ProblemReport` for a refused address, `CancellationError`, and what `receive`
    /// throws.
    public func download<Value>(
        _ url: String, headers: [(name: String, value: String)] = [], redirects: Int = 5, within limit: Duration? = nil,
        _ receive: (Download) async throws -> Value
    ) async throws -> Value {
        var url = url
        let deadline = NIODeadline.now() + (limit ?? transport.settings.deadline).amount
        for _ in 0...redirects {
            let target = try await admit(url)
            let outcome = try await transport.withClient(pinnedTo: target) { client in
                try await self.outcome(of: try await answer(url, headers, over: client, until: deadline), from: url, receive)
            }
            switch outcome {
            case .received(let value): return value
            case .redirected(let next): url = next
            }
        }
        throw refusal(
            redirects == 0 ? "The address redirects, which is not followed here." : "The address redirects more than \(redirects) times.", url)
    }

    private enum Outcome<Value> {
        case received(Value)
        case redirected(to: String)
    }

    private func answer(
        _ url: String, _ headers: [(name: String, value: String)], over client: HTTPClient, until deadline: NIODeadline
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        request.headers.add(name: "User-Agent", value: transport.settings.userAgent)
        do {
            return try await client.execute(request, deadline: deadline)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw TransportFailure(mayHaveArrived: true, reason: "No answer")
        }
    }

    private func outcome<Value>(
        of answer: HTTPClientResponse, from url: String, _ receive: (Download) async throws -> Value
    ) async throws -> Outcome<Value> {
        let status = Int(answer.status.code)
        if [301, 302, 303, 307, 308].contains(status), let location = answer.headers.first(name: "location"), let base = URL(string: url),
            let next = URL(string: location, relativeTo: base)?.absoluteString
        {
            return .redirected(to: next)
        }
        let headers = Dictionary(answer.headers.map { ($0.name.lowercased(), $0.value) }) { _, last in last }
        let size = headers["content-length"].flatMap { Int($0) }
        return .received(
            try await receive(
                Download(url: url, status: status, headers: headers, expectedBytes: size, body: DownloadBody(body: answer.body))))
    }
}
