import Application
import Domain
import Foundation
import Persistence
import PlatformSimulator
import Platforms
import TestSupport
import Testing

/// Channels over platforms that run in this process.
struct ConnectedWorld: Sendable {
    let workspace: Workspace
    let simulator: RunningSimulator
    let platforms: PlatformRegistry
    let channels: Channels
    private let browser: HTTPTransport

    var person: Caller { workspace.person }

    /// `settings` may change the operator's settings.
    static func with(
        _ kind: TestDatabase, settings: (inout [String: String]) -> Void = { _ in }, _ body: (ConnectedWorld) async throws -> Void
    ) async throws {
        let simulator = try await SimulatedPlatforms.start(port: 0)
        var values = simulator.environment
        settings(&values)
        let result: Result<Void, any Error>
        do {
            try await Workspace.with(kind) { workspace in
                let world = try ConnectedWorld(workspace, simulator, values)
                let outcome: Result<Void, any Error>
                do { outcome = .success(try await body(world)) } catch { outcome = .failure(error) }
                try await world.platforms.shutdown()
                try await world.browser.shutdown()
                try outcome.get()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await simulator.stop()
        try result.get()
    }

    private init(_ workspace: Workspace, _ simulator: RunningSimulator, _ values: [String: String]) throws {
        self.workspace = workspace
        self.simulator = simulator
        let (database, time) = (workspace.database, workspace.time)
        let secrets = SecretBox(encryptionKey: "a key for tests that is long enough")
        let transport = TransportSettings(userAgent: "Postiz/test", connectTimeout: .seconds(60), readTimeout: .seconds(120))
        platforms = PlatformRegistry(
            configuration: PlatformConfiguration(values: values, transport: transport),
            appStore: DatabasePlatformAppStore(database: database, secrets: secrets, time: time), time: time)
        browser = HTTPTransport(settings: transport)
        channels = Channels(
            mainURL: try #require(URL(string: "https://postiz.example.com")), database: database, platforms: platforms, secrets: secrets,
            audit: AuditLog(database: database, time: time), events: workspace.events, time: time)
    }

    /// The person's answer on the consent page, as the query that the platform sends back.
    func consent(_ url: URL, account: String, answer: String = "allow") async throws -> [String: String] {
        let page = url.appending(queryItems: [URLQueryItem(name: "auto", value: answer), URLQueryItem(name: "account", value: account)])
        let redirect = try await browser.platform.send(HTTPCall("GET", page.absoluteString))
        let target = try #require(redirect.headers["location"], "no redirect but \(redirect.status) \(redirect.text)")
        let items = try #require(URLComponents(string: target)?.queryItems)
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { _, last in last }
    }

    func start(_ platform: PlatformID, reconnecting: IntegrationID? = nil, returnTo: String? = nil) async throws -> URL {
        try await channels.startConnect(platform, instance: nil, returnTo: returnTo, reconnecting: reconnecting, as: person)
    }

    /// Connects an account the way a person does.
    @discardableResult
    func connect(_ platform: PlatformID, as account: String, reconnecting: IntegrationID? = nil) async throws -> ChannelView {
        let query = try await consent(try await start(platform, reconnecting: reconnecting), account: account)
        guard case .connected(let view, _, _) = try await channels.finishConnect(platform, query: query, as: person) else {
            throw NotConnected()
        }
        return view
    }

    struct NotConnected: Error {}
}
