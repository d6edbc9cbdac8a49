import Domain
import Testing
import TestSupport

@testable import MCPProtocol

/// Streamable HTTP with sessions: one test for each row of what clients rely on.
@Suite struct HandshakeTests {
    @Test(arguments: Revision.allCases) func initializeEchoesWhatIsSpokenAndNamesTheNewestOtherwise(_ revision: Revision) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(
                body: TestServer.rpc("initialize", ["protocolVersion": .string(revision.rawValue), "capabilities": [:]], id: "i"))
            #expect(answer.status == 200)
            #expect(try answer.json["id"] == "i")
            let spoken = revision.isStateless ? .newestHandshake : revision
            #expect(try answer.result["protocolVersion"]?.string == spoken.rawValue)
            #expect(try answer.result["serverInfo"]?["name"] == "fixture")
            #expect(try answer.result["instructions"] == "Call echo first.")
            for capability in ["tools", "resources", "prompts", "logging"] { #expect(try answer.result["capabilities"]?[capability]?.object != nil) }
            #expect(try (answer.result["capabilities"]?["completions"] != nil) == (revision >= .march2025))
            #expect(try answer.result["resultType"] == nil && answer.result["_meta"] == nil)
            let id = try #require(answer.headers["mcp-session-id"])
            #expect(id.count == 32 && id.utf8.allSatisfy { (0x21...0x7E).contains($0) })
            #expect(answer.headers["referrer-policy"] == "no-referrer")
            #expect(server.sessions.all.map(\.revision) == [spoken.rawValue])
        }
    }

    @Test func initializeWithoutAVersionOpensNoSession() async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: TestServer.rpc("initialize"))
            #expect(answer.status == 200)
            #expect(try answer.code == -32602)
            #expect(answer.headers["mcp-session-id"] == nil)
            #expect(server.sessions.all.isEmpty)
        }
    }

    @Test func aSecondInitializeGoesOnInTheSession() async throws {
        try await TestServer.run { server in
            let session = try await server.begin(.november2025)
            let again = try await server.send(body: TestServer.rpc("initialize", ["protocolVersion": "2025-06-18"]), session)
            #expect(again.headers["mcp-session-id"] == session["Mcp-Session-Id"])
            #expect(server.sessions.all.map(\.revision) == ["2025-06-18"])
        }
    }

    @Test func answersEveryMethod() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            func result(_ method: String, _ params: JSONValue = [:]) async throws -> JSONValue {
                let answer = try await server.send(body: TestServer.rpc(method, params), session)
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"] == "application/json")
                return try answer.result
            }
            #expect(try await result("ping") == [:])
            #expect(try await result("tools/list")["tools"]?.array?.count == 11)
            #expect(try await result("tools/list")["tools"]?.array?.last?["title"] == "Mirrored")
            let called = try await result("tools/call", ["name": "echo", "arguments": ["a": 1]])
            #expect(called == ["content": [["type": "text", "text": "said"]], "structuredContent": ["a": 1]])
            #expect(try await result("resources/list")["resources"] == [["uri": "test://a", "name": "a", "title": "A"]])
            #expect(try await result("resources/templates/list")["resourceTemplates"]?[0]?["uriTemplate"] == "test://{id}")
            #expect(try await result("resources/read", ["uri": "test://a"])["contents"]?[0]?["text"] == "of a")
            #expect(try await result("prompts/list")["prompts"]?[0]?["arguments"] == [["name": "whom", "required": true]])
            #expect(
                try await result("prompts/get", ["name": "greet", "arguments": ["whom": "Ada"]])["messages"]?[0]?["content"]?["text"] == "Greet Ada")
            let completed = try await result(
                "completion/complete",
                ["ref": ["type": "ref/prompt", "name": "greet"], "argument": ["name": "whom", "value": "A"], "context": ["arguments": ["x": "y"]]])
            #expect(completed == ["completion": ["values": ["A!", "y"]]])
            #expect(try await result("logging/setLevel", ["level": "error"]) == [:])
            #expect(try await result("resources/subscribe", ["uri": "test://a"]) == [:])
            #expect(server.sessions.all.map(\.subscriptions) == [["test://a"]])
            #expect(server.sessions.all.map(\.logLevel) == ["error"])
            #expect(try await result("resources/unsubscribe", ["uri": "test://a"]) == [:])
            #expect(server.sessions.all.map(\.subscriptions) == [[]])
        }
    }

    @Test(
        arguments: [
            ("tools/teach", [:], -32601), ("server/discover", [:], -32601), ("subscriptions/listen", [:], -32601),
            ("tools/call", ["name": "none"], -32602),
            ("tools/call", [:], -32602), ("tools/call", ["name": "echo", "arguments": [1]], -32602), ("tools/call", ["name": "broken"], -32603),
            ("tools/list", ["cursor": "x"], -32602), ("resources/read", ["uri": "test://b"], -32002), ("resources/read", [:], -32602),
            ("prompts/get", ["name": "greet"], -32602), ("prompts/get", ["name": "greet", "arguments": ["whom": 1]], -32602),
            ("logging/setLevel", ["level": "loud"], -32602), ("completion/complete", ["ref": ["type": "ref/none"]], -32602),
        ] as [(String, JSONValue, Int)])
    func errorsTravelWithStatus200(_ method: String, _ params: JSONValue, _ code: Int) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: TestServer.rpc(method, params, id: "e"), try await server.begin())
            #expect(answer.status == 200)
            #expect(try answer.code == code)
            #expect(try answer.json["id"] == "e")
            #expect(!answer.body.contains("secret"))
            if code == -32002 { #expect(try answer.json["error"]?["data"]?["uri"] == "test://b") }
        }
    }

    @Test func notificationsAndResponsesAreAccepted() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            for body in [
                #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, #"{"jsonrpc":"2.0","id":"x","result":{}}"#,
                #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#,
                #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}"#, #"{"jsonrpc":"2.0","method":"notifications/none"}"#,
            ] {
                let answer = try await server.send(body: body, session)
                #expect(answer.status == 202)
                #expect(answer.body.isEmpty)
            }
        }
    }

    @Test(arguments: [
        ("application/json", true, false), ("text/event-stream", false, true), ("*/*", true, true), ("application/json;q=0, text/*", false, true),
        ("APPLICATION/JSON , text/event-stream;q=0.5", true, true), ("", true, true), ("text/html", false, false),
        ("text/event-stream;q=0", false, false),
    ])
    func whateverIsAcceptableIsServed(_ accept: String, _ json: Bool, _ stream: Bool) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: TestServer.call("echo"), try await server.begin().merging(["Accept": accept]) { $1 })
            guard json || stream else { return #expect(answer.status == 406) }
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == (json ? "application/json" : "text/event-stream"))
            #expect(answer.body.contains("said"))
        }
    }

    @Test(arguments: [
        ("application/json; charset=utf-8", 200), ("Application/JSON", 200), ("text/plain", 415), ("application/jsonx", 415), ("", 415),
    ])
    func onlyJSONIsTaken(_ type: String, _ status: Int) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: TestServer.rpc("ping"), try await server.begin().merging(["Content-Type": type]) { $1 })
            #expect(answer.status == status)
        }
    }

    @Test(arguments: ["{", "1", #"{"jsonrpc":"2.0","id":1}"#, "[]", "\"\\ud800", ""]) func whatIsNoMessageIsRefused(_ body: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: body, try await server.begin())
            #expect(answer.status == 400)
            #expect(try answer.code.map { $0 == -32700 || $0 == -32600 } == true)
        }
    }

    @Test func sessionsAreNamedKnownAndBoundToTheirPeer() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            #expect(try await server.send(body: TestServer.rpc("ping")).status == 400)
            #expect(try await server.send(body: TestServer.rpc("ping"), ["Mcp-Session-Id": "unknown"]).status == 404)
            #expect(try await server.send(body: TestServer.rpc("ping"), session.merging(["X-Peer": "key:2"]) { $1 }).status == 404)
            #expect(try await server.send("GET", session.merging(["X-Peer": "key:2"]) { $1 }).status == 404)
            #expect(try await server.send("DELETE", session.merging(["X-Peer": "key:2"]) { $1 }).status == 404)
            #expect(try await server.send(body: TestServer.rpc("ping"), session).status == 200)
        }
    }

    @Test func deletingEndsASession() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            let feed = try await server.open("GET", session)
            #expect(try await server.send("DELETE", session).status == 204)
            try await feed.waitForEnd()
            for method in ["GET", "DELETE"] { #expect(try await server.send(method, session).status == 404) }
            #expect(try await server.send(body: TestServer.rpc("ping"), session).status == 404)
            #expect(try await server.send("DELETE", ["Accept": ""]).status == 400)
        }
    }

    @Test func unknownRevisionsInTheHeaderAreRefused() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            for (version, status) in [("1999-01-01", 400), ("2025-03-26", 200), ("", 200)] {
                #expect(
                    try await server.send(body: TestServer.rpc("ping"), session.merging(["MCP-Protocol-Version": version]) { $1 }).status == status)
            }
        }
    }

    @Test func otherMethodsAreNamedTheRightOnes() async throws {
        try await TestServer.run { server in
            let answer = try await server.send("PUT", body: "{}")
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "POST, GET, DELETE")
            let session = try await server.begin()
            #expect(try await server.send("GET", session.merging(["Accept": "application/json"]) { $1 }).status == 406)
        }
    }

    @Test func tooBigATooBigBodyIsRefused() async throws {
        try await TestServer.run {
            $0.maximumBodyBytes = 1_000
        } _: { server in
            let session = try await server.begin()
            let answer = try await server.send(body: TestServer.call("echo", ["a": .string(String(repeating: "x", count: 1_000))]), session)
            #expect(answer.status == 413)
            #expect(try answer.json["error"] != nil)
        }
    }

    @Test func aPeerHasSoManySessions() async throws {
        try await TestServer.run {
            $0.maximumSessions = 2
        } _: { server in
            for _ in 0..<2 { _ = try await server.begin() }
            let answer = try await server.send(body: TestServer.rpc("initialize", ["protocolVersion": "2025-11-25"]))
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] != nil)
            _ = try await server.begin(peer: "key:2")
        }
    }

    @Test func aPeerHasSoManyCallsUnderWay() async throws {
        try await TestServer.run {
            $0.maximumCalls = 1
        } _: { server in
            let session = try await server.begin()
            async let waiting = server.send(body: TestServer.call("wait"), session)
            try await eventually("the call begins") { server.context.began == 1 }
            let second = try await server.send(body: TestServer.rpc("ping", id: 2), session)
            #expect(second.status == 429)
            #expect(second.headers["retry-after"] == "1")
            #expect(try second.json["id"] == 2)
            server.context.release()
            #expect(try await waiting.status == 200)
            try await eventually("the place is free") { try await server.send(body: TestServer.rpc("ping"), session).status == 200 }
        }
    }

    @Test func onlyTheRevisionThatKnowsBatchesTakesThem() async throws {
        let batch = "[\(TestServer.rpc("ping", id: 1)),{\"jsonrpc\":\"2.0\",\"method\":\"n\"},\(TestServer.rpc("initialize", id: 2)),7]"
        try await TestServer.run { server in
            let old = try await server.begin(.march2025)
            let answer = try await server.send(body: batch, old)
            #expect(answer.status == 200)
            #expect(try answer.json.array?.map { $0["error"]?["code"]?.int ?? 0 } == [0, -32600, -32600])
            #expect(try await server.send(body: #"[{"jsonrpc":"2.0","method":"n"}]"#, old).status == 202)
            #expect(try await server.send(body: "[]", old).status == 400)
            for revision in [Revision.november2024, .june2025, .november2025] {
                #expect(try await server.send(body: batch, try await server.begin(revision)).status == 400)
            }
            #expect(try await server.send(body: batch).status == 400)
        }
    }

    @Test func missingScopesAreLeftToTheLayerAbove() async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: TestServer.call("scoped"), try await server.begin())
            #expect(answer.status == 403)
            #expect(answer.headers["www-authenticate"] == "posts:read posts:write")
        }
    }

    @Test func sessionsGoOnInAnotherProcess() async throws {
        try await TestServer.run(processes: 2) { server in
            let session = try await server.begin(process: 0)
            #expect(try await server.send(body: TestServer.rpc("ping"), session, process: 1).status == 200)
        }
    }

    @Test func changesOfOneSessionAtTheSameTimeAreAllKept() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        let answer = try await server.send(body: TestServer.rpc("resources/subscribe", ["uri": .string("test://\(index)")]), session)
                        #expect(answer.status == 200)
                    }
                }
                try await group.waitForAll()
            }
            #expect(server.sessions.all.first?.subscriptions.count == 20)
        }
    }
}
