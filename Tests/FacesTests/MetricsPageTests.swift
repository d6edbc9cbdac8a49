import Application
import Domain
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Gateway

@Suite("Who may read the figures")
struct MetricsPageTests {
    private static func with(_ settings: [String: String], _ test: @Sendable (RestFixture) async throws -> Void) async throws {
        try await RestFixture.with(settings, adding: { MetricsPage(services: $1) { "figures 1\n" }.register(on: $0) }, test)
    }

    @Test(
        "without a token: the private network of an instance for this machine or network alone",
        arguments: [
            ("http://localhost:5000", true), ("http://posts.localhost:5000", true), ("http://127.0.0.1:5000", true), ("http://192.168.1.5", true),
            ("http://[::1]:5000", true), ("https://posts.example.com", false), ("http://posts.example.com", false),
            ("https://localhost.example.com", false),
            ("http://203.0.113.5", false),
        ])
    func address(mainURL: String, isOpen: Bool) async throws {
        try await Self.with(["MAIN_URL": mainURL]) { fixture in
            let answer = try await fixture.anonymous.send(.get, "/metrics")
            #expect(answer.status == (isOpen ? .ok : .forbidden), "\(mainURL)")
            #expect(String(buffer: answer.body).contains("figures 1") == isOpen)
        }
    }

    @Test(
        "without a token: never to what a forwarding header came with, whatever it says",
        arguments: [
            ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", ""), ("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "localhost"),
            ("Forwarded", "for=127.0.0.1"), ("x-forwarded-for", "10.0.0.1"),
        ])
    func forwarded(name: String, value: String) async throws {
        for settings in [[:], ["TRUSTED_PROXY_HEADERS": "forwarded"], ["TRUSTED_PROXIES": "192.0.2.1"]] {
            try await Self.with(settings) { fixture in
                let headers: HTTPFields = [HTTPField.Name(name)!: value]  // A bare literal would be taken for a body.
                let answer = try await fixture.anonymous.send(.get, "/metrics", headers)
                let code = try answer.errorCode
                #expect(code == "FORBIDDEN", "\(settings)")
            }
        }
    }

    @Test("without a token: not to a public address", arguments: [("203.0.113.9", false), ("2001:db8::1", false), ("10.1.2.3", true), ("::1", true)])
    func peer(address: String, isOpen: Bool) async throws {
        try await RestFixture.with { fixture in
            let page = MetricsPage(services: fixture.services) { "" }
            let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/metrics")
            let request = Request(head: head, body: .init(buffer: ByteBuffer()))
            let allowed = try await page.allowed(request, from: RequestOrigin(address: address, scheme: "http", host: "localhost"))
            #expect(allowed == isOpen)
        }
    }

    @Test("with a token: to whoever sends it, from anywhere and through any proxy, and to nobody else")
    func token() async throws {
        for mainURL in ["http://localhost:5000", "https://posts.example.com"] {
            try await Self.with(["METRICS_TOKEN": "open sesame", "MAIN_URL": mainURL]) { fixture in
                let right: HTTPFields = [.authorization: "Bearer open sesame"]
                for headers in [right, right.merging([.forwardedFor: "203.0.113.9"])] {
                    let answer = try await fixture.anonymous.send(.get, "/metrics", headers)
                    #expect(answer.status == .ok)
                }
                for wrong in [[:], [.authorization: "Bearer open"], [.authorization: "Basic open sesame"]] as [HTTPFields] {
                    let refused = try await fixture.anonymous.send(.get, "/metrics", wrong)
                    let code = try refused.errorCode
                    #expect(code == "FORBIDDEN")
                }
            }
        }
    }

    @Test("guesses of a token are slowed down, by address")
    func guesses() async throws {
        try await Self.with(["METRICS_TOKEN": "open sesame"]) { fixture in
            var codes: [String] = []
            // Guesses are granted anew as time goes by: on a busy machine it takes more of them.
            while codes.last != "RATE_LIMITED", codes.count < WrongKeys.limit * 20 {
                let answer = try await fixture.anonymous.send(.get, "/metrics", [.authorization: "Bearer guess \(codes.count)"])
                codes.append(try answer.errorCode ?? "")
            }
            #expect(codes.count > WrongKeys.limit && codes.last == "RATE_LIMITED" && Set(codes.dropLast()) == ["FORBIDDEN"])
        }
    }
}
