import Foundation
import Hummingbird
import Logging

/// How a simulator starts.
public struct SimulatorOptions: Sendable {
    /// Address to listen on. The control API answers loopback callers only, whatever this is.
    public var host = "127.0.0.1"
    /// 0 picks a free port.
    public var port = 0
    /// Consent pages answer Allow at once.
    public var autoApprove = false
    /// The platforms' own limits refuse calls (429); off: they only show in headers. Limits set through the control API always count.
    public var enforceRateLimits = true
    /// Calls kept in the log.
    public var logCapacity = 200_000
    /// The simulator's clock: expiry of codes and tokens, rate windows, duplicate windows.
    public var now: @Sendable () -> Date = { Date() }
    /// Server messages; silent by default.
    public var logger = Logger(label: "postiz-simulator", factory: { _ in SwiftLogNoOpLogHandler() })

    public init() {}

    public init(host: String = "127.0.0.1", port: Int = 0, autoApprove: Bool = false, enforceRateLimits: Bool = true) {
        (self.host, self.port, self.autoApprove, self.enforceRateLimits) = (host, port, autoApprove, enforceRateLimits)
    }
}

/// The impersonated platforms, each under its name at one address: `/x`, `/linkedin`, `/mastodon`, ….
public struct SimulatedPlatforms: Sendable {
    public let options: SimulatorOptions
    public let control: SimulatorControl
    private let responder: SimulatorResponder

    public init(options: SimulatorOptions = SimulatorOptions()) {
        let simulation = Simulation(options: options)
        self.options = options
        control = SimulatorControl(simulation: simulation)
        responder = SimulatorResponder(simulation: simulation, control: ControlAPI(control: control))
    }

    /// The server, ready to run. `onRunning` receives the port it listens on.
    public func application(onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }) -> some ApplicationProtocol {
        Application(
            responder: responder,
            configuration: .init(address: .hostname(options.host, port: options.port), serverName: nil),
            onServerRunning: { await onRunning($0.localAddress?.port ?? 0) },
            logger: options.logger)
    }

    /// Lines for the product's configuration when the simulator answers at `origin` (`http://host:port`).
    public func environment(origin: String) -> [(name: String, value: String)] {
        control.simulation.platforms.flatMap { $0.environment(origin: origin) }.map { (name: $0.0, value: $0.1) }
    }

    /// Serves in this process until `stop()`. Throws when the port cannot be bound.
    public static func start(_ options: SimulatorOptions = SimulatorOptions()) async throws -> RunningSimulator {
        let platforms = SimulatedPlatforms(options: options)
        let (ports, announce) = AsyncThrowingStream<Int, any Error>.makeStream()
        let application = platforms.application { announce.yield($0) }
        let task = Task {
            do {
                try await application.run()
                announce.finish()
            } catch {
                announce.finish(throwing: error)
            }
        }
        for try await port in ports { return RunningSimulator(port: port, platforms: platforms, task: task) }
        throw SimulatorError.didNotStart
    }

    /// Serves on a loopback port (0: a free one).
    public static func start(port: Int, autoApprove: Bool = false, enforceRateLimits: Bool = true) async throws -> RunningSimulator {
        try await start(SimulatorOptions(port: port, autoApprove: autoApprove, enforceRateLimits: enforceRateLimits))
    }
}

public enum SimulatorError: Error, Equatable {
    case didNotStart
    case unknownPlatform(String)
    case unknownAccount(String)
    case unknownSwitch(String)
    case badRequest(String)
}

/// A simulator that serves in this process.
public struct RunningSimulator: Sendable {
    public let port: Int
    /// `http://127.0.0.1:port`.
    public let baseURL: String
    /// State, faults and log, without HTTP.
    public let control: SimulatorControl
    /// Lines for the product's configuration, e.g. `X_API_BASE_URL`.
    public let environment: [String: String]
    private let task: Task<Void, Never>

    fileprivate init(port: Int, platforms: SimulatedPlatforms, task: Task<Void, Never>) {
        self.port = port
        self.task = task
        baseURL = "http://127.0.0.1:\(port)"
        control = platforms.control
        environment = Dictionary(uniqueKeysWithValues: platforms.environment(origin: baseURL).map { ($0.name, $0.value) })
    }

    /// Base address of one platform, e.g. `base(of: "x")`.
    public func base(of platform: String) -> String { baseURL + "/" + platform }

    /// Closes the port and all connections.
    public func stop() async {
        task.cancel()
        await task.value
    }
}
