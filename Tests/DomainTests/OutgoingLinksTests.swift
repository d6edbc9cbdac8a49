import Foundation
import Testing

@testable import Domain

@Suite("What becomes of links when posts go out")
struct OutgoingLinksTests {
    private static func rule(
        _ parameters: KeyValuePairs<String, String>, hosts: [String] = [], except: [String] = [], active: Bool = true
    ) -> LinkRule {
        LinkRule(
            id: LinkRuleID(), name: "Rule", hosts: hosts, exceptHosts: except,
            parameters: parameters.map { LinkRule.Parameter(name: $0.key, value: $0.value) }, active: active, createdAt: .now)
    }

    private static let facts: [LinkPlaceholder: String] = [
        .platform: "mastodon", .channel: "ada", .tag: "spring sale", .date: "2026-11-29", .post: "p1",
    ]

    private func links(
        _ rules: [LinkRule], shortening: LinkShortening = .never, counting: TextCounting = .utf16,
        facts: [LinkPlaceholder: String] = Self.facts
    ) -> OutgoingLinks {
        OutgoingLinks(LinkPlan(rules: rules, shortening: shortening, shortBase: "https://s.example.org/"), facts: facts, counting: counting)
    }

    @Test(
        "Parameters go behind those that are there and before the fragment; everything else stays as it is",
        arguments: [
            ("https://example.com", "https://example.com?utm_source=a"),
            ("https://example.com/", "https://example.com/?utm_source=a"),
            ("https://example.com/a?", "https://example.com/a?utm_source=a"),
            ("https://example.com/a?b=c", "https://example.com/a?b=c&utm_source=a"),
            ("https://example.com/a?b=c&", "https://example.com/a?b=c&utm_source=a"),
            ("https://example.com/a?z=1&b=%C3%A4&z=+#top?x", "https://example.com/a?z=1&b=%C3%A4&z=+&utm_source=a#top?x"),
            ("https://example.com/#/route?utm_source=b", "https://example.com/?utm_source=a#/route?utm_source=b"),
            ("https://example.com/%7Eada/%2Fx", "https://example.com/%7Eada/%2Fx?utm_source=a"),
            ("HTTPS://Müller.example:8080/ä?ö=ü#ß", "HTTPS://Müller.example:8080/ä?ö=ü&utm_source=a#ß"),
            ("https://example.com/a?utm_source=own", "https://example.com/a?utm_source=own"),
            ("https://example.com/a?UTM_Source=own#x", "https://example.com/a?UTM_Source=own#x"),
            ("https://example.com/a?utm%5Fsource=", "https://example.com/a?utm%5Fsource="),
        ])
    func adding(link: String, expected: String) {
        #expect(links([Self.rule(["utm_source": "a"])]).target(of: link) == expected)
    }

