import Application
import Domain
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Gateway

@Suite("What requests show of the proxy in front")
struct ProxyWatchTests {
    @Test(
        "is told apart: no proxy, a good one, one that says too little, one that nobody trusts",
        arguments: [
            ("10.0.0.1", ["X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"], .good),
            ("10.0.0.1", ["X-Forwarded-For": "198.51.100.7"], .faulty(.silent(aboutScheme: true, aboutAddress: false))),
            ("10.0.0.1", ["X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "http"], .faulty(.silent(aboutScheme: true, aboutAddress: false))),
            ("10.0.0.1", ["X-Forwarded-Proto": "https"], .faulty(.silent(aboutScheme: false, aboutAddress: true))),
            ("10.0.0.1", ["Forwarded": "for=198.51.100.7;proto=https"], .faulty(.silent(aboutScheme: true, aboutAddress: true))),
            ("10.0.0.1", [:], .faulty(.silent(aboutScheme: true, aboutAddress: true))),
            ("172.18.0.2", ["X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"], .faulty(.untrusted)),
            ("172.18.0.2", [:], .none),
        ] as [(String, [String: String], ProxySight)])
    func faults(peer: String, headers: [String: String], expected: ProxySight) {
        #expect(Self.sight(headers, peer: peer, .extended) == expected)
    }

    @Test(
        "goes by Forwarded alone where the operator says so",
        arguments: [
            (["Forwarded": "for=198.51.100.7;proto=https"], .good), (["Forwarded": "for=198.51.100.7"], .faulty(.silentForwarded)),
            (["X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"], .faulty(.silentForwarded)),
        ] as [([String: String], ProxySight)])
    func standard(headers: [String: String], expected: ProxySight) {
        #expect(Self.sight(headers, peer: "10.0.0.1", .standard) == expected)
    }

    private static func sight(_ headers: [String: String], peer: String, _ family: Forwarding.Family) -> ProxySight {
        var fields = HTTPFields()
        for (name, value) in headers { fields[HTTPField.Name(name)!] = value }
        let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/", headerFields: fields)
        let identity = RequestIdentity(proxies: TrustedProxies(["10.0.0.0/8"]), family: family, defaultHost: "localhost")
        return identity.sight(of: Request(head: head, body: .init(buffer: ByteBuffer())), peer: peer)
    }

    @Test("a fault is told once, until another one comes; the last request decides what is the matter now")
    func once() {
        let watch = ProxyWatch()
        #expect(watch.last == .none)
        let silent = ProxyFault.silent(aboutScheme: true, aboutAddress: false)
        let sights: [ProxySight] = [.faulty(silent), .faulty(silent), .faulty(.untrusted), .good, .faulty(silent)]
        #expect(sights.map { watch.note($0) } == [silent, nil, .untrusted, nil, nil])
        #expect(watch.note(.none) == nil && watch.last == .faulty(silent))
        #expect(watch.note(.good) == nil && watch.last == .good)
    }

    @Test("the words name the header for each proxy that does not set it by itself")
    func words() {
        let scheme = ProxyFault.silent(aboutScheme: true, aboutAddress: false).advice
        for words in ["proxy_set_header X-Forwarded-Proto", "RequestHeader set X-Forwarded-Proto", "http-request set-header X-Forwarded-Proto"] {
            #expect(scheme.contains(words))
        }
        #expect(!scheme.contains("X-Forwarded-For"))
        #expect(ProxyFault.silent(aboutScheme: false, aboutAddress: true).advice.contains("X-Forwarded-For $remote_addr"))
        #expect(ProxyFault.untrusted.advice.contains("TRUSTED_PROXIES"))
    }

    @Test("health tells it where people come by HTTPS, and only what came through the proxy counts")
    func health() async throws {
        try await RestFixture.with(["MAIN_URL": "https://posts.example.com"]) { fixture in
            let before = try await Self.health(fixture)
            #expect(before?["ok"] == nil)
            _ = try await fixture.anonymous.send(.get, "/api/openapi.json")
            let silent = try await Self.health(fixture)
            #expect(silent?["ok"] == false)
            #expect(silent?["message"]?.string?.contains("X-Forwarded-Proto") == true)
            _ = try await fixture.anonymous.send(.get, "/api/openapi.json", [.forwardedFor: "198.51.100.7", .forwardedProto: "https"])
            let good = try await Self.health(fixture)
            #expect(good?["ok"] == true)
        }
        try await RestFixture.with { fixture in
            _ = try await fixture.anonymous.send(.get, "/api/openapi.json")
            let local = try await Self.health(fixture)
            #expect(local?["ok"] == nil)
        }
    }

    private static func health(_ fixture: RestFixture) async throws -> JSONValue? {
        try await fixture.anonymous.send(.get, "/api/health").json["proxy"]
    }
}
