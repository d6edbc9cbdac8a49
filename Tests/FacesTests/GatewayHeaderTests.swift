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
        "the client is the first address that is not a trusted proxy",
        arguments: [
            ("203.0.113.9", [:], "203.0.113.9", "http"),
            ("203.0.113.9", ["X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https"], "203.0.113.9", "http"),
            ("10.0.0.1", ["X-Forwarded-For": "6.6.6.6, 198.51.100.7, 10.0.0.2", "X-Forwarded-Proto": "https"], "198.51.100.7", "https"),
            ("::ffff:10.0.0.1", ["Forwarded": "for=\"[2001:db8::7]:4711\";proto=https;host=social.example.com"], "2001:db8::7", "https"),
            ("10.0.0.1", ["X-Forwarded-Proto": "gopher"], "10.0.0.1", "http"),
        ] as [(String, [String: String], String, String)])
    func proxies(peer: String, headers: [String: String], client: String, scheme: String) {
        var fields = HTTPFields()
        for (name, value) in headers { fields[HTTPField.Name(name)!] = value }
        let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/", headerFields: fields)
        let identity = RequestIdentity(proxies: TrustedProxies(["10.0.0.0/8", "::1"]), defaultHost: "localhost")
        let origin = identity.origin(of: Request(head: head, body: .init(buffer: ByteBuffer())), peer: peer)
        #expect(origin.address == client)
        #expect(origin.scheme == scheme)
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
