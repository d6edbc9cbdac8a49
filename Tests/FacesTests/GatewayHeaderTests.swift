import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import Gateway

@Suite("Headers")
struct GatewayHeaderTests {
    @Test(
        "ranges follow RFC 9110",
        arguments: [
            (nil, .whole), ("bytes=0-99", .part(0...99)), ("bytes=0-", .part(0...999)), ("bytes=-100", .part(900...999)),
            ("bytes=-5000", .part(0...999)), ("bytes=990-2000", .part(990...999)), ("bytes=1000-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=5-2", .whole), ("bytes=0-1,5-6", .whole), ("lines=1-2", .whole), ("bytes=+1-2", .whole), ("bytes=", .whole),
            ("bytes=99999999999999999999-", .unsatisfiable),
        ] as [(String?, ByteRange)])
    func ranges(header: String?, expected: ByteRange) {
        #expect(ByteRange(header, size: 1000) == expected)
    }

    @Test("an empty file has no range")
    func emptyFile() { #expect(ByteRange("bytes=-1", size: 0) == .unsatisfiable) }

    @Test("a file's name cannot break out of its header")
    func disposition() {
        let header = FileResponse.disposition("a\"\r\nX: ü;.png", shown: true)
        #expect(header == "inline; filename=\"a___X: __.png\"; filename*=UTF-8''a%22%0D%0AX%3A%20%C3%BC%3B.png")
        #expect(FileResponse.disposition("a.pdf", shown: false).hasPrefix("attachment;"))
    }

    @Test(
        "gzip is used for those who take it",
        arguments: [
            ("gzip", true), ("br, gzip;q=0.5", true), ("*", true), ("gzip;q=0", false), ("GZIP;q=0.0, *", false), ("br", false), ("", false),
        ])
    func encodings(header: String, expected: Bool) {
        #expect(Compression.accepted(header) == expected)
    }

    @Test(
        "the client is the first address from our side that is not a trusted proxy; what stands before it is not read",
        arguments: [
            ("203.0.113.9", [:], "203.0.113.9", "http", "localhost"),
            ("203.0.113.9", ["X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https"], "203.0.113.9", "http", "localhost"),
            ("10.0.0.1", ["X-Forwarded-For": "6.6.6.6, 198.51.100.7, 10.0.0.2", "X-Forwarded-Proto": "https"], "198.51.100.7", "https", "localhost"),
            // Whoever adds to what the client sent: the nearest proxy's own is the last.
            ("10.0.0.1", ["X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "http, https"], "198.51.100.7", "https", "localhost"),
            (
                "10.0.0.1", ["X-Forwarded-For": "198.51.100.7", "X-Forwarded-Host": "other.example.com, social.example.com"], "198.51.100.7",
                "http", "social.example.com"
            ),
            // A client's own `Forwarded` passes through most proxies.
            (
                "10.0.0.1", ["Forwarded": "for=192.0.2.99;proto=https;host=other.example.com", "X-Forwarded-For": "198.51.100.7"], "198.51.100.7",
                "http", "localhost"
            ),
            ("10.0.0.1", ["Forwarded": "for=192.0.2.99"], "10.0.0.1", "http", "localhost"),
            ("10.0.0.1", ["X-Forwarded-Proto": "gopher"], "10.0.0.1", "http", "localhost"),
        ] as [(String, [String: String], String, String, String)])
    func proxies(peer: String, headers: [String: String], client: String, scheme: String, host: String) {
        let origin = Self.origin(headers, peer: peer, .extended)
        #expect(origin == Self.expected(client, scheme, host, isForwarded: !headers.isEmpty))
    }

    @Test(
        "Forwarded is read where the operator says so, and then alone",
        arguments: [
            (["Forwarded": "for=\"[2001:db8::7]:4711\";proto=https;host=social.example.com"], "2001:db8::7", "https", "social.example.com"),
            (["Forwarded": "for=192.0.2.99;proto=https, for=198.51.100.7;proto=http"], "198.51.100.7", "http", "localhost"),
            (["X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"], "10.0.0.1", "http", "localhost"),
        ] as [([String: String], String, String, String)])
    func standardForwarding(headers: [String: String], client: String, scheme: String, host: String) {
        let origin = Self.origin(headers, peer: "::ffff:10.0.0.1", .standard)
        #expect(origin == Self.expected(client == "10.0.0.1" ? "::ffff:10.0.0.1" : client, scheme, host, isForwarded: true))
    }

    private static func origin(_ headers: [String: String], peer: String, _ family: Forwarding.Family) -> RequestOrigin {
        var fields = HTTPFields()
        for (name, value) in headers { fields[HTTPField.Name(name)!] = value }
        let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/", headerFields: fields)
        let identity = RequestIdentity(proxies: TrustedProxies(["10.0.0.0/8", "::1"]), family: family, defaultHost: "localhost")
        return identity.origin(of: Request(head: head, body: .init(buffer: ByteBuffer())), peer: peer)
    }

    private static func expected(_ address: String, _ scheme: String, _ host: String, isForwarded: Bool) -> RequestOrigin {
        var origin = RequestOrigin(address: address, scheme: scheme, host: host)
        origin.isForwarded = isForwarded
        return origin
    }

    @Test("forms are decoded as browsers encode them, and texts that cannot be stored refused")
    func forms() throws {
        let form = try FormFields("a=1+2&b=%C3%BC&a=3&empty&c=x%3Dy")
        #expect(form["a"] == "1 2")
        #expect(form.all("a") == ["1 2", "3"])
        #expect(form["b"] == "ü")
        #expect(form["empty"] == "")
        #expect(form["c"] == "x=y")
        #expect(throws: ProblemReport.self) { try FormFields("a=%00") }
        #expect(throws: ProblemReport.self) { try FormFields("a=%ED%A0%80") }
    }
}
