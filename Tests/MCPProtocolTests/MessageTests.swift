import Domain
import Foundation
import Testing

@testable import MCPProtocol

@Suite struct JSONReaderTests {
    @Test(arguments: [
        (#"{"a":[1,-2.5,1e3,true,null,"x"]}"#, #"{"a":[1,-2.5,1000,true,null,"x"]}"#), (" [ ] ", "[]"), (#""A😀\n""#, "\"A😀\\n\""),
        (#""\ud800""#, "\"\u{FFFD}\""), (#""\udc00x""#, "\"\u{FFFD}x\""), (#""\ud800A""#, "\"\u{FFFD}A\""), (#""\u0000""#, #""\u0000""#),
        (#""\ud83d\ude00\/""#, "\"😀/\""), ("9007199254740991", "9007199254740991"), (#"{"b":1,"a":2,"a":3}"#, #"{"a":3,"b":1}"#), ("-0", "0"),
        ("-9223372036854775808", "-9.223372036854776e+18"), ("1e300", "1e+300"),
    ])
    func readsWhatIsJSON(_ text: String, _ written: String) throws {
        #expect(JSONWriter.text(try JSONReader.read(text.utf8)) == written)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "nul", "truex", "01", "1.", ".5", "+1", "1e", "--1", "NaN", "Infinity",
        "1e999",
        "\"", "\"\\", "\"\\u12\"", "\"\\x\"", "\"\n\"", "[1] 2", "'a'", "\u{FEFF}{}", "{\"a\":1,}", "\"\\ud800\\u12\"", "]", "1 1",
    ])
    func refusesWhatIsNot(_ text: String) {
        #expect(throws: JSONReader.Failure.self) { try JSONReader.read(text.utf8) }
    }

    @Test func refusesBytesThatAreNotUTF8() {
        #expect(throws: JSONReader.Failure.notJSON(at: 1)) { try JSONReader.read([0x22, 0xFF, 0x22]) }
    }

    @Test func refusesDepth() throws {
        let deep = { (levels: Int) in String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
        _ = try JSONReader.read(deep(JSONReader.maximumDepth).utf8)
        #expect(throws: JSONReader.Failure.tooDeep) { try JSONReader.read(deep(JSONReader.maximumDepth + 1).utf8) }
        #expect(throws: JSONReader.Failure.tooDeep) { try JSONReader.read(String(repeating: "{\"a\":", count: 100_000).utf8) }
    }

    /// Whatever arrives, it is either read or refused; what is read agrees with Foundation.
    @Test func survivesMutations() throws {
        let seed = Array(#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"é😀","n":[-1.5e2,true,null,"\ud83d\ude00"]}}"#.utf8)
        var generator = Repeatable(state: 7)
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: place)
                }
            }
            guard let value = try? JSONReader.read(bytes) else { continue }
            // Foundation refuses lone surrogates, which are ours to mend.
            if let expected = try? JSON.decode(JSONValue.self, from: Data(bytes)) { #expect(value == expected) }
            #expect(try JSONReader.read(JSONWriter.text(value).utf8) == value.withoutNullMembers)
        }
    }

    private struct Repeatable: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }
}

extension JSONValue {
    fileprivate var withoutNullMembers: JSONValue {
        switch self {
        case .object(let members): .object(members.filter { $0.value != .null }.mapValues(\.withoutNullMembers))
        case .array(let elements): .array(elements.map(\.withoutNullMembers))
        default: self
        }
    }
}

@Suite struct MessageTests {
    private func read(_ text: String) throws -> Message {
        guard case .one(let message) = try Message.read(text.utf8) else { throw CancellationError() }
        return message
    }

