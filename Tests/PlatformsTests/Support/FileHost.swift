import Domain
import Foundation
import NIOConcurrencyHelpers

/// Serves the files of a test at an address from which platforms can fetch them, as the product does under `MAIN_URL`.
final class FileHost: Sendable {
    /// The one of the running test.
    @TaskLocal static var current: FileHost?

    private let files: NIOLockedValueBox<[String: (bytes: Data, type: String)]>
    private let server: RecordingServer

    init() async throws {
        let files = NIOLockedValueBox<[String: (bytes: Data, type: String)]>([:])
        self.files = files
        server = try await RecordingServer { request in
            guard let file = files.withLockedValue({ $0[request.path] }) else { return .answer(status: 404) }
            return Self.answer(request, file)
        }
    }

    /// What was fetched, oldest first.
    var requests: [RecordingServer.Recorded] { server.requests }

    func stop() async throws { try await server.stop() }

    func address(of bytes: Data, type: String, name: String) throws -> URL {
        let path = "/\(UUID().uuidString)/\(name)"
        files.withLockedValue { $0[path] = (bytes, type) }
        guard let url = URL(string: server.baseURL + path) else { throw URLError(.badURL) }
        return url
    }

    /// Runs `body` with a host that is stopped afterwards.
    static func serving<Result>(_ body: () async throws -> Result) async throws -> Result {
        let host = try await FileHost()
        do {
            let result = try await $current.withValue(host) { try await body() }
            try await host.stop()
            return result
        } catch {
            try await host.stop()
            throw error
        }
    }

    private static func answer(_ request: RecordingServer.Recorded, _ file: (bytes: Data, type: String)) -> RecordingServer.Reaction {
        var headers = ["content-type": file.type, "accept-ranges": "bytes", "content-length": String(file.bytes.count)]
        if request.method == "HEAD" { return .bytes(status: 200, headers: headers, Data()) }
        guard let match = request.headers["range"]?.wholeMatch(of: /bytes=(\d+)-(\d*)/), let first = Int(match.1), first < file.bytes.count
        else { return .bytes(status: 200, headers: headers, file.bytes) }
        let last = min(Int(match.2) ?? .max, file.bytes.count - 1)
        headers["content-length"] = String(last - first + 1)
        headers["content-range"] = "bytes \(first)-\(last)/\(file.bytes.count)"
        return .bytes(status: 206, headers: headers, file.bytes.dropFirst(first).prefix(last - first + 1))
    }
}
