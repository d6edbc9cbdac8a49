import Domain
import Foundation
import Testing
import TestSupport

@testable import MCPProtocol

/// Streamable HTTP of 2026-07-28: every request describes itself.
@Suite struct StatelessTests {
    private static let version = "2026-07-28"

    static func body(
        _ method: String, _ params: [String: JSONValue] = [:], id: JSONValue = 1, version: String = version, capabilities: JSONValue = [:],
        meta: [String: JSONValue] = [:]
    ) -> String {
        let claims: [String: JSONValue] = [
            "io.modelcontextprotocol/protocolVersion": .string(version), "io.modelcontextprotocol/clientCapabilities": capabilities,
            "io.modelcontextprotocol/clientInfo": ["name": "test", "version": "1"],
        ]
        return TestServer.rpc(method, .object(params.merging(["_meta": .object(claims.merging(meta) { $1 })]) { $1 }), id: id)
    }

    static func headers(_ method: String, _ name: String? = nil, version: String = version) -> [String: String] {
        ["MCP-Protocol-Version": version, "Mcp-Method": method, "Mcp-Name": name ?? ""]
    }

    private static func call(_ tool: String, _ more: [String: JSONValue] = [:], capabilities: JSONValue = [:], meta: [String: JSONValue] = [:])
        -> String
    {
        body(
            "tools/call", more.merging(["name": .string(tool)]) { a, _ in a }.merging(["arguments": [:]]) { a, _ in a }, capabilities: capabilities,
            meta: meta)
    }

