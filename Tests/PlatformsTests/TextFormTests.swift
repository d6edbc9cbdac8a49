import Foundation
import Testing

@testable import Platforms

struct TextFormTests {
    @Test(
        "LinkedIn's reserved characters are escaped, mentions and hashtags kept",
        arguments: [
            ("a (b) [c] {d} <e> *f* _g_ ~h~ |i| \\", ##"a \(b\) \[c\] \{d\} \<e\> \*f\* \_g\_ \~h\~ \|i\| \\"##),
            ("mail me @home", ##"mail me \@home"##),
            ("Thanks @[Example Widgets](urn:li:organization:123)!", "Thanks @[Example Widgets](urn:li:organization:123)!"),
            ("#swift rocks", ##"{hashtag|\#|swift} rocks"##),
            ("C# and #snake_case and # alone", ##"C\# and \#snake\_case and \# alone"##),
            // A fragment of a link is no hashtag.
            ("https://example.com/a_b#part", ##"https://example.com/a\_b\#part"##),
        ])
    func littleText(plain: String, encoded: String) {
        #expect(LittleText.encode(plain) == encoded)
        if !plain.contains("urn:li") { #expect(LittleText.plain(LittleText.encode(plain)) == plain) }
    }

    @Test(
        "Where little text does not reach, a mention is the plain name",
        arguments: [
            ("Thanks @[Example Foods](urn:li:organization:1001)!", "Thanks Example Foods!"),
            ("@[Ada](urn:li:person:abC-1_) and @[Bob Example](urn:li:person:2)", "Ada and Bob Example"),
            ("#swift (a) @[b] @[c](https://example.com)", "#swift (a) @[b] @[c](https://example.com)"),
        ])
    func plainMentions(written: String, sent: String) {
        #expect(LittleText.withoutMentions(written) == sent)
    }

    @Test("Faults that a platform tells one by one reach the person, not the sentence above them")
    func faultsInAnswers() {
        func detail(_ body: String) -> String? { HTTPAnswer(status: 400, headers: [:], body: Data(body.utf8)).detail }
        let refusal = """
            {"title":"Invalid Request","detail":"One or more parameters to your request was invalid.","errors":[
            {"parameters":{"text":["a"]},"message":"The text contains invalid characters."},{"message":"And one more."}]}
            """
        #expect(detail(refusal) == "The text contains invalid characters. And one more.")
        #expect(detail(#"{"title":"Forbidden","detail":"Not allowed."}"#) == "Not allowed.")
        #expect(detail(#"{"errors":[{"detail":"Inner."}]}"#) == "Inner.")
        #expect(detail(#"{"error":"Validation failed"}"#) == "Validation failed")
    }

    @Test(
        "What the descriptors say about text",
        arguments: [
            ("https://x.com/i/communities/1", true), ("https://twitter.com/i/communities/12/", true), ("https://www.x.com/i/communities/1", true),
            ("https://example.com/i/communities/1", false),
        ])
    func communities(address: String, taken: Bool) throws {
        let field = try #require(X.descriptor.settings.first { $0.name == "community" })
        #expect((try Regex(try #require(field.pattern)).wholeMatch(in: address) != nil) == taken)
        #expect(Mastodon.descriptor.settings.first { $0.name == "spoiler_text" }?.countsAsText == true)
        #expect(!LinkedIn.descriptor(.member).text.countingDocumented && X.descriptor.text.countingDocumented)
    }

    @Test func htmlOfAStatusBecomesItsText() {
        let html =
            #"<p>Tea &amp; cake at <a href="https://example.com/x"><span class="invisible">https://</span>example.com/x</a>"#
            + "<br>&lt;3</p><p>Bye</p>"
        #expect(Mastodon.comparable(HTMLText.plain(html)) == Mastodon.comparable("Tea & cake at https://example.com/x\n<3\n\nBye"))
    }

    @Test func textsOfXAreComparedWithoutWhatXChanges() throws {
        let json = """
            {"id":"1","text":"Tea &amp; cake https://t.co/a https://t.co/b","created_at":"2026-11-23T09:00:00.000Z","entities":{"urls":[
            {"url":"https://t.co/a","expanded_url":"https://example.com/"},
            {"url":"https://t.co/b","expanded_url":"https://x.com/ada/status/1/photo/1"}]},
            "referenced_tweets":[{"type":"replied_to","id":"0"}]}
            """
        let post = try JSONDecoder().decode(X.TimelinePost.self, from: Data(json.utf8))
        #expect(X.comparable(post.plainText) == X.comparable("Tea & cake\nexample.com "))
        #expect(post.parent == "0")
    }

    @Test func secretsAreRemovedFromAnswers() {
        let answer = Redaction.platformAnswer(
            #"{"access_token":"abc123","note":"token-of-ada","form":"client_secret=xyz&a=b","escaped":"a%2Fb%2Fc"}"#,
            secrets: ["token-of-ada", "a/b/c"])
        for secret in ["abc123", "token-of-ada", "xyz", "a%2Fb%2Fc"] { #expect(!answer.contains(secret)) }
        #expect(answer.contains("a=b"))
        #expect(Redaction.platformAnswer(String(repeating: "x", count: 5000), secrets: []).count == Redaction.limit)
    }
}
