import Application
import ArgumentParser
import Domain
import Foundation
import Logging
import Observability
import ServiceLifecycle

struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "Serve an AI assistant over standard input and output.",
        discussion: """
            With --url it passes messages on to a server elsewhere, with the key of POSTIZ_API_KEY.
            Without it works on this machine's own data, as the first account, another one (--user), or a key (POSTIZ_API_KEY).
            Example: POSTIZ_API_KEY=ptz_… postiz mcp --url https://posts.example.com
            """)

    @Option(help: "The server's address. Without it this machine's data folder.")
    var url: String?
    @Option(help: "An API key. Everybody on this machine sees it in the list of processes: prefer POSTIZ_API_KEY.")
    var key: String?
    @Option(help: "The e-mail address of the member to act for on this machine's data. Without it the first account.")
    var user: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let key = (key ?? environment["POSTIZ_API_KEY"]).flatMap { $0.isEmpty ? nil : $0 }
        guard let url else { throw StartProblem("not yet") }
        let pipes = try LinePipes.take()
        // Standard output is standard error from here on.
        bootstrapLogging(level: environment["LOG_LEVEL"].flatMap { Logger.Level(rawValue: $0) } ?? .warning, format: .text)
        let logger = Logger(label: "postiz")
        let bridge = Bridge(wire: try BridgeWire(server: url, key: key), pipes: pipes, logger: logger)
        try await serve(logger: logger) { await bridge.run() }
    }

    /// Runs a conversation to its end, or until the process is asked to stop.
    private func serve(logger: Logger, _ conversation: @escaping @Sendable () async throws -> Void) async throws {
        let service = Conversation(run: { try await cancelWhenGracefulShutdown(conversation) })
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}

private struct Conversation: Service {
    let work: @Sendable () async throws -> Void

    init(run: @escaping @Sendable () async throws -> Void) { work = run }

    func run() async throws { try await work() }
}
