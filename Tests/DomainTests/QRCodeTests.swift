import Domain
import Testing

/// That readers read them is shown end to end.
@Suite("QR codes")
struct QRCodeTests {
    @Test("the smallest version is taken that has room", arguments: [(14, 21), (15, 25), (180, 53), (181, 57), (666, 97)])
    func sizes(_ bytes: Int, _ size: Int) { #expect(QRCode(String(repeating: "a", count: bytes))?.size == size) }

    @Test("what does not fit is nothing")
    func tooLong() { #expect(QRCode(String(repeating: "a", count: 667)) == nil) }

    @Test("a title cannot leave its attribute")
    func title() throws {
        let svg = try #require(QRCode("a")).svg(title: #"<"&"#)
        #expect(svg.contains(#"aria-label="&lt;&quot;&amp;""#))
    }
}
