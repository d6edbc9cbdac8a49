import Domain
import Foundation
import Testing

@testable import Platforms

struct GuardTests {
    @Test(
        "Addresses inside the operator's network are refused, however they are written",
        arguments: [
            "https://127.0.0.1", "https://localhost", "https://10.1.2.3", "https://172.16.0.1", "https://172.31.255.255",
            "https://192.168.1.1",
            "https://169.254.169.254", "https://100.64.0.1", "https://0.0.0.0", "https://224.0.0.1", "https://255.255.255.255",
            "https://198.18.0.1", "https://192.0.2.1", "https://[::1]", "https://[::]", "https://[fe80::1]", "https://[fc00::1]",
            "https://[fd12:3456::1]", "https://[ff02::1]", "https://[::ffff:127.0.0.1]", "https://[::ffff:10.0.0.1]",
            "https://[64:ff9b::7f00:1]", "https://[2002:7f00:1::]", "https://[2001:db8::1]", "https://2130706433", "https://0x7f.1",
            "https://127.1",
        ])
    func refused(url: String) async {
        await expectRefusal { try await $0.check(url) }
    }

    @Test(
        "Public addresses pass",
        arguments: ["https://93.184.215.14", "https://[2606:4700::1111]", "https://172.32.0.1", "https://[::ffff:8.8.8.8]"])
    func admitted(url: String) async throws {
        try await withGuard { try await $0.check(url) }
    }

    @Test(
        "Only https without credentials passes",
        arguments: ["http://93.184.215.14", "ftp://93.184.215.14", "https://a:b@93.184.215.14", "x", ""])
    func refusedForm(url: String) async {
        await expectRefusal { try await $0.check(url) }
    }

    @Test func anAllowedHostMayBeInside() async throws {
        let server = try await RecordingServer { _ in .json("{}") }
        let port = server.baseURL.split(separator: ":").last ?? ""
        try await withGuard(allowed: ["127.0.0.1:\(port)"]) { guarded in
            let answer = try await guarded.send(HTTPCall("GET", server.baseURL))
            #expect(answer.status == 200)
            await #expect(throws: ProblemReport.self) { try await guarded.check("http://127.0.0.1:1") }
        }
        try await server.stop()
    }

    @Test func aRedirectIntoTheNetworkIsRefused() async throws {
        let inside = try await RecordingServer { _ in .json("{}") }
        let outside = try await RecordingServer { _ in .answer(status: 302, headers: ["location": inside.baseURL]) }
        let port = outside.baseURL.split(separator: ":").last ?? ""
        await expectRefusal(allowed: ["127.0.0.1:\(port)"]) { _ = try await $0.send(HTTPCall("GET", outside.baseURL)) }
        #expect(inside.requests.isEmpty)
        try await inside.stop()
        try await outside.stop()
    }

    @Test func redirectsAreFollowedFiveTimesWithoutTheTokenElsewhere() async throws {
        let target = try await RecordingServer { _ in .json("{}") }
        let first = try await RecordingServer { _ in .answer(status: 301, headers: ["location": "\(target.baseURL)/end"]) }
        let circle = try await RecordingServer { _ in .answer(status: 302, headers: ["location": "/again"]) }
        try await withGuard(allowed: ["127.0.0.1"]) { guarded in
            let answer = try await guarded.send(HTTPCall("GET", first.baseURL, headers: [("Authorization", "Bearer t")]))
            #expect(answer.status == 200)
            #expect(target.requests.map(\.path) == ["/end"])
            #expect(target.requests.first?.headers["authorization"] == nil)
            await #expect(throws: ProblemReport.self) { try await guarded.send(HTTPCall("GET", circle.baseURL)) }
            #expect(circle.requests.count == 6)
            let post = try await guarded.send(HTTPCall("POST", first.baseURL, body: .form([("a", "b")])))
            #expect(post.status == 301, "what is not a read is never sent elsewhere")
        }
        for server in [target, first, circle] { try await server.stop() }
    }

    private func withGuard(allowed: Set<String> = [], _ body: (GuardedHTTP) async throws -> Void) async throws {
        let transport = HTTPTransport(settings: .test(), allowedPrivateHosts: allowed)
        do {
            try await body(transport.guarded)
            try await transport.shutdown()
        } catch {
            try await transport.shutdown()
            throw error
        }
    }

    private func expectRefusal(allowed: Set<String> = [], _ body: (GuardedHTTP) async throws -> Void) async {
        let report = await #expect(throws: ProblemReport.self) { try await withGuard(allowed: allowed, body) }
        #expect(report?.code == .addressRefused)
    }
}
