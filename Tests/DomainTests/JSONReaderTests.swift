import Domain
import Foundation
import Testing

@Suite("Stored JSON is read")
struct JSONReaderTests {
    private func read<Value>(_ text: String, _ read: (inout JSONReader) throws -> Value) throws -> Value {
        var text = text
        return try text.withUTF8 { bytes in
            var reader = JSONReader(bytes)
            return try read(&reader)
        }
    }

    private static let (channel, other, file) = (IntegrationID(), IntegrationID(), MediaID())

    static let contents = [
        PostContent(parts: []),
        PostContent(parts: [PostPart(text: "Hello")]),
        PostContent(
            parts: [
                PostPart(text: "\u{1}\u{8}\u{c}\t\r\n \"quoted\" \\ / \u{7f} é e\u{301} 👩‍👩‍👧 世界 }],{[", mediaIds: [file, MediaID()]), PostPart(text: ""),
            ],
            versions: [channel: [PostPart(text: "Other", mediaIds: [file])], other: []],
            settings: [
                channel: [
                    "none": nil, "flag": true, "off": false, "whole": 42, "large": 9_007_199_254_740_991, "real": -0.125, "tiny": 1e-7,
                    "text": "a\"b", "list": [1, "two", [], [:], nil], "object": ["a": ["b": [1]]],
                ], other: [:],
            ]),
    ]

    @Test("as a decoder reads it", arguments: contents)
    func content(_ content: PostContent) throws {
        let stored = try JSON.text(content)
        #expect(try read(stored) { try PostContent(reading: &$0) } == content)
        #expect(try JSON.decode(PostContent.self, from: stored) == content)
    }

    @Test("with blanks, other orders, members of later versions and every way to escape")
    func written() throws {
        let text =
            #" { "later" : {"a": [ ]} , "versions": {}, "settings": {}, "parts": [ {"mediaIds": [], "new": 1.5e3, "text": "\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\ \ud800x"} ] } "#
        let content = try read(text) { try PostContent(reading: &$0) }
        #expect(content == PostContent(parts: [PostPart(text: "é😀/\u{8}\u{c}\n\r\t\"\\ \u{FFFD}x")]))
    }

    @Test(
        "and refused where it is damaged",
        arguments: [
            "", "{", #"{"parts": [}"#, #"{"parts": []}"#, #"{"parts": [], "versions": {}, "settings": {}"#, #"{"parts": [{"text": "a}"#, "[]", "null",
            #"{"parts": [{"text": 1, "mediaIds": []}], "versions": {}, "settings": {}}"#, #"{"parts": [{"text": "\u12"}"#, #"{"parts": [{"text": "\"#,
            #"{"parts": [], "versions": {"nobody": []}, "settings": {}}"#, #"{"parts": [] "versions": {}}"#, #"{"later": tru}"#, #"{"later": --1}"#,
            String(repeating: "[", count: 100_000),
        ])
    func damaged(_ text: String) {
        #expect(throws: DecodingError.self) { try read(text) { try PostContent(reading: &$0) } }
        #expect(throws: DecodingError.self) { try read(#"{"a": \#(text)"#) { try $0.value() } }
    }

    @Test("Ids are written as they are read, in the order of their text")
    func ids() throws {
        let written = (0..<200).map { _ in PostID().text }
        for text in written {
            #expect(PostID(text)?.text == text)
            #expect(PostID(text.uppercased())?.text == text)
            #expect(text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        }
        #expect(written.compactMap { PostID($0) }.sorted().map(\.text) == written.sorted())
        let sample = "01a221c5-391f-79f4-afd0-6247275b2aa2"
        for position in 0..<36 {
            var wrong = Array(sample)
            wrong[position] = wrong[position] == "-" ? "0" : "-"
            #expect(PostID(String(wrong)) == nil)
        }
        #expect(PostID(String(sample.dropLast())) == nil && PostID(sample + "0") == nil)
        #expect(JSON.list(of: [try #require(PostID(sample))]) == #"["\#(sample)"]"#)
    }

    @Test(
        "Times are written by hand as they are in words",
        arguments: [0, 1, -1, 999, 1_795_862_745_123, 253_402_300_799_999, -62_135_596_800_000, -62_135_596_800_001, 253_402_300_800_000])
    func times(_ milliseconds: Int64) {
        let time = Timestamp(milliseconds: milliseconds)
        var json = JSONBytes()
        json.write(time)
        #expect(String(decoding: json.bytes, as: UTF8.self) == "\"\(time)\"")
        guard (-62_135_596_800_000..<253_402_300_800_000).contains(milliseconds) else { return }
        #expect(Timestamp(time.description) == time)
    }
}
