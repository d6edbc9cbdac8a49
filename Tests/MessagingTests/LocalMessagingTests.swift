import Domain
import Logging
import Messaging
import TestSupport
import Testing

@Suite("Event bus")
struct EventBusTests {
    private let broadcast = LocalBroadcast()
    private var bus: BroadcastEventBus { BroadcastEventBus(broadcast: broadcast, logger: Logger(label: "test")) }

    private func event(_ organization: OrganizationID, _ type: EventType = .postCreated) -> ProductEvent {
        ProductEvent(type, organizationId: organization, at: Timestamp(milliseconds: 1), data: [:])
    }

    @Test("brings an event to every listener of its organization and to no other")
    func scoped() async throws {
        let (mine, theirs) = (OrganizationID(), OrganizationID())
        var (first, second) = (bus.events(of: mine).makeAsyncIterator(), bus.events(of: mine).makeAsyncIterator())
        var other = bus.events(of: theirs).makeAsyncIterator()
        await bus.publish(event(mine))
        await bus.publish(event(theirs, .postFailed))
        #expect(await first.next()?.event?.type == .postCreated)
        #expect(await second.next()?.event?.type == .postCreated)
        #expect(await other.next()?.event?.type == .postFailed)
    }

    @Test("drops the oldest events of a listener that does not keep up, and says so")
    func slowListener() async throws {
        let organization = OrganizationID()
        let stream = bus.events(of: organization)
        await bus.publish(event(organization, .postDeleted))
        for _ in 0..<256 { await bus.publish(event(organization)) }
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next()?.event?.type == .postCreated)
        while let next = await iterator.next(), next != .resync { #expect(next.event?.type == .postCreated) }
    }

    @Test("passes over what a process of another version sent")
    func unknownEvent() async throws {
        let organization = OrganizationID()
        var events = bus.events(of: organization).makeAsyncIterator()
        await broadcast.send(#"{"type":"post_teleported"}"#, to: "events:\(organization)")
        await bus.publish(event(organization))
        #expect(await events.next()?.event?.type == .postCreated)
    }

    @Test("stops listening when a stream is dropped")
    func dropped() async throws {
        let organization = OrganizationID()
        let reader = Task { [bus] in for await _ in bus.events(of: organization) {} }
        try await eventually("the listener is there") { broadcast.listenerCount > 0 }
        reader.cancel()
        try await eventually("the listener is gone") { broadcast.listenerCount == 0 }
    }
}

@Suite("Rate limiter within a process")
struct RateLimiterTests {
    @Test("allows the limit in a window, refuses more, and begins anew when it ends")
    func window() async throws {
        let time = ManualTime()
        let limiter = LocalRateLimiter(time: time)
        for left in [2, 1, 0] {
            let decision = await limiter.take("key:a", limit: 3, window: .minutes(1))
            #expect(decision.allowed)
            #expect(decision.remaining == left)
        }
        let refused = await limiter.take("key:a", limit: 3, window: .minutes(1))
        #expect(!refused.allowed)
        #expect(refused.reset == .minutes(1))
        #expect(await limiter.take("key:b", limit: 3, window: .minutes(1)).allowed)
        time.advance(by: .minutes(1))
        #expect(await limiter.take("key:a", limit: 3, window: .minutes(1)).allowed)
    }
}
