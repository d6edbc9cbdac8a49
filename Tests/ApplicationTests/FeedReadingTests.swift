import Domain
import Foundation
import Testing

@testable import Application

@Suite("Reading feeds")
struct FeedReadingTests {
    private func read(_ text: String, from url: String = "https://example.com/blog/feed") throws -> FeedDocument {
        try FeedReading.document(Data(text.utf8), from: url)
    }

    private func refused(_ text: String, _ words: String, at location: SourceLocation = #_sourceLocation) {
        do {
            let document = try read(text)
            Issue.record("not refused: \(document)", sourceLocation: location)
        } catch {
            #expect("\(error)".contains(words), "\(error)", sourceLocation: location)
        }
    }

    @Test("RSS 2.0: ids, links against the address, dates, authors, and text without markup")
    func rss() throws {
        let feed = try read(
            """
            <?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "https://example.com/rss.dtd">
            <rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>
            <title>News &amp; views</title><link>/</link><item><media:title>Not this</media:title><title>Caf&eacute; &lt;b&gt;opens&lt;/b&gt;</title>
            <link>/cafe</link><guid isPermaLink="false">tag:1</guid><author>ada@example.com (Ada Lovelace)</author>
            <category>Food</category><category>Town</category><pubDate>Tue, 24 Nov 2026 09:00 EST</pubDate>
            <description><![CDATA[<p>Good&nbsp;coffee<script>no()</script></p><ul><li>black</li><li>white</li></ul><img src="pics/a.png">]]></description>
            </item><item><guid>https://example.com/only-guid</guid><dc:creator>Bob</dc:creator><dc:date>2026-11-24</dc:date></item></channel></rss>
            """)
        #expect(feed.title == "News & views" && feed.items.count == 2)
        #expect(
            feed.items[0]
                == FeedItem(
                    id: "tag:1", link: "https://example.com/cafe", title: "Café opens", summary: "Good coffee\n\n• black\n• white",
                    author: "Ada Lovelace", categories: ["Food", "Town"], published: Timestamp("2026-11-24T14:00:00Z"),
                    picture: "https://example.com/blog/pics/a.png"))
        #expect(feed.items[1].link == "https://example.com/only-guid" && feed.items[1].author == "Bob")
        #expect(feed.items[1].published == Timestamp("2026-11-24T00:00:00Z"))
    }

    @Test("RSS 1.0: items beside the channel, named by rdf:about")
    func rdf() throws {
        let feed = try read(
            """
            <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>Old</title></channel>
            <item rdf:about="urn:1"><title>One</title><link>https://example.com/1</link></item></rdf:RDF>
            """)
        #expect(feed.title == "Old" && feed.items.map(\.id) == ["urn:1"] && feed.items.map(\.link) == ["https://example.com/1"])
    }

    @Test("Atom: plain text is what it says, HTML and XHTML become text, links follow xml:base")
    func atom() throws {
        let feed = try read(
            """
            <feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/"><title type="html">&lt;i&gt;It&lt;/i&gt;</title>
            <entry><id>urn:a</id><title>a &lt;b&gt; c</title><link rel="self" href="self"/><link href="a"/><category term="t" label="Tag"/>
            <published>2026-11-24T09:00:00+01:00</published><updated>2026-11-25T09:00:00Z</updated><author><name>Ada</name></author>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One <em>two</em></p><p>three</p></div></content></entry></feed>
            """)
        #expect(
            feed.items == [
                FeedItem(
                    id: "urn:a", link: "https://example.org/a", title: "a <b> c", summary: "One two\n\nthree", author: "Ada", categories: ["Tag"],
                    published: Timestamp("2026-11-24T08:00:00Z"))
            ])
        #expect(feed.title == "It")
    }

    @Test("JSON Feed, with ids that are numbers too")
    func json() throws {
        let feed = try read(
            """
            {"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": 7, "url": "/7", "title": "Seven", "tags": ["a"],
            "content_html": "<p>Hi</p>", "date_published": "2026-11-24T09:00:00Z", "authors": [{"name": "Ada"}], "image": "https://example.com/7.png"}]}
            """)
        #expect(
            feed.items == [
                FeedItem(
                    id: "7", link: "https://example.com/7", title: "Seven", summary: "Hi", author: "Ada", categories: ["a"],
                    published: Timestamp("2026-11-24T09:00:00Z"), picture: "https://example.com/7.png")
            ])
    }

    @Test("links that lead elsewhere than into the web are left out")
    func links() throws {
        let feed = try read(
            "<rss><channel><item><title>x</title><link>javascript:alert(1)</link></item><item><link>file:///etc/hosts</link></item></channel></rss>")
        #expect(feed.items.map(\.link) == [nil, nil])
    }

    @Test("what is no whole feed is refused, with the reason")
    func damaged() {
        refused("", "empty")
        refused("<html><body>Hello</body></html>", "web page")
        refused("<opml/>", "<opml>")
        refused("<rss><channel><item><title>cut", "damaged")
        refused(#"{"a": 1}"#, "no JSON Feed")
        refused(#"{"version": "https://jsonfeed.org/version/1", "items": ["#, "damaged")
    }

    @Test("entities are never declared, depth and number of elements are bounded")
    func bounds() throws {
        refused(#"<!DOCTYPE rss [<!ENTITY a "b">]><rss><channel><item><title>&a;</title></item></channel></rss>"#, "entities")
        refused(#"<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]><rss/>"#, "entities")
        let deep = XMLDocument.deepest + 1
        refused(String(repeating: "<a>", count: deep) + String(repeating: "</a>", count: deep), "too deep")
        refused("<rss>" + String(repeating: "<a/>", count: XMLDocument.mostElements) + "</rss>", "too many")
        let many = String(repeating: "<item/>", count: FeedReading.mostItems + 1)
        #expect(try read("<rss><channel>\(many)</channel></rss>").items.count == FeedReading.mostItems)
    }

    @Test("bytes are read as the server says where the document does not say itself")
    func charset() throws {
        var latin = Data("<rss><channel><title>Caf".utf8)
        latin.append(0xE9)
        latin.append(Data("</title></channel></rss>".utf8))
        #expect(try FeedReading.document(latin, charset: "iso-8859-1", from: "https://example.com").title == "Café")
        let said = Data(#"<?xml version="1.0" encoding="utf-8"?><rss><channel><title>Café</title></channel></rss>"#.utf8)
        #expect(try FeedReading.document(said, charset: "iso-8859-1", from: "https://example.com").title == "Café")
    }
}