    @Test func discoversTheServer() async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: Self.body("server/discover"), Self.headers("server/discover"))
            #expect(answer.status == 200)
            let result = try answer.result
            #expect(result["supportedVersions"]?.array?.first == "2026-07-28")
            #expect(result["supportedVersions"]?.array?.count == Revision.allCases.count)
            #expect(result["resultType"] == "complete")
            #expect(result["cacheScope"] == "private")
            #expect(result["ttlMs"]?.int.map { $0 >= 0 } == true)
            #expect(result["capabilities"]?["tools"]?.object != nil)
            #expect(result["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"] == "fixture")
            #expect(server.sessions.all.isEmpty)
            #expect(answer.headers["mcp-session-id"] == nil)
        }
    }

    @Test(
        arguments: [
            ("tools/list", [:], true), ("prompts/list", [:], true), ("resources/list", [:], true), ("resources/templates/list", [:], true),
            ("resources/read", ["uri": "test://a"], true), ("tools/call", ["name": "echo"], false),
            ("prompts/get", ["name": "greet", "arguments": ["whom": "A"]], false),
            ("completion/complete", ["ref": ["type": "ref/prompt", "name": "greet"], "argument": ["name": "whom", "value": "A"]], false),
        ] as [(String, [String: JSONValue], Bool)])
    func resultsSayWhatTheyAreAndWhetherTheyMayBeKept(_ method: String, _ params: [String: JSONValue], _ isKept: Bool) async throws {
        try await TestServer.run { server in
            let name = params["name"]?.string ?? params["uri"]?.string
            let answer = try await server.send(body: Self.body(method, params, id: "x"), Self.headers(method, name))
            #expect(answer.status == 200)
            #expect(try answer.json["id"] == "x")
            #expect(try answer.result["resultType"] == "complete")
            #expect(try answer.result["_meta"]?["io.modelcontextprotocol/serverInfo"] != nil)
            #expect(try answer.result["cacheScope"] == (isKept ? "private" : nil as JSONValue?))
            #expect(try (answer.result["ttlMs"] != nil) == isKept)
        }
    }

    @Test(arguments: ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "tasks/list", "none"])
    func methodsThatAreGoneAreNotFound(_ method: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: Self.body(method), Self.headers(method))
            #expect(answer.status == 404)
            #expect(try answer.code == -32601)
        }
    }

    @Test func missingResourcesAreInvalidParams() async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: Self.body("resources/read", ["uri": "test://b"]), Self.headers("resources/read", "test://b"))
            #expect(answer.status == 200)
            #expect(try answer.code == -32602)
            #expect(try answer.json["error"]?["data"]?["uri"] == "test://b")
        }
    }

    /// Header, version in the body; then status and code. `nil` leaves it out.
    @Test(
        arguments: [
            (nil, nil, 400, -32600), ("2025-11-25", nil, 400, -32600), ("2026-07-28", nil, 400, -32602), ("1999-01-01", nil, 400, -32602),
            ("2026-07-28", "2026-07-28", 200, nil), (nil, "2026-07-28", 400, -32020), ("2025-11-25", "2026-07-28", 400, -32020),
            ("2026-07-28", "2025-11-25", 400, -32020), ("2025-11-25", "2025-11-25", 400, -32022), ("2099-01-01", "2099-01-01", 400, -32022),
        ] as [(String?, String?, Int, Int?)])
    func theErasAreToldApart(_ header: String?, _ claimed: String?, _ status: Int, _ code: Int?) async throws {
        try await TestServer.run { server in
            let body = claimed.map { Self.body("tools/list", version: $0) } ?? TestServer.rpc("tools/list")
            let answer = try await server.send(body: body, ["MCP-Protocol-Version": header ?? "", "Mcp-Method": "tools/list"])
            #expect(answer.status == status)
            #expect(try answer.code == code)
            guard code == -32022 else { return }
            #expect(try answer.json["error"]?["data"]?["requested"]?.string == claimed)
            #expect(try answer.json["error"]?["data"]?["supported"]?.array?.contains("2026-07-28") == true)
        }
    }

    @Test func initializeIsAHandshakeWhateverTheHeaderSays() async throws {
        try await TestServer.run { server in
            let answer = try await server.send(
                body: TestServer.rpc("initialize", ["protocolVersion": "2026-07-28"]), ["MCP-Protocol-Version": "2026-07-28"])
            #expect(try answer.result["protocolVersion"] == "2025-11-25")
        }
    }

    @Test func onlyPostIsLeft() async throws {
        try await TestServer.run { server in
            for method in ["GET", "DELETE"] {
                let answer = try await server.send(method, ["MCP-Protocol-Version": Self.version])
                #expect(answer.status == 405)
                #expect(answer.headers["allow"] == "POST")
            }
            #expect(try await server.send(body: #"{"jsonrpc":"2.0","method":"n"}"#, ["MCP-Protocol-Version": Self.version]).status == 202)
            #expect(try await server.send(body: #"{"jsonrpc":"2.0","id":1,"result":{}}"#, ["MCP-Protocol-Version": Self.version]).status == 400)
            #expect(try await server.send(body: "[\(Self.body("tools/list"))]", Self.headers("tools/list")).status == 400)
        }
    }

    @Test(arguments: [
        [:], ["Mcp-Method": "tools/call"], ["Mcp-Name": "echo"], ["Mcp-Method": "TOOLS/CALL", "Mcp-Name": "echo"],
        ["Mcp-Method": "tools/call", "Mcp-Name": "Echo"], ["Mcp-Method": "tools/call", "Mcp-Name": "=?base64?!!?="],
        ["Mcp-Method": "tools/call", "Mcp-Name": "=?BASE64?ZWNobw==?="],
    ])
    func headersThatDisagreeAreRefused(_ headers: [String: String]) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: Self.call("echo"), headers.merging(["MCP-Protocol-Version": Self.version]) { $1 })
            #expect(answer.status == 400)
            #expect(try answer.code == -32020)
            #expect(try answer.json["id"] == 1)
        }
    }

    @Test(arguments: ["echo", "=?base64?ZWNobw==?=", "  echo "]) func headersThatAgreeAreTaken(_ name: String) async throws {
        try await TestServer.run { server in
            let holds = try await server.send(body: Self.call("echo"), Self.headers("tools/call", name)).status == 200
            #expect(holds)
        }
    }

    @Test(
        arguments: [
            (["region": "eu"], "eu", 200), (["region": "eu"], nil, 400), (["region": "eu"], "us", 400), ([:], nil, 200), ([:], "eu", 400),
            (["region": "é"], "=?base64?w6k=?=", 200), (["region": 7], "7", 200), (["region": true], "true", 200), (["region": nil], nil, 200),
        ] as [([String: JSONValue], String?, Int)])
    func argumentsThatATableMirrorsAreCompared(_ arguments: [String: JSONValue], _ header: String?, _ status: Int) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(
                body: Self.call("mirrored", ["arguments": .object(arguments)]),
                Self.headers("tools/call", "mirrored").merging(["Mcp-Param-Region": header ?? ""]) { $1 })
            #expect(answer.status == status)
            if status == 400 { #expect(try answer.code == -32020) }
        }
    }

    // MARK: - Saying something before the answer

    @Test func whatIsSaidBeforeTheAnswerMakesItAStream() async throws {
        try await TestServer.run { server in
            let meta: [String: JSONValue] = ["progressToken": 7, "io.modelcontextprotocol/logLevel": "info"]
            let stream = try await server.open("POST", body: Self.call("speak", meta: meta), Self.headers("tools/call", "speak"))
            try await stream.waitForEnd()
            #expect(stream.messages.map(\.json["method"]?.string) == ["notifications/progress", "notifications/message", nil])
            #expect(stream.messages.first?.json["params"] == ["progressToken": 7, "progress": 1, "total": 2, "message": "half"])
            #expect(stream.messages.last?.json["result"]?["resultType"] == "complete")
            #expect(stream.events.allSatisfy { $0.id == nil })
            #expect(stream.headers["x-accel-buffering"] == "no")
        }
    }

    @Test func nothingIsSaidThatWasNotAskedFor() async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: Self.call("speak"), Self.headers("tools/call", "speak"))
            #expect(answer.headers["content-type"] == "application/json")
        }
    }

    @Test func leavingTheStreamCancelsTheRequest() async throws {
        let time = ManualTime()
        try await TestServer.run(time: time) { server in
            async let opening = server.open("POST", body: Self.call("wait"), Self.headers("tools/call", "wait"))
            try await eventually("the call begins") { server.context.began == 1 }
            time.advance(by: .seconds(11))
            let stream = try await opening
            #expect(stream.headers["content-type"] == "text/event-stream")
            stream.drop()
            try await eventually("the call is cancelled") { server.context.cancelled == 1 }
        }
    }

    // MARK: - Questions

    private static let asking: JSONValue = ["elicitation": [:], "roots": [:]]
    private static func reply(_ name: String) -> JSONValue { ["action": "accept", "content": ["name": .string(name)]] }

    private func ask(
        _ server: TestServer, _ tool: String = "ask", _ more: [String: JSONValue] = [:], arguments: JSONValue = [:], peer: String = "key:1"
    ) async throws -> Answer {
        try await server.send(
            body: Self.call(tool, more.merging(["arguments": arguments]) { a, _ in a }, capabilities: Self.asking),
            Self.headers("tools/call", tool).merging(["X-Peer": peer]) { $1 })
    }

    @Test func questionsEndTheRequestAndAnswersRepeatIt() async throws {
        try await TestServer.run { server in
            let first = try await ask(server).result
            #expect(first["resultType"] == "input_required")
            #expect(first["inputRequests"]?["name"]?["method"] == "elicitation/create")
            #expect(first["inputRequests"]?["name"]?["params"]?["message"] == "Your name?")
            let state = try #require(first["requestState"])
            let second = try await ask(server, "ask", ["inputResponses": ["name": Self.reply("Ada")], "requestState": state]).result
            #expect(second["resultType"] == "complete")
            #expect(second["content"]?[0]?["text"] == "Ada")
        }
    }

    @Test func earlierAnswersAreCarriedAlong() async throws {
        try await TestServer.run { server in
            let twice: JSONValue = ["twice": true]
            let first = try await ask(server, arguments: twice).result
            let second = try await ask(
                server, "ask", ["inputResponses": ["name": Self.reply("Ada")], "requestState": first["requestState"] ?? nil], arguments: twice
            ).result
            #expect(second["inputRequests"]?.object.map { Array($0.keys) } == ["colour"])
            #expect(second["requestState"] != first["requestState"])
            let third = try await ask(
                server, "ask", ["inputResponses": ["colour": Self.reply("blue")], "requestState": second["requestState"] ?? nil], arguments: twice
            ).result
            #expect(third["content"]?[0]?["text"] == "Ada likes blue")
        }
    }

    @Test func severalQuestionsAreAskedAtOnce() async throws {
        try await TestServer.run { server in
            let first = try await ask(server, "ask_many").result
            #expect(first["inputRequests"]?.object.map { $0.keys.sorted() } == ["a", "b"])
            let answers: JSONValue = ["a": Self.reply("x"), "b": ["roots": []], "extra": 1]
            #expect(try await ask(server, "ask_many", ["inputResponses": answers]).result["content"]?[0]?["text"] == "ab")
        }
    }

    @Test(arguments: [[:], ["other": ["action": "accept"]], ["name": "no object"], ["name": ["action": "perhaps"]]] as [JSONValue])
    func whatIsNotAnsweredIsAskedAgain(_ responses: JSONValue) async throws {
        try await TestServer.run { server in
            let holds = try await ask(server, "ask", ["inputResponses": responses]).result["resultType"] == "input_required"
            #expect(holds)
        }
    }

    @Test func aStateIsGoodForItsPeerRequestAndTime() async throws {
        let time = ManualTime()
        try await TestServer.run(time: time) { server in
            let state = try #require(try await ask(server).result["requestState"]?.string)
            let answers: JSONValue = ["name": Self.reply("Ada")]
            func code(_ state: JSONValue, _ tool: String = "ask", _ arguments: JSONValue = [:], peer: String = "key:1") async throws -> Int? {
                try await ask(server, tool, ["inputResponses": answers, "requestState": state], arguments: arguments, peer: peer).code
            }
            #expect(try await code(.string(state)) == nil)
            #expect(try await code(.string(state), peer: "key:2") == -32602)
            #expect(try await code(.string(state), "ask_many") == -32602)
            #expect(try await code(.string(state), "ask", ["twice": true]) == -32602)
            for tampered: JSONValue in [.string("x" + state.dropFirst()), .string(String(state.dropLast(4)) + "AAA="), "", "a.b", 7] {
                #expect(try await code(tampered) == -32602)
            }
            time.advance(by: .hours(2))
            #expect(try await code(.string(state)) == -32602)
        }
    }

    @Test func whatTheClientDoesNotOfferIsNotAsked() async throws {
        try await TestServer.run { server in
            let answer = try await server.send(body: Self.call("ask", capabilities: ["roots": [:]]), Self.headers("tools/call", "ask"))
            #expect(answer.status == 400)
            #expect(try answer.code == -32021)
            #expect(try answer.json["error"]?["data"]?["requiredCapabilities"] == ["elicitation": [:]])
        }
    }

    @Test func promptsMayAskToo() async throws {
        try await TestServer.run { server in
            let params: [String: JSONValue] = ["name": "ask", "arguments": ["whom": "Ada"]]
            func get(_ more: [String: JSONValue]) async throws -> JSONValue {
                let body = Self.body("prompts/get", params.merging(more) { $1 }, capabilities: Self.asking)
                return try await server.send(body: body, Self.headers("prompts/get", "ask")).result
            }
            let asked = try await get([:])
            let answered = try await get(["inputResponses": ["name": Self.reply("x")]])
            #expect(asked["resultType"] == "input_required")
            #expect(answered["messages"]?.array?.count == 1)
        }
    }

    // MARK: - Subscriptions

    @Test func subscriptionsTellWhatWasAskedFor() async throws {
        try await TestServer.run { server in
            let wanted: JSONValue = ["toolsListChanged": true, "promptsListChanged": false, "resourceSubscriptions": ["test://a"], "unknown": true]
            let stream = try await server.open(
                "POST", body: Self.body("subscriptions/listen", ["notifications": wanted], id: "s"), Self.headers("subscriptions/listen"))
            let acknowledged = try await stream.wait(for: 1)[0].json
            #expect(acknowledged["method"] == "notifications/subscriptions/acknowledged")
            #expect(acknowledged["params"]?["notifications"] == ["toolsListChanged": true, "resourceSubscriptions": ["test://a"]])
            for change in [
                Change.promptsChanged, .resourceUpdated(uri: "test://b"), .toolsChanged, .resourceUpdated(uri: "test://a"), .resourcesMayHaveChanged,
            ] { server.context.happens(change) }
            let told = try await stream.wait(for: 4).dropFirst().map(\.json)
            #expect(
                told.map { $0["method"]?.string } == ["notifications/tools/list_changed"]
                    + Array(repeating: "notifications/resources/updated", count: 2))
            #expect(told.compactMap { $0["params"]?["uri"]?.string } == ["test://a", "test://a"])
            #expect(told.allSatisfy { $0["params"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"] == "s" })
            stream.drop()
        }
    }

    @Test(
        arguments: [
            [:], ["notifications": nil], ["notifications": []], ["notifications": ["toolsListChanged": 1]],
            ["notifications": ["resourceSubscriptions": "x"]],
        ]
            as [[String: JSONValue]])
    func subscriptionsOfTheWrongTypeAreRefused(_ params: [String: JSONValue]) async throws {
        try await TestServer.run { server in
            let holds = try await server.send(body: Self.body("subscriptions/listen", params), Self.headers("subscriptions/listen")).code == -32602
            #expect(holds)
        }
    }
}
