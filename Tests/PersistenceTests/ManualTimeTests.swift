import Domain
import TestSupport
import Testing

@Suite struct ManualTimeTests {
    @Test func sleepersWakeWhenTheirInstantHasCome() async throws {
        let time = ManualTime()
        let start = time.now
        async let early: Void = time.sleep(until: start + .seconds(10))
        let late = Task { try await time.sleep(until: start + .seconds(60)) }
        try await eventually("both sleep") { time.sleeperCount == 2 }
        time.advance(by: .seconds(10))
        try await early
        #expect(time.sleeperCount == 1)
        #expect(time.now - start == .seconds(10))
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(time.sleeperCount == 0)
    }

    @Test func whatIsPastIsNotWaitedFor() async throws {
        let time = ManualTime()
        try await time.sleep(until: time.now)
        try await time.sleep(until: time.now - .seconds(1))
    }

    @Test func waitingForWhatNeverHappensEndsWithItsName() async throws {
        await #expect(throws: NeverHappened.self) { try await eventually(within: .milliseconds(20), "rain") { false } }
    }
}
