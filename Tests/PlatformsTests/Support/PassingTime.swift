import Domain
import NIOConcurrencyHelpers
import PlatformSimulator

@testable import Platforms

/// Time that passes when a test says so, and at once for whoever sleeps.
final class PassingTime: TimeSource {
    private let instant = NIOLockedValueBox<Timestamp>(.now)

    var now: Timestamp { instant.withLockedValue(\.self) }

    func pass(_ duration: Duration) { instant.withLockedValue { $0 = $0 + duration } }

    func sleep(until end: Timestamp) async throws {
        try Task.checkCancellation()
        instant.withLockedValue { $0 = max($0, end) }
    }
}

/// Runs `body` with an adapter and a simulator that live in the same passing time.
func withPassingTime<Result>(
    _ conformance: ConformanceCase, _ body: (any Platform, ConnectedAccount, RunningSimulator, PassingTime) async throws -> Result
) async throws -> Result {
    let time = PassingTime()
    var options = SimulatorOptions(port: 0, enforceRateLimits: false)
    options.now = { time.now.date }
    let simulator = try await SimulatedPlatforms.start(options)
    do {
        let result = try await withRegistry(simulator.environment, time: time) { registry in
            guard let platform = registry[conformance.platform] else {
                throw PlatformError(.invalidContent, code: "NO_PLATFORM", message: "no platform")
            }
            return try await body(platform, try await Bench.connect(platform, account: "ada", as: conformance), simulator, time)
        }
        await simulator.stop()
        return result
    } catch {
        await simulator.stop()
        throw error
    }
}