    @Test("Placeholders are filled and encoded; what nothing is known of is left out; a value is never read as a placeholder")
    func placeholders() {
        let rule = Self.rule([
            "utm_source": "{platform}", "utm_medium": "{channel}-{date}", "utm_campaign": "{tag}", "utm_content": "{post}", "utm_term": "ä&=. ~",
        ])
        #expect(
            links([rule]).target(of: "https://example.com/a")
                == "https://example.com/a?utm_source=mastodon&utm_medium=ada-2026-11-29&utm_campaign=spring%20sale&utm_content=p1"
                + "&utm_term=%C3%A4%26%3D%2E%20%7E")
        let without = links([Self.rule(["utm_campaign": "{tag}", "utm_source": "x"])], facts: [.tag: "", .channel: "{post}"])
        #expect(without.target(of: "https://example.com") == "https://example.com?utm_source=x")
        let nested = links([Self.rule(["utm_source": "{channel}"])], facts: [.channel: "{post}", .post: "p1"])
        #expect(nested.target(of: "https://example.com") == "https://example.com?utm_source=%7Bpost%7D")
        #expect(LinkPlaceholder.stranger(in: "{platform}-{date}") == nil)
        #expect(LinkPlaceholder.stranger(in: "a{plattform}") == "{plattform}")
        #expect(LinkPlaceholder.stranger(in: "a}") == "}")
        #expect(LinkPlaceholder.stranger(in: "{date") == "{date")
    }

    @Test("A rule concerns its hosts and what is below them, in either spelling, but not those that it leaves out")
    func hosts() {
        let rule = Self.rule(["utm_source": "a"], hosts: ["example.com", "müller.example"], except: ["blog.example.com"])
        for host in ["example.com", "EXAMPLE.com", "shop.example.com", "müller.example", "xn--mller-kva.example"] {
            #expect(rule.concerns(host), "\(host)")
        }
        for host in ["example.org", "badexample.com", "blog.example.com", "x.blog.example.com"] { #expect(!rule.concerns(host), "\(host)") }
        #expect(LinkAddress("https://ada:secret@shop.example.com:8080/a").host == "shop.example.com")
        #expect(!rule.concerns(LinkAddress("https://example.com@evil.example/").host))
        #expect(HostName.read(" https://Shop.Example.com/a ") == "shop.example.com")
        #expect(HostName.read("*.example.com") == "example.com")
        for text in ["", "a b", "exa mple.com", "a..b", "https://"] { #expect(HostName.read(text) == nil, "\(text)") }
        #expect(HostName.travelling("日本語.example") == "xn--wgv71a119e.example")
        #expect(HostName.travelling("Bücher.example") == "xn--bcher-kva.example")
    }

    @Test("Of two rules with the same parameter the first counts, and one that is off does nothing")
    func order() {
        let rules = [
            Self.rule(["utm_source": "off"], active: false), Self.rule(["utm_source": "first"]),
            Self.rule(["utm_source": "second", "utm_medium": "social"]),
        ]
        #expect(links(rules).target(of: "https://example.com/") == "https://example.com/?utm_source=first&utm_medium=social")
    }

    @Test(
        "Links are found in every text, and what stands around them stays",
        arguments: [
            (
                "See https://example.com/a, or (https://example.org/b)!",
                "See https://example.com/a?utm_source=a, or (https://example.org/b?utm_source=a)!"
            ),
            ("example.com and ada@example.com", "example.com and ada@example.com"),
            ("<https://example.com/a|words>", "<https://example.com/a?utm_source=a|words>"),
            ("[https://example.com/a](https://example.com/b)", "[https://example.com/a?utm_source=a](https://example.com/b?utm_source=a)"),
            ("`https://example.com/a`", "`https://example.com/a?utm_source=a`"),
            ("https://example.com/日本語?", "https://example.com/日本語?utm_source=a?"),
            ("gopher://example.com/a", "gopher://example.com/a"), ("https://nowhere.invalidtld/a", "https://nowhere.invalidtld/a"),
            ("", ""), ("no link", "no link"),
        ])
    func texts(text: String, expected: String) {
        #expect(links([Self.rule(["utm_source": "a"])]).text(text) == expected)
    }

    @Test("Short links stand in place of links, also with their parameters, and own short links stay")
    func shortening() {
        var asked: [String] = []
        let always = links([Self.rule(["utm_source": "a"])], shortening: .always, counting: .weighted)
        let text = always.text("https://example.com/a and https://s.example.org/k7mxw2pd") { target in
            asked.append(target)
            return "code"
        }
        #expect(text == "https://s.example.org/code and https://s.example.org/k7mxw2pd")
        #expect(asked == ["https://example.com/a?utm_source=a"])
        let counted = { (counting: TextCounting) in links([], shortening: .whereCounted, counting: counting).text("https://example.com/a") }
        #expect(counted(.weighted) == "https://example.com/a")
        #expect(counted(.graphemes) == "https://example.com/a")
        #expect(counted(.characters) == "https://s.example.org/xxxxxxxx")
    }

    @Test("A code has eight letters that nobody takes for others, and nothing else is one")
    func codes() {
        let codes = (0..<200).map { _ in ShortCode.random() }
        #expect(Set(codes).count == 200)
        #expect(codes.allSatisfy { ShortCode.read($0) == $0 && ShortCode.read($0.uppercased()) == $0 })
        for text in ["", "k7mxw2p", "k7mxw2pdd", "k7mxw2p0", "k7mxw2pa", "../../etc", "k7mxw2p%"] { #expect(ShortCode.read(text) == nil) }
        #expect(ShortCode.read(ShortCode.example) != nil)
    }

    @Test("A target travels in a header whatever it is made of")
    func travelling() {
        #expect(
            LinkAddress("https://Bücher.example/ä b?ö=ü#ß").travelling
                == "https://xn--bcher-kva.example/%C3%A4%20b?%C3%B6=%C3%BC#%C3%9F")
        #expect(LinkAddress("https://example.com/%C3%A4?a=b&c=d#e").travelling == "https://example.com/%C3%A4?a=b&c=d#e")
        #expect(LinkAddress("https://example.com/\r\nSet-Cookie: a=b").travelling == "https://example.com/%0D%0ASet-Cookie:%20a=b")
    }

    @Test("Counters count what goes out; how much fits is told of what is written")
    func counting() throws {
        let now = try #require(Timestamp("2026-11-29T09:00:00Z"))
        let channel = Integration(
            id: IntegrationID(), organizationId: OrganizationID(), platform: "sample", platformAccountId: "1", username: "ada", displayName: "Ada",
            createdAt: now, updatedAt: now)
        let descriptor = PlatformDescriptor(
            id: "sample", name: "Sample", mark: "S", connect: ConnectFlow(method: .oauth2), credentials: [],
            text: TextRule(limit: 60, counting: .utf16), thread: ThreadRule(kind: .none, maxParts: 1), media: .nothing, settings: [], analytics: [],
            documentation: "sample")
        func context(_ links: OutgoingLinks?) -> ChannelContext {
            ChannelContext(integration: channel, descriptor: descriptor, links: links)
        }
        let written = "Now: https://example.com/a-page-with-a-name and more"
        let content = PostContent(parts: [PostPart(text: written)])
        func problems(_ links: OutgoingLinks?) -> [Problem.Code] {
            PostValidator.problems(content: content, channels: [context(links)], media: [:], scheduledFor: nil, now: now).map(\.code)
        }
        let longer = links([Self.rule(["utm_source": "{platform}", "utm_medium": "social"])])
        #expect(problems(nil) == [])
        #expect(problems(longer) == [.textTooLong])
        #expect(problems(links([], shortening: .always)) == [])
        let count = try #require(PostValidator.counts(of: content, on: [context(longer)]).first)
        #expect(count.outgoing == longer.text(written))
        #expect(count.length == longer.text(written).utf16.count)
        #expect(count.fitting < written.utf16.count)
        let short = try #require(PostValidator.counts(of: content, on: [context(links([], shortening: .always))]).first)
        #expect(short.length == "Now: https://s.example.org/xxxxxxxx and more".utf16.count)
        #expect(short.fitting == written.utf16.count)
        #expect(PostValidator.counts(of: content, on: [context(nil)]).first?.outgoing == nil)
    }

    @Test(
        "Programs that follow links are told from people",
        arguments: [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", false),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1", false),
            ("Twitterbot/1.0", true), ("facebookexternalhit/1.1", true), ("LinkedInBot/1.0", true), ("Mastodon/4.5.0 (http.rb)", true),
            ("Slackbot-LinkExpanding 1.0", true), ("Mozilla/5.0 (compatible; Googlebot/2.1)", true), ("curl/8.5.0", true), ("", true),
        ])
    func bots(name: String, expected: Bool) {
        #expect(KnownBots.include(name) == expected)
        #expect(KnownBots.include(nil))
    }
}
