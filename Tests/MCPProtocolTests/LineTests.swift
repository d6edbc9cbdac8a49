import Domain
import Logging
import NIOConcurrencyHelpers
import Testing
import TestSupport

@testable import MCPProtocol

/// HTTP+SSE of 2024-11-05.
@Suite struct SSETests {
    private func open(_ server: TestServer, peer: String = "key:1") async throws -> (stream: EventReader, address: String) {
        let stream = try await server.open("GET", "/sse", ["X-Peer": peer])
        try await eventually("the endpoint event") { !stream.events.isEmpty }
        #expect(stream.events[0].name == "endpoint")
        return (stream, stream.events[0].data ?? "")
    }

    @Test(arguments: [0, 1]) func answersTravelOnTheStreamWhereverTheyWerePosted(_ process: Int) async throws {
        try await TestServer.run(processes: 2) { server in
            let (stream, address) = try await open(server)
            #expect(address.hasPrefix("/messages?sessionId="))
            let initialize = TestServer.rpc(
                "initialize", ["protocolVersion": "2024-11-05", "capabilities": [:], "clientInfo": ["name": "old", "version": "1"]])
            let answer = try await server.send("POST", address, body: initialize, process: process)
            #expect(answer.status == 202)
            let initialized = try await stream.wait(for: 2)[1]
            #expect(initialized.name == "message")
            #expect(initialized.id == nil)
            #expect(initialized.json["result"]?["protocolVersion"] == "2024-11-05")
            #expect(
                try await server.send("POST", address, body: #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, process: process).status
                    == 202)
            _ = try await server.send("POST", address, body: TestServer.call("speak", id: "a", token: 1), process: process)
            let said = try await stream.wait(for: 5).dropFirst(2).map(\.json)
            #expect(said.map { $0["method"]?.string } == ["notifications/progress", "notifications/message", nil])
            // What the revision does not know is left out.
            #expect(said[0]["params"]?["message"] == nil)
            #expect(said[2]["id"] == "a")
            #expect(server.sessions.all.first?.clientName == "old")
            server.context.happens(.toolsChanged)
            _ = try await stream.wait(for: 6)
        }
    }

    @Test func aClientThatForgetsToBeginIsServedAndAProbeIsAnsweredAtOnce() async throws {
        try await TestServer.run { server in
            let (stream, address) = try await open(server)
            _ = try await server.send("POST", address, body: TestServer.rpc("ping", id: 1))
            _ = try await server.send("POST", address, body: StatelessTests.body("server/discover", id: 2))
            _ = try await server.send("POST", address, body: TestServer.rpc("server/discover", id: 3))
            let said = try await stream.wait(for: 4).dropFirst().map(\.json)
            #expect(Set(said.map { "\($0["id"]?.int ?? 0) \($0["error"]?["code"]?.int ?? 0)" }) == ["1 0", "2 -32601", "3 -32601"])
        }
    }

    @Test func postsAreCheckedBeforeTheyAreAccepted() async throws {
        try await TestServer.run {
            $0.maximumBodyBytes = 1_000
        } _: { server in
            let (_, address) = try await open(server)
            let ping = TestServer.rpc("ping")
            #expect(try await server.send("POST", address, body: "{").status == 400)
            #expect(try await server.send("POST", address, body: ping, ["Content-Type": "text/plain"]).status == 415)
            #expect(
                try await server.send("POST", address, body: TestServer.rpc("ping", ["a": .string(String(repeating: "x", count: 1_000))])).status
                    == 413)
            #expect(try await server.send("POST", address, body: ping, ["X-Peer": "key:2"]).status == 404)
            #expect(try await server.send("POST", "/messages?sessionId=unknown", body: ping).status == 404)
            #expect(try await server.send("POST", "/messages", body: ping).status == 400)
            #expect(try await server.send("POST", "/sse", body: ping).status == 405)
            #expect(try await server.send("GET", address, [:]).status == 405)
            #expect(try await server.send("GET", "/sse", ["Accept": "application/json"]).status == 406)
        }
    }

    @Test func aSessionEndsWithItsStream() async throws {
        try await TestServer.run { server in
            let (stream, address) = try await open(server)
            _ = try await server.send("POST", address, body: TestServer.call("wait"))
            try await eventually("the call begins") { server.context.began == 1 }
            stream.drop()
            try await eventually(within: .seconds(120), "the session and its call end") {
                server.sessions.all.isEmpty && server.context.cancelled == 1
            }
            #expect(try await server.send("POST", address, body: TestServer.rpc("ping")).status == 404)
        }
    }

    @Test func aSessionOfOneTransportIsNoneOfTheOther() async throws {
        try await TestServer.run { server in
            let (_, address) = try await open(server)
            let id = String(address.drop { $0 != "=" }.dropFirst())
            #expect(try await server.send(body: TestServer.rpc("ping"), ["Mcp-Session-Id": id]).status == 404)
            let session = try await server.begin()["Mcp-Session-Id"] ?? ""
            #expect(try await server.send("POST", "/messages?sessionId=\(session)", body: TestServer.rpc("ping")).status == 404)
        }
    }

    @Test func theAddressForPostingMayBeAbsolute() async throws {
        try await TestServer.run {
            $0.messagesBase = "https://social.example.com"
        } _: { server in
            let holds = try await open(server).address.hasPrefix("https://social.example.com/messages?sessionId=")
            #expect(holds)
        }
    }
}