    @Test(arguments: ["0", "-3", "9007199254740991", #""""#, #""1""#, #""é""#]) func idsKeepTypeAndValue(_ id: String) throws {
        guard case .request(let request) = try read(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#) else {
            Issue.record("not a request")
            return
        }
        #expect(Message.text([:], to: request.id) == #"{"id":\#(id),"jsonrpc":"2.0","result":{}}"#)
    }

    @Test(arguments: [
        #"1"#, #"{}"#, #"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, #"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
        #"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, #"{"jsonrpc":"2.0","id":9007199254740992,"method":"ping"}"#,
        #"{"jsonrpc":"2.0","id":-9223372036854775808,"method":"ping"}"#,
        #"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, #"{"jsonrpc":"2.0","id":1,"method":7}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":[]}"#,
        #"{"jsonrpc":"2.0","id":1}"#, #"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, #"{"jsonrpc":"2.0","id":1,"error":"x"}"#,
        #"{"jsonrpc":"2.0","result":{}}"#,
    ])
    func refusesWhatIsNoMessage(_ text: String) throws {
        let error = #expect(throws: Message.Malformed.self) { try read(text) }
        #expect(error?.error.code == .invalidRequest)
    }

    @Test func answersWhatIsNotJSONWithoutAnId() {
        let error = #expect(throws: Message.Malformed.self) { try read("{") }
        #expect(error?.text == #"{"error":{"code":-32700,"message":"This is not JSON (at byte 1)."},"id":null,"jsonrpc":"2.0"}"#)
    }

    @Test func unknownMembersAndNullParamsAreFine() throws {
        #expect(
            try read(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null,"extra":[]}"#)
                == .request(.init(id: .number(1), method: "ping", params: [:])))
        #expect(try read(#"{"jsonrpc":"2.0","method":"n"}"#) == .notification(method: "n", params: [:]))
        #expect(
            try read(#"{"jsonrpc":"2.0","id":"a","error":{"code":-1,"message":"no"}}"#)
                == .response(id: .string("a"), .failure(RefusedByClient(message: "no"))))
    }

    @Test func anEmptyBatchIsRefused() {
        #expect(throws: Message.Malformed.self) { try Message.read("[]".utf8) }
    }

    @Test func writesNoNulls() {
        #expect(Message.notification("n", ["a": nil, "b": ["c": nil]]) == #"{"jsonrpc":"2.0","method":"n","params":{"b":{}}}"#)
        #expect(Message.notification("n") == #"{"jsonrpc":"2.0","method":"n"}"#)
    }
}

@Suite struct ResultEncodingTests {
    private let tool = Tool(
        name: "t", title: "T", description: "d", inputSchema: ["type": "object"], outputSchema: ["type": "object"],
        annotations: .init(readOnlyHint: true))

    private func members(_ json: JSONValue) -> Set<String> { Set((json.object ?? [:]).filter { $0.value != .null }.keys) }

    @Test func toolsHaveWhatTheRevisionKnows() {
        let known = Revision.allCases.map { members(ResultEncoding(revision: $0).json(tool)) }
        let old: Set = ["name", "description", "inputSchema"]
        let new = old.union(["annotations", "title", "outputSchema"])
        #expect(known == [old, old.union(["annotations"]), new, new, new])
    }

    @Test func contentThatARevisionCannotCarryIsSaidInText() {
        let types = Revision.allCases.map { revision in
            TestContext.everything.map { ResultEncoding(revision: revision).json($0)["type"]?.string ?? "" }
        }
        let newest = ["text", "image", "audio", "resource", "resource_link"]
        #expect(types[0] == ["text", "image", "text", "resource", "text"])
        #expect(types[1] == ["text", "image", "audio", "resource", "text"])
        #expect(types[2...].allSatisfy { $0 == newest })
    }

    @Test func structuredContentComesWithTheRevisionThatBroughtIt() {
        let result = ToolResult(content: [], structuredContent: ["a": 1])
        let have = Revision.allCases.filter { ResultEncoding(revision: $0).reply(result).names.contains("structuredContent") }
        #expect(have == [.june2025, .november2025, .july2026])
    }

    @Test func theServerSaysMoreOfItselfToNewerClients() {
        let server = TestContext().server
        #expect(members(ResultEncoding(revision: .march2025).json(server)) == ["name", "version"])
        #expect(members(ResultEncoding(revision: .june2025).json(server)) == ["name", "version", "title"])
        #expect(members(ResultEncoding(revision: .november2025).json(server)) == ["name", "version", "title", "websiteUrl"])
    }
}
