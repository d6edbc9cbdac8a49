import Application
import Domain
import Foundation
import Logging
import MCPProtocol
import Messaging
import Persistence
import PlatformSimulator
import Platforms
import TestSupport
import Testing

@testable import MCPServer

/// A workspace with assistants, over a database of its own and platforms that run in this process. What `cron` and `worker` do is done step
/// by step, on a clock that the test drives.
struct AssistantWorld: Sendable {
    let services: Services
    let simulator: RunningSimulator
    let time: ManualTime
    let person: Caller
    let interface: MCPInterface
    private let browser: HTTPTransport

    static func with(_ settings: [String: String] = [:], _ body: (AssistantWorld) async throws -> Void) async throws {
        let simulator = try await SimulatedPlatforms.start(port: 0)
        let result: Result<Void, any Error>
        do {
            try await TestDatabase.withSQLite { database in
                try await Migrator.migrate(database, schema)
                let world = try await AssistantWorld(database, simulator, settings)
                let outcome: Result<Void, any Error>
                do { outcome = .success(try await body(world)) } catch { outcome = .failure(error) }
                try await world.browser.shutdown()
                try await world.services.platforms.shutdown()
                try FileManager.default.removeItem(at: world.services.configuration.dataFolder)
                try outcome.get()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await simulator.stop()
        try result.get()
    }

    private init(_ database: any Database, _ simulator: RunningSimulator, _ settings: [String: String]) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("postiz-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("uploads"), withIntermediateDirectories: true)
        let environment = simulator.environment
            .merging([
                "POSTIZ_DATA": folder.path, "MAIN_URL": "https://postiz.example.com", "RATE_LIMIT_PER_MINUTE": "0",
                "CREATE_LIMIT_PER_MINUTE": "0",
            ]) { $1 }.merging(settings) { $1 }
        time = ManualTime(.now)
        self.simulator = simulator
        browser = HTTPTransport(settings: TransportSettings(userAgent: "test", connectTimeout: .seconds(60), readTimeout: .seconds(120)))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        services = Services(
            configuration: try Configuration.load(environment: environment),
            secrets: Secrets(jwtSecret: "a secret for tests only", encryptionKey: "another one for tests"), database: database, time: time,
            logger: logger, version: "0.0.0", bcryptCost: 4)
        let registration = Registration(
            email: "ada@example.com", password: "correct horse battery", name: "Ada", organizationName: "Example", timeZone: "Europe/Paris")
        person = try await services.accounts.register(registration, from: ClientInfo(address: "192.0.2.1", userAgent: "test")).caller
        interface = try MCPInterface(services: services, version: "0.0.0", logger: logger)
    }

    /// Connects an account the way a person does.
    @discardableResult
    func connect(_ platform: PlatformID, as account: String = "ada") async throws -> ChannelView {
        let start = try await services.channels.startConnect(platform, instance: nil, returnTo: nil, reconnecting: nil, as: person)
        let page = start.appending(queryItems: [URLQueryItem(name: "auto", value: "allow"), URLQueryItem(name: "account", value: account)])
        let redirect = try await browser.platform.send(HTTPCall("GET", page.absoluteString))
        let items = URLComponents(string: try #require(redirect.headers["location"]))?.queryItems ?? []
        let query = Dictionary(items.map { ($0.name, $0.value ?? "") }) { _, last in last }
        guard case .connected(let view, _, _) = try await services.channels.finishConnect(platform, query: query, as: person) else {
            throw NotConnected()
        }
        return view
    }

    struct NotConnected: Error {}

    /// Somebody's assistant with a key of these scopes.
    func assistant(
        _ scopes: [Scope] = [.postsRead, .postsWrite, .analyticsRead, .mediaWrite], draftOnly: Bool = false
    ) async throws -> Assistant {
        let key = try await services.keys.create(NewAPIKey(name: "Assistant", scopes: scopes, draftOnly: draftOnly), as: person)
        let caller = try #require(try await services.keys.authenticate(key.secret))
        return Assistant(context: interface.context(for: caller, requestId: "request-1"), secret: key.secret)
    }

    /// Queues what is due and takes each ready job once.
    func turn(after duration: Duration = .zero) async throws {
        time.advance(by: duration)
        try await services.publishing.dueScan.queueEverythingDue()
        let jobs = try await services.queue.claim(kind: Publisher.jobKind, limit: 100, lease: .seconds(15), patience: .zero)
        for job in jobs {
            switch try await services.publishing.publisher.run(try #require(PublicationID(job.payload))) {
            case .done: try await services.queue.complete([job])
            case .again(let instant, let reason): try await services.queue.retry(job, at: instant, error: reason)
            }
        }
    }

    /// The texts that stand on the platform, oldest first.
    func published(on platform: String = "mastodon") -> [String] { simulator.control.publications(platform: platform).map(\.text) }

    /// A wall-clock time in Paris, an hour from now on the full minute.
    func inAnHour() -> String { LocalClock(zone: "Europe/Paris").text(time.now + .hours(1)) }
}

/// An assistant at work.
struct Assistant: Sendable {
    let context: any ModelContext
    let secret: String

    func call(_ tool: String, _ arguments: [String: JSONValue] = [:]) async throws -> ToolResult {
        try await context.call(tool, arguments, in: .silent)
    }

    /// The structured result, held against everything that holds for results.
    func does(
        _ tool: String, _ arguments: [String: JSONValue] = [:], at location: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let result = try await call(tool, arguments)
        let value = try #require(result.structuredContent, sourceLocation: location)
        #expect(!result.isError, "\(result.content)", sourceLocation: location)
        guard case .text(let text)? = result.content.first, result.content.count == 1 else {
            Issue.record("the text is missing", sourceLocation: location)
            return value
        }
        #expect(try JSON.decode(JSONValue.self, from: text) == value, sourceLocation: location)
        #expect(value["message"]?.string?.isEmpty == false, sourceLocation: location)
        #expect(value["url"]?.string?.hasPrefix("https://postiz.example.com/") == true, sourceLocation: location)
        let declared = try await context.tools().first { $0.name == tool }
        let schema = try #require(declared?.outputSchema, sourceLocation: location)
        #expect(SchemaValidator.problems(value, schema) == [], sourceLocation: location)
        return value
    }

    /// The structured part of a refusal, held against everything that holds for refusals.
    func isRefused(
        _ tool: String, _ arguments: [String: JSONValue] = [:], _ code: ProblemReport.Code, at location: SourceLocation = #_sourceLocation
    ) async throws -> (value: JSONValue, text: String) {
        let result = try await call(tool, arguments)
        let value = try #require(result.structuredContent, sourceLocation: location)
        #expect(result.isError, sourceLocation: location)
        #expect(value["code"]?.string == code.rawValue, "\(value)", sourceLocation: location)
        #expect(value["requestId"] == "request-1", sourceLocation: location)
        #expect(value["retryable"]?.bool != nil && value["details"]?.object != nil, sourceLocation: location)
        guard case .text(let text)? = result.content.first else { return (value, "") }
        // Some clients show their model the structure alone, most the text alone: each says everything.
        let told = ["message", "what_to_do"].compactMap { value[$0]?.string }
        #expect(told.allSatisfy { text.contains($0) }, sourceLocation: location)
        let problems = (value["details"]?["problems"]?.array ?? []).compactMap { $0["message"]?.string }
        let lines = text.split(separator: "\n").map { $0.hasPrefix("- ") ? String($0.dropFirst(2)) : String($0) }
        #expect(lines.allSatisfy { line in (told + problems).contains { $0.contains(line) } }, "\(text)", sourceLocation: location)
        return (value, text)
    }
}

extension Exchange {
    /// Whoever asks listens to nothing but the answer.
    static let silent = Exchange(
        revision: .november2025, client: Implementation(name: "tester", version: "1"), capabilities: ClientCapabilities([:]),
        channel: Silence())

    private struct Silence: ExchangeChannel {
        func progress(_ done: Double, of total: Double?, _ message: String?) async {}
        func log(_ level: LogLevel, logger: String?, _ data: JSONValue) async {}
        func ask(_ question: Question, key: String) async throws -> JSONValue { throw UnsupportedByClient(capability: "elicitation") }
        func closeStream() async {}
    }
}

extension ToolResult {
    /// What is structured, read again.
    var structuredContent: JSONValue? { structured.flatMap { try? $0.value } }
}
