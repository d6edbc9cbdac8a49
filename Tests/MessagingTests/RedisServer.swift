import Domain
import Foundation
import Glibc
import Logging
import TestSupport

@testable import Messaging

/// A program of the Redis family, as `bin/test-redis` names it.
struct RedisProgram: Sendable, CustomStringConvertible {
    let name: String
    let path: String

    var description: String { name }
    var isRedis6: Bool { name.hasPrefix("redis-6") }

    /// Those of `TEST_REDIS_SERVERS`; none where it is not set.
    static let all: [RedisProgram] = (ProcessInfo.processInfo.environment["TEST_REDIS_SERVERS"] ?? "").split(separator: ",").map {
        let parts = $0.split(separator: "=", maxSplits: 1).map(String.init)
        return RedisProgram(name: parts[0], path: parts[parts.count - 1])
    }

    static var isAny: Bool { !all.isEmpty }
    /// Enough for what does not depend on the server's version.
    static var one: [RedisProgram] { Array(all.prefix(1)) }

    /// Calls `body` with a server of its own, and ends it afterwards. `settings` are those of the command line.
    func withServer<Value>(_ settings: [String] = [], _ body: (RedisServer) async throws -> Value) async throws -> Value {
        let server = try RedisServer(self, settings: settings)
        let result: Result<Value, any Error>
        do {
            try await server.start()
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        try await server.kill()
        try FileManager.default.removeItem(at: server.folder)
        return try result.get()
    }
}

/// A server on a port of its own, which tests may kill, stop and start again. What is not set is as it comes.
final class RedisServer: @unchecked Sendable {  // Each is used by one test, one step after the other.
    let program: RedisProgram
    let folder: URL
    private(set) var port = 0
    private var settings: [String]
    private var process: Process?

    init(_ program: RedisProgram, settings: [String]) throws {
        self.program = program
        self.settings = settings
        folder = FileManager.default.temporaryDirectory.appending(path: "postiz-redis-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    var url: String { "redis://127.0.0.1:\(port)" }

    func client(_ url: String? = nil, authorities: String? = nil) async throws -> RedisClient {
        let client = try RedisClient(try RedisAddress(url ?? self.url), authorities: authorities, logger: Logger(label: "test"))
        await client.open()
        return client
    }

    /// On the port from before, if there was one.
    func start(_ more: [String]? = nil) async throws {
        if let more { settings = more }
        for _ in 0..<5 {
            let candidate = port == 0 ? Int.random(in: 20_000..<40_000) : port
            let process = Process()
            process.executableURL = URL(filePath: program.path)
            process.arguments = file(in: settings) + ["--port", "\(candidate)", "--bind", "127.0.0.1", "--dir", folder.path] + options(in: settings)
            (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
            try process.run()
            self.process = process
            try await eventually("the server answers, or ends") { !process.isRunning || Self.answers(candidate) }
            if process.isRunning {
                port = candidate
                return
            }
        }
        throw DoesNotStart(program: program)
    }

    private struct DoesNotStart: Error { let program: RedisProgram }

    private func file(in settings: [String]) -> [String] { Array(settings.prefix { !$0.hasPrefix("--") }) }
    private func options(in settings: [String]) -> [String] { Array(settings.drop { !$0.hasPrefix("--") }) }

    /// At once, as a power failure would.
    func kill() async throws { try await end(SIGKILL) }

    /// As an operator would: it writes its file first. Not by SIGTERM, which a child of this process may have inherited as blocked.
    func stop() async throws {
        let client = try await client()
        _ = try? await client.call("SHUTDOWN")  // Its answer is that the connection ends.
        await client.close()
        try await eventually("the server ends") { process?.isRunning != true }
    }

    private func end(_ signal: Int32) async throws {
        guard let process, process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGCONT)
        Glibc.kill(process.processIdentifier, signal)
        try await eventually("the server ends") { !process.isRunning }
    }

    /// It stays connected and says nothing.
    func freeze() { if let process { Glibc.kill(process.processIdentifier, SIGSTOP) } }
    func thaw() { if let process { Glibc.kill(process.processIdentifier, SIGCONT) } }

    private static func answers(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
    }
}
