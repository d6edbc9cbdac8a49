import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Whether a platform accepts the operator's app, asked with nobody's account.
@Suite(.timeLimit(.minutes(5)))
struct AppCheckTests {
    private static let withApps = ConformanceCase.all.filter { conformance in
        PlatformRegistry.descriptors.contains { $0.id == conformance.platform && !$0.credentials.isEmpty }
    }
    /// Where only connecting tells.
    private static let silent: Set<PlatformID> = ["instagram-standalone"]

    @Test("the right keys are accepted, within the platform's contract", arguments: withApps)
    func accepted(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let told = try await bench.platform.checkApp(callbackURL: Self.callback())
            #expect(told == (Self.silent.contains(conformance.platform) ? .untold : .accepted))
            #expect(bench.publications.isEmpty)
        }
    }

    @Test("wrong keys are refused with a reason that tells no secret", arguments: withApps)
    func refused(_ conformance: ConformanceCase) async throws {
        let wrong = "wrong-secret-of-nobody"
        try await withBench(conformance) { bench in
            let values = bench.simulator.environment.reduce(into: [String: String]()) { values, pair in
                values[pair.key] = pair.key.hasSuffix("SECRET") ? wrong : pair.value
            }
            let told = try await Self.check(conformance.platform, values)
            guard !Self.silent.contains(conformance.platform) else { return #expect(told == .untold) }
            guard case .refused(let reason) = told else { return #expect(told == .refused(nil)) }
            #expect(reason?.contains(wrong) != true)
        }
    }

    @Test("a bot's wrong token is told apart from a wrong app")
    func botToken() async throws {
        try await withBench(.discord) { bench in
            let values = bench.simulator.environment.merging(["DISCORD_BOT_TOKEN_ID": "wrong-token"]) { _, own in own }
            guard case .refused(let reason) = try await Self.check("discord", values) else { throw Crash() }
            #expect(reason?.hasPrefix("DISCORD_BOT_TOKEN_ID: ") == true)
        }
    }

    @Test("a platform that is not there is no refusal")
    func unreachable() async throws {
        try await withBench(.tikTok) { bench in
            try bench.simulator.control.add(Fault(.status, platform: "tiktok", path: "/", status: 503, times: 1))
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.checkApp(callbackURL: Self.callback()) }
            #expect(error?.kind == .transient)
        }
    }

    private static func callback() throws -> URL { try #require(URL(string: Bench.callbackURL)) }

    private static func check(_ platform: PlatformID, _ values: [String: String]) async throws -> AppCheck {
        try await withRegistry(values, time: SleeplessTime()) { registry in
            guard let adapter = registry[platform] else { throw Crash() }
            return try await adapter.checkApp(callbackURL: callback())
        }
    }
}