/// One message a line, as over standard input and output.
@Suite struct LineServerTests {
    private final class Lines: Sendable {
        let context = TestContext()
        let said = NIOLockedValueBox<[JSONValue]>([])
        let server: LineServer

        init() {
            server = LineServer(context: context, secret: [1], time: SystemTime(), logger: Logger(label: "test")) { [said] line in
                said.withLockedValue { $0.append((try? JSON.decode(JSONValue.self, from: line)) ?? .string(line)) }
            }
        }

        var all: [JSONValue] { said.withLockedValue { $0 } }
        func answer(to id: JSONValue) -> JSONValue? { all.first { $0["id"] == id } }
    }

    @Test func bothErasAreSpoken() async throws {
        let lines = Lines()
        await lines.server.receive(TestServer.rpc("initialize", ["protocolVersion": "2025-06-18", "capabilities": [:]], id: 1))
        await lines.server.receive(TestServer.call("echo", ["a": 1], id: 2))
        await lines.server.receive(StatelessTests.body("server/discover", id: 3))
        await lines.server.receive(StatelessTests.body("ping", id: 4))
        await lines.server.receive(StatelessTests.body("tools/list", id: 5, version: "2099-01-01"))
        await lines.server.drain()
        try await eventually("five answers") { lines.all.count == 5 }
        #expect(lines.answer(to: 1)?["result"]?["protocolVersion"] == "2025-06-18")
        #expect(lines.answer(to: 2)?["result"]?["structuredContent"] == ["a": 1])
        #expect(lines.answer(to: 3)?["result"]?["resultType"] == "complete")
        #expect(lines.answer(to: 4)?["error"]?["code"] == -32601)
        #expect(lines.answer(to: 5)?["error"]?["code"] == -32022)
    }

    @Test func whatIsNoMessageIsAnsweredToo() async throws {
        let lines = Lines()
        await lines.server.receive("{")
        await lines.server.receive(#"{"jsonrpc":"2.0","id":7}"#)
        #expect(lines.all.map { $0["error"]?["code"] } == [-32700, -32600])
        #expect(lines.all[1]["id"] == 7)
    }

    @Test func aCancelledRequestIsNotAnswered() async throws {
        let lines = Lines()
        await lines.server.receive(TestServer.call("wait", id: "w"))
        try await eventually("the call begins") { lines.context.began == 1 }
        await lines.server.receive(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"w"}}"#)
        await lines.server.drain()
        #expect(lines.context.cancelled == 1)
        #expect(lines.all.isEmpty)
    }

    @Test func changesAreToldAfterTheHandshake() async throws {
        let lines = Lines()
        await lines.server.receive(TestServer.rpc("ping", id: 1))
        await lines.server.receive(TestServer.rpc("initialize", ["protocolVersion": "2025-11-25"], id: 2))
        await lines.server.receive(TestServer.rpc("resources/subscribe", ["uri": "test://a"], id: 3))
        lines.context.happens(.resourceUpdated(uri: "test://a"))
        try await eventually("the change is told") { lines.all.contains { $0["method"] == "notifications/resources/updated" } }
    }

    @Test func aSubscriptionOfTheStatelessEraLastsUntilItIsCancelled() async throws {
        let lines = Lines()
        await lines.server.receive(StatelessTests.body("subscriptions/listen", ["notifications": ["toolsListChanged": true]], id: "s"))
        lines.context.happens(.toolsChanged)
        try await eventually("the change is told") { lines.all.count == 2 }
        #expect(lines.all.allSatisfy { $0["params"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"] == "s" })
        await lines.server.receive(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"s"}}"#)
        lines.context.happens(.toolsChanged)
        await lines.server.receive(TestServer.rpc("ping", id: 9))
        try await eventually("the ping is answered") { lines.answer(to: 9) != nil }
        #expect(lines.all.count == 3)
    }

    @Test func aQuestionIsAskedAndAnswered() async throws {
        let lines = Lines()
        await lines.server.receive(TestServer.rpc("initialize", ["protocolVersion": "2025-11-25", "capabilities": ["elicitation": [:]]], id: 1))
        await lines.server.receive(TestServer.call("ask", id: 2))
        try await eventually("the question") { lines.all.count == 2 }
        let id = lines.all[1]["id"] ?? nil
        await lines.server.receive(JSONWriter.text(["jsonrpc": "2.0", "id": id, "result": ["action": "accept", "content": ["name": "Ada"]]]))
        try await eventually("the answer") { lines.answer(to: 2)?["result"]?["content"]?[0]?["text"] == "Ada" }
    }

    @Test func afterTheEndNothingIsSaid() async throws {
        let lines = Lines()
        await lines.server.receive(TestServer.call("wait", id: 1))
        try await eventually("the call begins") { lines.context.began == 1 }
        await lines.server.close()
        await lines.server.receive(TestServer.rpc("ping", id: 2))
        await lines.server.drain()
        #expect(lines.all.isEmpty)
    }
}
