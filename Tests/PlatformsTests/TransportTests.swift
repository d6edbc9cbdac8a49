import Domain
import Foundation
import Testing

@testable import Platforms

struct TransportTests {
    private func withTransport<Result>(
        readTimeout: Duration = .seconds(120), allowed: Set<String> = [], _ body: (HTTPTransport) async throws -> Result
    ) async throws -> Result {
        let transport = HTTPTransport(settings: .test(readTimeout: readTimeout), allowedPrivateHosts: allowed)
        do {
            let result = try await body(transport)
            try await transport.shutdown()
            return result
        } catch {
            try await transport.shutdown()
            throw error
        }
    }

    private func failure(_ call: HTTPCall, readTimeout: Duration = .seconds(120)) async throws -> TransportFailure? {
        try await withTransport(readTimeout: readTimeout) { transport in
            await #expect(throws: TransportFailure.self) { try await transport.platform.send(call) }
        }
    }

    private func create(_ url: String) throws -> HTTPCall {
        HTTPCall("POST", url, body: try .json(["text": "hello"]), effect: .creates)
    }

    @Test func aRefusedConnectionCertainlySentNothing() async throws {
        // Nobody listens there; a port that was free a moment ago may be another test's by now.
        #expect(try await failure(create("http://127.0.0.1:1/posts"))?.mayHaveArrived == false)
    }

    @Test func anUnknownNameCertainlySentNothing() async throws {
        #expect(try await failure(create("http://nowhere.invalid/posts"))?.mayHaveArrived == false)
    }

    @Test func aConnectionThatDropsAfterTheRequestMayHaveDelivered() async throws {
        let server = try await RecordingServer { _ in .hangUp }
        #expect(try await failure(create("\(server.baseURL)/posts"))?.mayHaveArrived == true)
        #expect(server.requests.count == 1, "nothing is sent again by itself")
        try await server.stop()
    }

    @Test func aTruncatedAnswerMayHaveBeenActedOn() async throws {
        let server = try await RecordingServer { _ in .truncate }
        #expect(try await failure(create("\(server.baseURL)/posts"))?.mayHaveArrived == true)
        try await server.stop()
    }

    @Test func silenceMayMeanItWasActedOn() async throws {
        let server = try await RecordingServer { _ in .silence }
        #expect(try await failure(create("\(server.baseURL)/posts"), readTimeout: .milliseconds(200))?.mayHaveArrived == true)
        try await server.stop()
    }

    @Test func anAnswerThatIsTooLargeIsNoAnswer() async throws {
        let server = try await RecordingServer { _ in .answer(status: 200, body: String(repeating: "x", count: 1_100_000)) }
        #expect(try await failure(HTTPCall("GET", server.baseURL))?.reason == "The answer was too large")
        try await server.stop()
    }

    @Test func creatingCallsNeverShareAConnection() async throws {
        let server = try await RecordingServer { _ in .json("{}") }
        try await withTransport { transport in
            for _ in 0..<3 { _ = try await transport.platform.send(HTTPCall("GET", server.baseURL)) }
            #expect(server.connections == 1)
            for _ in 0..<3 { _ = try await transport.platform.send(create(server.baseURL)) }
            #expect(server.connections == 4)
        }
        try await server.stop()
    }

    @Test func requestsGoOutExactlyAsWritten() async throws {
        let server = try await RecordingServer { _ in .json("{}") }
        try await withTransport { transport in
            _ = try await transport.platform.send(
                HTTPCall(
                    "POST", "\(server.baseURL)/a?shares=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A2)", body: .form([("a b", "c&d")])))
        }
        let request = try #require(server.requests.first)
        #expect(request.path == "/a?shares=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A2)")
        #expect(request.headers["user-agent"] == "Postiz/0 (+https://postiz.example.com)")
        #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
        #expect(request.text == "a%20b=c%26d")
        try await server.stop()
    }

    @Test func aFileIsSentInPiecesAndWhole() async throws {
        let server = try await RecordingServer { _ in .json("{}") }
        let film = OutgoingMedia.film(bytes: 700_001)
        try await withTransport { transport in
            _ = try await transport.platform.send(
                HTTPCall(
                    "POST", server.baseURL,
                    body: .multipart(fields: [("index", "0")], file: "media", fileName: "a\"b.mp4", media: film, range: 1..<700_001)))
        }
        let request = try #require(server.requests.first)
        #expect(request.body.range(of: try await film.read(1, 700_000)) != nil)
        #expect(request.body.range(of: Data("filename=\"a_b.mp4\"\r\nContent-Type: video/mp4\r\n\r\n".utf8)) != nil)
        #expect(request.body.range(of: Data("name=\"index\"\r\n\r\n0\r\n".utf8)) != nil)
        try await server.stop()
    }

    @Test(
        "After a create, an answer that settles nothing is an unknown outcome; otherwise it is worth another try",
        arguments: [(HTTPCall.Effect.creates, PublishingErrorKind.unknownOutcome), (.harmless, .transient)])
    func serverErrors(effect: HTTPCall.Effect, kind: PublishingErrorKind) async throws {
        let server = try await RecordingServer { request in
            request.path == "/503" ? .answer(status: 503, body: "upstream") : .json("no JSON")
        }
        try await withTransport { transport in
            let api = PlatformAPI(name: "Example", prefix: "EXAMPLE", sender: transport.platform, rules: []) { _ in nil }
            for path in ["/503", "/unreadable"] {
                let call = HTTPCall("POST", server.baseURL + path, body: try .json(["a": 1]), effect: effect)
                let error = await #expect(throws: PlatformError.self) { try await api.value(call, as: JSONValue.self) }
                #expect(error?.kind == kind)
            }
        }
        try await server.stop()
    }
}
