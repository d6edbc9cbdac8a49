import Domain
import Testing
import TestSupport

@testable import MCPProtocol

/// Streams of sessions: what is said before an answer, what belongs to no request, and coming back after a broken connection.
@Suite struct StreamTests {
    @Test(arguments: [Revision.march2025, .june2025, .november2025]) func whatIsSaidBeforeTheAnswerMakesItAStream(_ revision: Revision) async throws {
        try await TestServer.run { server in
            let stream = try await server.open("POST", body: TestServer.call("speak", token: "t"), try await server.begin(revision))
            try await stream.waitForEnd()
            #expect(stream.messages.map(\.json["method"]?.string) == ["notifications/progress", "notifications/message", nil])
            #expect(stream.messages[0].json["params"]?["progressToken"] == "t")
            #expect(stream.messages[1].json["params"]?["data"] == "heard")
            #expect(stream.messages[2].json["result"]?["content"]?[0]?["text"] == "spoken")
            #expect(Set(stream.messages.compactMap(\.id)).count == 3)
            // Older decoders would take a priming event for JSON.
            #expect(stream.events.contains { $0.data == "" } == (revision == .november2025))
            #expect(stream.headers["content-type"] == "text/event-stream")
            #expect(stream.headers["cache-control"]?.contains("no-cache") == true)
            #expect(stream.headers["x-accel-buffering"] == "no")
        }
    }

    @Test func aCallThatTakesLongBecomesAStreamThatSaysItIsThere() async throws {
        let time = ManualTime()
        try await TestServer.run(time: time) { server in
            let session = try await server.begin(.june2025)
            async let opening = server.open("POST", body: TestServer.call("wait"), session)
            try await eventually("the call begins") { server.context.began == 1 }
            time.advance(by: .seconds(11))
            let stream = try await opening
            try await eventually("the first comment") { stream.comments == ["open"] }
            time.advance(by: .seconds(16))
            try await eventually("a sign of life") { stream.comments == ["open", "still here"] }
            server.context.release()
            #expect(try await stream.wait(for: 1)[0].json["result"]?["content"]?[0]?["text"] == "waited")
            try await stream.waitForEnd()
        }
    }

    // MARK: - Feeds

