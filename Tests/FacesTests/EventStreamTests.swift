import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@testable import Gateway

@Suite("Live events")
struct EventStreamTests {
    /// A stream that is open, and its reader.
    private struct Open: Sendable {
        let services: Services
        let organization: OrganizationID
        let reader: Reader

        func publish(_ type: EventType = .postCreated) async -> ProductEvent {
            let event = ProductEvent(type, organizationId: organization, at: .now, data: ["postId": "1"])
            await services.events.publish(event)
            return event
        }
    }

    private func withStream(_ test: @Sendable (Open) async throws -> Void) async throws {
        try await RestFixture.with { fixture in
            _ = try await fixture.person("ada")
            let login = Login(email: "ada@example.com", password: "correct horse battery")
            let signedIn = try await fixture.services.accounts.login(login, from: ClientInfo(address: "127.0.0.1", userAgent: "test"))
            let reader = Reader()
            let response = EventStream.response(for: signedIn.caller, services: fixture.services)
            let stream = Task { try await response.body.write(reader) }
            try await eventually("the stream opens") { !reader.text.isEmpty }
            try await test(Open(services: fixture.services, organization: signedIn.organization.id, reader: reader))
            reader.pause(false)
            stream.cancel()
            _ = await stream.result
        }
    }

    @Test("live events arrive with their names")
    func names() async throws {
        try await withStream { stream in
            let event = await stream.publish()
            try await eventually("the event arrives") { stream.reader.text.contains("id: \(event.id)\nevent: post_created\ndata: {") }
        }
    }

    @Test("a stream says once to read again when events of other processes may have been missed")
    func missedElsewhere() async throws {
        try await withStream { stream in
            // What a broadcast says after a break.
            await stream.services.broadcast.send("", to: "events:\(stream.organization)")
            _ = await stream.publish()
            try await eventually("the event after it arrives") { stream.reader.text.contains("event: post_created") }
            #expect(stream.reader.text.ranges(of: "event: resync\ndata: {}\n\n").count == 1)
        }
    }

    @Test("a stream ends at once when its listener is removed from the workspace, and no other one does")
    func removed() async throws {
        try await RestFixture.with { fixture in
            let (accounts, team) = (fixture.services.accounts, fixture.services.team)
            let client = ClientInfo(address: "127.0.0.1", userAgent: "test")
            func registration(_ name: String, _ invitation: String? = nil) -> Registration {
                Registration(email: "\(name)@example.com", password: "correct horse battery", invitation: invitation)
            }
            let ada = try await accounts.register(registration("ada"), from: client)
            let link = try await team.invite(NewInvitation(role: .user), as: ada.caller).url
            let token = try #require(link.split(separator: "=").last.map(String.init))
            let bob = try await accounts.register(registration("bob", token), from: client)
            let (readers, streams) = ([Reader(), Reader()], [ada, bob].map { EventStream.response(for: $0.caller, services: fixture.services) })
            let tasks = zip(readers, streams).map { reader, stream in Task { try await stream.body.write(reader) } }
            try await eventually("both are open") { readers.allSatisfy { !$0.text.isEmpty } }
            try await team.remove(bob.user.id, as: ada.caller)
            try await tasks[1].value
            try await eventually("the other one is told") { readers[0].text.contains("event: member_left") }
            #expect(!readers[1].text.contains("event: member_left"))
            tasks[0].cancel()
            _ = await tasks[0].result
        }
    }

    @Test("a reader who is too slow for all events is told to read again")
    func missedByTheReader() async throws {
        try await withStream { stream in
            stream.reader.pause(true)
            for _ in 0..<600 { _ = await stream.publish() }
            #expect(!stream.reader.text.contains("event: resync"))
            stream.reader.pause(false)
            try await eventually("the reader is told") { stream.reader.text.contains("event: resync\ndata: {}\n\n") }
        }
    }
}

/// Keeps what is written, and can be too busy to read for a while.
private final class Reader: ResponseBodyWriter, Sendable {
    private let state = NIOLockedValueBox((text: "", isPaused: false))

    var text: String { state.withLockedValue(\.text) }

    func pause(_ isPaused: Bool) { state.withLockedValue { $0.isPaused = isPaused } }

    func write(_ buffer: ByteBuffer) async throws {
        state.withLockedValue { $0.text += String(buffer: buffer) }
        try await eventually("somebody reads") { !state.withLockedValue(\.isPaused) }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
