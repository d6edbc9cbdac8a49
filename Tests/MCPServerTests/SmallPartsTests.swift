import Domain
import Foundation
import Gateway
import NIOCore
import Testing

@testable import MCPServer

@Suite("Small parts of the tools")
struct SmallPartsTests {
    @Test("Base64 is read in any of its forms, in pieces of any length", arguments: [0, 1, 2, 3, 4, 300_000])
    func base64(length: Int) async throws {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        let plain = PictureBytes.base64(bytes)
        let urlSafe = plain.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        for text in [plain, urlSafe, "data:image/png;base64,\(plain)", plain.split(by: 76).joined(separator: "\r\n")] {
            var read: [UInt8] = []
            for try await piece in Base64Body(text) { read += piece.readableBytesView }
            #expect(read == bytes)
        }
    }

    @Test("What is not base64 is refused", arguments: ["hello world!", "AA=A", "%%%%"])
    func notBase64(text: String) async throws {
        await #expect(throws: ProblemReport.self) { for try await _ in Base64Body(text) {} }
    }

    @Test(
        "Paragraphs become text",
        arguments: [
            ("plain", "plain"), ("<p>One</p><p>Two</p>", "One\nTwo"), ("a<br>b<br/>c", "a\nb\nc"), ("1 < 2 &amp; 3 &gt; 2", "1 < 2 & 3 > 2"),
            ("<p>Say <strong>it</strong> &lt;b&gt;</p>", "Say it <b>"), ("&amp;lt;", "&lt;"), ("a <", "a <"),
        ])
    func paragraphs(html: String, text: String) { #expect(ParagraphText.plain(html) == text) }

    @Test("A long result is cut until it fits, and says so")
    func size() throws {
        let long = JSONValue.array((0..<500).map { ["id": "0199", "text": .string("\($0) " + String(repeating: "word ", count: 100))] })
        let cut = try ResultSize.fit(EncodedJSON(forModel: ["message": "Many.", "items": long, "url": "https://example.com/"] as JSONValue))
        let value = try cut.value
        #expect(cut.text.count <= ResultSize.limit)
        #expect(value["message"]?.string?.contains("cut") == true)
        #expect(value["items"]?.array?.isEmpty == false && value["url"] == "https://example.com/")
        let short: JSONValue = ["message": "One."]
        #expect(try ResultSize.fit(EncodedJSON(forModel: short)).value == short)
    }

    @Test("Nulls are taken out at every depth, and from objects alone")
    func withoutNulls() {
        let value: JSONValue = ["a": nil, "b": ["c": nil, "d": [1, nil, ["e": nil]]]]
        #expect(value.withoutNulls == ["b": ["d": [1, nil, [:]]]])
    }

    @Test("Encoded values have snake_case names and leave out what is nil or null; names of data stay as they are")
    func encoding() throws {
        struct Inner: Encodable { let nextStep: Int? }
        struct Outer: Encodable {
            let scheduledFor = "now"
            let nothing: String? = nil
            let inner = [Inner(nextStep: 1), Inner(nextStep: nil)]
            let dataKeys = ["aB": 1.5]
            let free: JSONValue = ["cD": nil, "eF": [true]]
        }
        #expect(
            try EncodedJSON(forModel: Outer()).value == [
                "scheduled_for": "now", "inner": [["next_step": 1], [:]], "data_keys": ["aB": 1.5], "free": ["eF": [true]],
            ])
    }
}

private enum PictureBytes {
    static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}

extension String {
    fileprivate func split(by length: Int) -> [Substring] {
        var pieces: [Substring] = []
        var rest = self[...]
        while !rest.isEmpty {
            pieces.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return pieces
    }
}