    @Test func aFeedTellsWhatTheSessionWantsToKnow() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            let feed = try await server.open("GET", session)
            #expect(feed.status == 200)
            _ = try await server.send(body: TestServer.rpc("resources/subscribe", ["uri": "test://a"]), session)
            _ = try await server.send(body: TestServer.rpc("logging/setLevel", ["level": "error"]), session)
            for change in [
                Change.resourceUpdated(uri: "test://b"), .resourceUpdated(uri: "test://a"), .log(.warning, logger: "x", data: "quiet"),
                .log(.alert, logger: "x", data: "loud"), .toolsChanged,
            ] { server.context.happens(change) }
            let told = try await feed.wait(for: 3).map(\.json)
            #expect(
                told.map { $0["method"]?.string } == ["notifications/resources/updated", "notifications/message", "notifications/tools/list_changed"])
            #expect(told[0]["params"] == ["uri": "test://a"])
            #expect(told[1]["params"] == ["level": "alert", "logger": "x", "data": "loud"])
        }
    }

    @Test func whenChangesMayHaveBeenMissedAFeedTellsOfEveryResourceThatTheSessionWatches() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            let feed = try await server.open("GET", session)
            for name in ["b", "a"] {
                _ = try await server.send(body: TestServer.rpc("resources/subscribe", ["uri": .string("test://\(name)")]), session)
            }
            server.context.happens(.resourcesMayHaveChanged)
            server.context.happens(.toolsChanged)
            let told = try await feed.wait(for: 3).map(\.json)
            #expect(told.map { $0["params"]?["uri"] } == ["test://a", "test://b", nil])
        }
    }

    @Test func untilAClientSetsALevelOnlyWhatMattersIsLoggedUnasked() async throws {
        try await TestServer.run { server in
            let feed = try await server.open("GET", try await server.begin())
            for level in [LogLevel.info, .notice, .warning, .error] { server.context.happens(.log(level, logger: "x", data: .string("\(level)"))) }
            #expect(try await feed.wait(for: 2).map { $0.json["params"]?["level"] } == ["warning", "error"])
            feed.drop()
        }
    }

    /// The official clients try twice and then give a feed up for good.
    @Test func twoTriesOfAFeedOutlastARestart() async throws {
        try await TestServer.run { server in
            let feed = try await server.open("GET", try await server.begin())
            try await eventually("the feed is named") { feed.events.contains { $0.retry != nil } }
            #expect(feed.events.compactMap(\.retry) == ["10000"])
            feed.drop()
            let call = try await server.open("POST", body: TestServer.call("speak", token: "t"), try await server.begin())
            try await call.waitForEnd()
            #expect(call.events.compactMap(\.retry) == ["1000"])
        }
    }

    @Test func aProgramThatKeepsItsLibrarysNameIsCalledAsItCallsItself() async throws {
        for (name, agent, shown) in [("mcp", "google-adk/2.13.0", "google-adk"), ("mcp", "", "mcp"), ("example", "google-adk/2.13.0", "example")] {
            var session = MCPSession(id: "s", transport: .streamableHTTP, createdAt: ManualTime().now, lastSeenAt: ManualTime().now)
            session.clientName = name
            session.nameProgram(by: agent)
            #expect(session.clientName == shown)
        }
    }

    @Test func aSubscriptionMadeInAnotherProcessCounts() async throws {
        try await TestServer.run(processes: 2) { server in
            let session = try await server.begin()
            let feed = try await server.open("GET", session, process: 0)
            _ = try await server.send(body: TestServer.rpc("resources/subscribe", ["uri": "test://a"]), session, process: 1)
            try await eventually("the change is told") {
                server.context.happens(.resourceUpdated(uri: "test://a"))
                return !feed.messages.isEmpty
            }
        }
    }

    @Test(arguments: [0, 1]) func aSecondFeedReplacesTheFirst(_ process: Int) async throws {
        try await TestServer.run(processes: 2) { server in
            let session = try await server.begin()
            let first = try await server.open("GET", session)
            let second = try await server.open("GET", session, process: process)
            try await first.waitForEnd()
            server.context.happens(.toolsChanged)
            _ = try await second.wait(for: 1)
            #expect(first.messages.isEmpty)
        }
    }

    @Test func aReaderThatComesBackGetsWhatItMissed() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            let first = try await server.open("GET", session)
            server.context.happens(.toolsChanged)
            let seen = try #require(try await first.wait(for: 1)[0].id)
            first.drop()
            server.context.happens(.promptsChanged)
            try await eventually("the second change is kept") {
                server.sessions.all.flatMap { server.sessions.events(of: $0.id) }.contains { $0.message.contains("prompts") }
            }
            let second = try await server.open("GET", session.merging(["Last-Event-ID": seen]) { $1 })
            server.context.happens(.resourcesChanged)
            let told = try await second.wait(for: 2)
            #expect(
                told.map { $0.json["method"]?.string } == ["notifications/prompts/list_changed", "notifications/resources/list_changed"])
            #expect(Set(told.compactMap(\.id)).count == 2)
        }
    }

    @Test(arguments: ["unknown", "x.1", "feed-x.-1", ".", "call-0.99999999999999999999"]) func anUnknownPlaceIsAFreshFeed(_ id: String) async throws {
        try await TestServer.run { server in
            let feed = try await server.open("GET", try await server.begin().merging(["Last-Event-ID": id]) { $1 })
            #expect(feed.status == 200)
            server.context.happens(.toolsChanged)
            _ = try await feed.wait(for: 1)
        }
    }

    @Test func aStreamEndsWhenTheCredentialDoes() async throws {
        let time = ManualTime()
        try await TestServer.run(time: time) { server in
            let session = try await server.begin()
            let streams = [try await server.open("GET", session), try await server.open("GET", "/sse")]
            time.advance(by: .seconds(16))
            for stream in streams { try await eventually("a sign of life") { stream.comments.contains("still here") } }
            server.context.revoke()
            time.advance(by: .seconds(16))
            for stream in streams { try await stream.waitForEnd() }
        }
    }

    // MARK: - Calls that are resumed

    @Test func aCallWhoseConnectionBrokeIsResumed() async throws {
        try await TestServer.run { server in
            let session = try await server.begin()
            let first = try await server.open("POST", body: TestServer.call("poll", id: "p", token: 1), session)
            try await first.waitForEnd()
            let place = try #require(first.events.first?.id)
            #expect(first.messages.isEmpty)
            let second = try await server.open("GET", session.merging(["Last-Event-ID": place]) { $1 })
            server.context.release()
            try await second.waitForEnd()
            #expect(second.messages.map { $0.json["id"] } == [nil, "p"])
            #expect(second.messages.last?.json["result"]?["content"]?[0]?["text"] == "polled")
        }
    }

    @Test(arguments: [0, 1]) func aCallThatEndedIsResumedInAnyProcess(_ process: Int) async throws {
        try await TestServer.run(processes: 2) { server in
            let session = try await server.begin()
            let first = try await server.open("POST", body: TestServer.call("speak", id: "s", token: 1), session)
            try await first.waitForEnd()
            let second = try await server.open("GET", session.merging(["Last-Event-ID": first.messages[0].id ?? ""]) { $1 }, process: process)
            try await second.waitForEnd()
            #expect(second.messages == Array(first.messages.dropFirst()))
        }
    }

    @Test func aCallUnderWayIsFollowedFromAnotherProcess() async throws {
        let time = ManualTime()
        try await TestServer.run(processes: 2, time: time) { server in
            let session = try await server.begin()
            let first = try await server.open("POST", body: TestServer.call("poll", id: "p", token: 1), session)
            try await first.waitForEnd()
            let second = try await server.open("GET", session.merging(["Last-Event-ID": first.events.first?.id ?? ""]) { $1 }, process: 1)
            server.context.release()
            try await eventually("the stream of the other process ends") {
                time.advance(by: .seconds(1))
                return second.isOver
            }
            #expect(second.messages.last?.json["result"]?["content"]?[0]?["text"] == "polled")
        }
    }

    // MARK: - Cancelling and asking

    @Test(arguments: [0, 1]) func aCancelledCallEndsWithoutAnAnswer(_ process: Int) async throws {
        try await TestServer.run(processes: 2) { server in
            let session = try await server.begin()
            let stream = try await server.open("POST", body: TestServer.call("poll", id: 5, token: 1), session)
            try await stream.waitForEnd()
            try await eventually("the call begins") { server.context.began == 1 }
            let resumed = try await server.open("GET", session.merging(["Last-Event-ID": stream.events.first?.id ?? ""]) { $1 })
            let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}"#
            #expect(try await server.send(body: cancel, session, process: process).status == 202)
            try await resumed.waitForEnd()
            #expect(server.context.cancelled == 1)
            #expect(resumed.messages.isEmpty)
        }
    }

    @Test func aCancelledCallThatSaidNothingEndsToo() async throws {
        // However busy the machine is, the answer does not become a stream before the call is cancelled.
        try await TestServer.run {
            $0.patience = .seconds(300)
        } _: { server in
            let session = try await server.begin()
            async let answer = server.send(body: TestServer.call("wait", id: 5), session)
            try await eventually("the call begins") { server.context.began == 1 }
            _ = try await server.send(body: #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}"#, session)
            #expect(try await answer.body.isEmpty)
        }
    }

    @Test(arguments: [0, 1]) func aQuestionTravelsOnTheStreamAndItsAnswerIsPosted(_ process: Int) async throws {
        try await TestServer.run(processes: 2) { server in
            let session = try await server.begin(capabilities: ["elicitation": [:]])
            let stream = try await server.open("POST", body: TestServer.call("ask", id: 5), session)
            let question = try await stream.wait(for: 1)[0].json
            #expect(question["method"] == "elicitation/create")
            #expect(question["params"]?["message"] == "Your name?")
            let answer = JSONWriter.text(["jsonrpc": "2.0", "id": question["id"] ?? nil, "result": ["action": "accept", "content": ["name": "Ada"]]])
            let other = try await server.begin(capabilities: ["elicitation": [:]])
            #expect(try await server.send(body: answer, other).status == 202)
            #expect(try await server.send(body: answer, session, process: process).status == 202)
            #expect(try await stream.wait(for: 2)[1].json["result"]?["content"]?[0]?["text"] == "Ada")
        }
    }

    @Test func aClientThatRefusesAQuestionIsHeard() async throws {
        try await TestServer.run { server in
            let session = try await server.begin(capabilities: ["elicitation": [:]])
            let stream = try await server.open("POST", body: TestServer.call("ask"), session)
            let id = try await stream.wait(for: 1)[0].json["id"] ?? nil
            _ = try await server.send(body: JSONWriter.text(["jsonrpc": "2.0", "id": id, "error": ["code": -1, "message": "not now"]]), session)
            let result = try await stream.wait(for: 2)[1].json["result"]
            #expect(result?["isError"] == true)
            #expect(result?["content"]?[0]?["text"]?.string?.contains("not now") == true)
        }
    }

    @Test func whatTheClientDoesNotOfferIsNotAsked() async throws {
        try await TestServer.run { server in
            let result = try await server.send(body: TestServer.call("ask"), try await server.begin()).result
            #expect(result["isError"] == true)
            #expect(result["content"]?[0]?["text"]?.string?.contains("elicitation") == true)
        }
    }

    @Test func missingScopesAreWordsOnceAStreamIsOpen() async throws {
        try await TestServer.run { server in
            let answer = try await server.send(
                body: TestServer.call("scoped"), try await server.begin().merging(["Accept": "text/event-stream"]) { $1 })
            #expect(answer.status == 200)
            #expect(answer.body.contains("posts:read, posts:write"))
        }
    }

    // MARK: - Readers that do not read

    /// Says more than the buffers of the machine hold to a reader who takes nothing, and returns when all of it is kept.
    private func shout(_ server: TestServer, _ session: [String: String]) async throws -> (unread: UnreadStream, stream: String) {
        let unread = try await server.openUnread(body: TestServer.call("shout", ["times": 40, "size": 1_000_000], id: 9, token: 1), session)
        server.context.release()
        try await eventually(within: .seconds(30), "everything is kept") { server.kept.contains { $0.message.hasPrefix(#"{"id":9"#) } }
        return (unread, server.kept[0].stream)
    }

    @Test func aReaderForWhomTooMuchWaitsIsCutOffAndMayComeBack() async throws {
        try await TestServer.run {
            $0.maximumWaitingMessages = 4
        } _: { server in
            let session = try await server.begin()
            let (unread, stream) = try await shout(server, session)
            let resumed = try await server.open("GET", session.merging(["Last-Event-ID": "\(stream).41"]) { $1 })
            try await resumed.waitForEnd()
            #expect(resumed.messages.last?.json["id"] == 9)
            await #expect(throws: (any Error).self) { try await unread.readAll() }
        }
    }

    @Test func aReaderThatTakesNothingForTooLongIsCutOff() async throws {
        let time = ManualTime()
        try await TestServer.run(time: time) { server in
            let (unread, _) = try await shout(server, try await server.begin())
            // The writer may not yet stand before full buffers: time goes on for long enough after it does.
            var steps = 0
            try await eventually(within: .seconds(180), "time goes by") {
                time.advance(by: .seconds(16))
                steps += 1
                return steps == 400
            }
            // What the machine's buffers hold comes, then the connection ends before the response does.
            await #expect(throws: (any Error).self) { try await unread.readAll() }
        }
    }
}
