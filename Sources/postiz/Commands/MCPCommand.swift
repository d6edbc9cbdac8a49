import Application
import ArgumentParser
import Domain
import Foundation
import Logging
import MCPProtocol
import MCPServer
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
        let pipes = try LinePipes.take()
        // Standard output means standard error from here on.
        bootstrapLogging(level: environment["LOG_LEVEL"].flatMap { Logger.Level(rawValue: $0) } ?? .warning, format: .text)
        let logger = Logger(label: "postiz")
        if let url {
            let bridge = Bridge(wire: try BridgeWire(server: url, key: key), pipes: pipes, logger: logger)
            try await serve(logger: logger) { await bridge.run() }
        } else {
            try await serveHere(key: key, environment: environment, pipes: pipes, logger: logger)
        }
    }

    /// Serves this machine's own data, beside a server that may run on it.
    private func serveHere(key: String?, environment: [String: String], pipes: LinePipes, logger: Logger) async throws {
        try await Bootstrap.withInstance(try Configuration.load(environment: environment)) { instance in
            for notice in instance.notices { logger.notice("\(notice)") }
            let services = instance.services
            let caller = try await caller(key: key, services)
            let interface = try MCPInterface(services: services, version: Version.current, logger: logger)
            let context = interface.context(for: caller, requestId: "stdio") {
                // A person at the machine stays one; when nobody can tell about a key, the conversation goes on.
                guard let key else { return true }
                do { return try await services.keys.authenticate(key) != nil } catch { return true }
            }
            let server = LineServer(context: context, secret: services.assistantSecret, time: services.time, logger: logger) {
                await pipes.output.send($0)
            }
            try await serve(logger: logger) {
                for await line in pipes.input { await server.receive(line) }
                if !Task.isCancelled { await server.drain() }
                await server.close()
            }
        }
    }

    private func caller(key: String?, _ services: Services) async throws -> Caller {
        guard let key else { return try await services.accounts.commandLineCaller(for: user).caller }
        guard let caller = try await services.keys.authenticate(key) else {
            throw StartProblem("The key is unknown, revoked or expired. List the keys with: postiz key list")
        }
        return caller
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
