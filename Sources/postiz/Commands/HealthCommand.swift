import Application
import ArgumentParser
import Domain
import Foundation
import Platforms

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask the running server how it is; fails when it is down.",
        discussion: "Example: postiz health --url https://posts.example.com")

    @Option(help: "The server's address. Without it the one that HOST and PORT name.")
    var url: String?
    @OptionGroup var output: Output

    func run() async throws {
        let server = try url ?? Self.localAddress(Configuration.load(environment: ProcessInfo.processInfo.environment))
        let address = (server.hasSuffix("/") ? String(server.dropLast()) : server) + "/api/health"
        let report = try await Self.report(from: address)
        try output.show(report) { Self.words(report) }
        if report.status == .down { throw ExitCode.failure }
    }

    private static func localAddress(_ configuration: Configuration) -> String {
        "http://\(configuration.localPlace)"
    }

    private static func report(from address: String) async throws -> HealthReport {
        let patience = TransportSettings(
            userAgent: "Postiz/\(Version.current)", connectTimeout: .seconds(3), readTimeout: .seconds(10), deadline: .seconds(15))
        do {
            return try JSON.decode(from: try await HTTPTransport.briefly(patience) { try await $0.platform.send(HTTPCall("GET", address)) }.body)
        } catch let failure as TransportFailure {
            throw StartProblem("\(address) does not answer: \(failure.reason). Is the server running?")
        } catch is DecodingError {
            throw StartProblem("\(address) is no Postiz server: its answer is not a health report.")
        }
    }

    /// What the server that HOST and PORT name says; nil when none of ours answers.
    static func runningServer(_ configuration: Configuration) async -> HealthReport? {
        try? await report(from: localAddress(configuration) + "/api/health")
    }

    private static func words(_ report: HealthReport) -> String {
        var parts = [
            ("database", report.database.ok, report.database.message), ("queue", report.queue.ok, report.queue.message),
            ("storage", report.storage.ok, report.storage.message), ("clock", report.clock.ok, report.clock.message),
        ]
        if let publishing = report.publishing { parts.append(("publishing", publishing.ok, publishing.message)) }
        if let replicas = report.replicas { parts.append(("replicas", replicas.ok, replicas.message)) }
        if let redis = report.redis { parts.append(("redis", redis.ok, redis.message)) }
        if let backup = report.backup { parts.append(("backup", backup.ok, backup.message)) }
        let lines = parts.map { name, ok, message in "\(name): \(message ?? (ok ? "ok" : "failing"))" }
        return (["\(report.status.rawValue), version \(report.version)"] + lines).joined(separator: "\n")
    }
}
