import Domain
import TestSupport
import Testing

@testable import MCPProtocol

/// What somebody with a key might send to stop or fill the server.
@Suite struct HostileClientTests {
    @Test(arguments: [Int.max, 1 << 40]) func aFeedIsNotMadeToCountBeyondWhatANumberHolds(_ number: Int) async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            let feed = try await server.open("GET", session)
            try await eventually("the feed names itself") { feed.events.contains { $0.id != nil } }
            let stream = try #require(feed.events.compactMap(\.id).first).prefix { $0 != "." }
            // Another feed takes its place, so that it is made anew from what is kept.
            let other = try await server.open("GET", session)
            try await eventually("the other is open") { !other.events.isEmpty }
            let again = try await server.open("GET", session.merging(["Last-Event-ID": "\(stream).\(number)"]) { $1 })
            #expect(again.status == 200)
            try await eventually("the feed is open") { !again.events.isEmpty }
            server.context.happens(.log(.error, logger: "test", data: "still here"))
            #expect(try await again.wait(for: 1).first?.json["params"]?["data"] == "still here")
        }
    }

    @Test func aBatchHoldsAHundredMessagesAndTakesAPlaceAmongTheCalls() async throws {
        try await TestServer.run({ $0.maximumCalls = 1 }) { server in
            let session = try await server.begin(.march2025)
            func batch(_ count: Int) -> String { "[" + Array(repeating: TestServer.rpc("ping"), count: count).joined(separator: ",") + "]" }
            #expect(try await server.send(body: batch(100), session).json.array?.count == 100)
            #expect(try await server.send(body: batch(101), session).status == 400)

            let waiting = Task { try await server.send(body: "[" + TestServer.call("wait") + "]", session) }
            try await eventually("the call began") { server.context.began == 1 }
            #expect(try await server.send(body: batch(1), session).status == 429)
            server.context.release()
            #expect(try await waiting.value.status == 200)
        }
    }

    @Test func whatASessionKeepsIsBounded() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            let long = JSONValue.string("test://" + String(repeating: "a", count: 500))
            #expect(try await server.send(body: TestServer.rpc("resources/subscribe", ["uri": long]), session).code == -32602)
            let capabilities: JSONValue = ["experimental": ["x": .string(String(repeating: "a", count: 20_000))]]
            let params: JSONValue = ["protocolVersion": "2025-11-25", "capabilities": capabilities]
            #expect(try await server.send(body: TestServer.rpc("initialize", params)).code == -32602)
            #expect(server.sessions.all.map(\.subscriptions) == [[]])
        }
    }

    @Test func streamsOfOtherProcessesThatAreFollowedAreCounted() async throws {
        try await TestServer.run(processes: 2, { $0.maximumCalls = 1 }) { server in
            let session = try await server.begin()
            let call = try await server.open("POST", "/mcp", body: TestServer.call("poll"), session)
            try await eventually("the call names itself") { call.events.contains { $0.id != nil } }
            let id = try #require(call.events.compactMap(\.id).first)
            let resumed = session.merging(["Last-Event-ID": id]) { $1 }
            let first = try await server.open("GET", resumed, process: 1)
            try await eventually("it is followed") { !first.events.isEmpty }
            let second = try await server.open("GET", resumed, process: 1)
            try await second.waitForEnd()
            #expect(second.messages.isEmpty && !first.isOver)
            server.context.release()
            #expect(try await first.wait(for: 1).last?.json["result"] != nil)
        }
    }
}
