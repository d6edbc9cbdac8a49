import Testing

@testable import Application

@Suite struct RedirectAddressTests {
    @Test(arguments: [
        ("https://claude.example.com/api/mcp/auth_callback", RedirectAddress.Kind.web, "claude.example.com"),
        ("https://assistant.example.com", .web, "assistant.example.com"), ("https://Assistant.Example.com:8443/a?b=c", .web, "assistant.example.com"),
        ("http://localhost:33418/callback", .loopback, "localhost"), ("http://127.0.0.1:33418", .loopback, "127.0.0.1"),
        ("http://[::1]:1/", .loopback, "[::1]"), ("http://localhost/callback", .loopback, "localhost"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", .program, "cursor:"), ("com.example.app:/oauth", .program, "com.example.app:"),
    ])
    func whereAnAnswerMayGo(text: String, kind: RedirectAddress.Kind, host: String) throws {
        let address = try #require(RedirectAddress(text))
        #expect(address.kind == kind && address.host == host && address.text == text)
    }

    @Test(arguments: [
        "", "callback", "/callback", "//assistant.example.com/callback", "http://assistant.example.com/callback", "http://localhost.example.com/",
        "http://localhost@assistant.example.com/", "https://ada@assistant.example.com/", "https://assistant.example.com/#fragment", "https:///a",
        "https://", "https:assistant.example.com", "http://127.0.0.2/", "http://2130706433/", "http://localhost:0/", "http://localhost:70000/",
        "http://localhost:80:80/", "https://assistant.example.com\\@example.org/", "https://assistant.example.com/\u{0}", "https://a b/",
        "https://exämple.org/", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,hi", "file:///etc/passwd", "vbscript:x",
        "ms-msdt:/id", "view-source:https://example.com", "blob:https://example.com/1", "cursor:", "1cursor://a", "cur sor://a",
        "https://[::1", "https://[]/", "https://example.com/<script>", "https://example.com/\"",
    ])
    func whereNoAnswerMayGo(text: String) { #expect(RedirectAddress(text) == nil) }

    @Test func anAddressLongerThanAnyClientNeedsIsRefused() {
        #expect(RedirectAddress("https://assistant.example.com/" + String(repeating: "a", count: 970)) != nil)
        #expect(RedirectAddress("https://assistant.example.com/" + String(repeating: "a", count: 971)) == nil)
    }

    /// Registered, given, whether one admits the other.
    @Test(arguments: [
        ("https://a.example.com/cb", "https://a.example.com/cb", true), ("https://a.example.com/cb", "https://a.example.com/cb/", false),
        ("https://a.example.com/cb", "https://a.example.com/CB", false), ("https://a.example.com/cb", "https://a.example.com/cb?x=1", false),
        ("https://a.example.com/cb", "https://a.example.com:8443/cb", false), ("https://a.example.com/cb", "https://b.example.com/cb", false),
        ("https://a.example.com/cb", "https://a.example.com/cb/../x", false), ("http://localhost/cb", "http://localhost:33418/cb", true),
        ("http://localhost:1/cb", "http://localhost:65535/cb", true), ("http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true),
        ("http://[::1]:1/cb", "http://[::1]:2/cb", true), ("http://localhost:1/cb", "http://127.0.0.1:1/cb", false),
        ("http://localhost:1/cb", "http://localhost:1/other", false), ("http://localhost:1/cb", "https://localhost:1/cb", false),
        ("http://localhost:1/cb", "http://localhost:1/cb?x=1", false), ("cursor://a/cb", "cursor://a/cb", true),
        ("cursor://a/cb", "cursor://b/cb", false), ("cursor://a:1/cb", "cursor://a:2/cb", false),
    ])
    func whichAddressIsTheRegisteredOne(registered: String, given: String, fits: Bool) throws {
        #expect(try #require(RedirectAddress(registered)).admits(try #require(RedirectAddress(given))) == fits)
    }

    @Test(arguments: [
        ("https://a.example.com/cb", "https://a.example.com/cb?code=a%26b%20c"),
        ("https://a.example.com/cb?x=1", "https://a.example.com/cb?x=1&code=a%26b%20c"),
        ("https://a.example.com/cb?", "https://a.example.com/cb?code=a%26b%20c"), ("cursor://a/cb", "cursor://a/cb?code=a%26b%20c"),
    ])
    func theAnswerIsPutIntoTheQuery(text: String, answer: String) throws {
        #expect(try #require(RedirectAddress(text)).adding([("code", "a&b c")]) == answer)
    }
}
