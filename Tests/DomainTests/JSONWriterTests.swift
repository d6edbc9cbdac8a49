import Domain
import Foundation
import Testing

@Suite("JSON that is sent")
struct JSONWriterTests {
    /// Reads both forms back with an independent reader: they must say the same.
    private func expectSame(_ value: some Encodable, at location: SourceLocation = #_sourceLocation) throws {
        let sent = try JSONSerialization.jsonObject(with: Data(JSON.bytes(value)), options: .fragmentsAllowed) as? NSObject
        let stored = try JSONSerialization.jsonObject(with: JSON.data(value), options: .fragmentsAllowed) as? NSObject
        #expect(sent != nil, sourceLocation: location)
        #expect(sent == stored, sourceLocation: location)
    }

    private func text(_ value: some Encodable) throws -> String { String(decoding: try JSON.bytes(value), as: UTF8.self) }

    private struct Sample: Encodable {
        struct Empty: Encodable {}
        var name = "grüße 👋🏽 \"quoted\" \\ / \u{7F} \u{2028} tab\t nul\0 bell\u{7} line\r\n"
        var missing: String?
        var flag = true
        var integers = [Int64.min, 0, Int64.max]
        var small: UInt8 = 255
        var large = UInt64.max
        var reals = [0, 1, -2.5, 1e300, .leastNonzeroMagnitude, 0.1]
        var single: Float = 0.1
        var nested: [String: [String: [Int]]] = ["a": [:], "b": ["c": [1, 2], "d": []]]
        var ids = [OrganizationID(at: Timestamp(milliseconds: 1)): Timestamp(milliseconds: 1_795_420_800_007)]
        var numbered = [7: "seven"]
        var empty = Empty()
        var empties = [Empty(), Empty()]
        var address = URL(string: "https://example.com/a?b=c#d")
        var data = Data([0, 255, 1])
        var date = Date(timeIntervalSinceReferenceDate: 12.5)
        var document: JSONValue = ["a": nil, "b": [1, 2.5, "x", false, [], [:]], "c": ["d": [["e": "f"]]]]
    }

    @Test("says the same as what is stored")
    func same() throws {
        try expectSame(Sample())
        try expectSame([Sample(), Sample()])
        try expectSame("text")
        try expectSame(12)
        try expectSame(Int?.none)
        try expectSame([Int?.none, 1])
        try expectSame([String: Int]())
        try expectSame([Int]())
    }

    @Test("keeps the order in which a value names its keys, without blanks")
    func order() throws {
        struct Ordered: Encodable {
            let z = 1, a = [true, false], m = "x/y"
        }
        #expect(try text(Ordered()) == #"{"z":1,"a":[true,false],"m":"x/y"}"#)
    }

    @Test("takes every way in which a value may encode itself")
    func shapes() throws {
        class Base: Encodable {
            private enum Keys: String, CodingKey { case base }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Keys.self)
                try container.encode(1, forKey: .base)
            }
        }
        final class Derived: Base {
            private enum Keys: String, CodingKey { case list, object, inner, null, last }
            override func encode(to encoder: any Encoder) throws {
                try super.encode(to: encoder)
                var container = encoder.container(keyedBy: Keys.self)
                var list = container.nestedUnkeyedContainer(forKey: .list)
                try list.encode("a")
                try list.encodeNil()
                var pair = list.nestedContainer(keyedBy: Keys.self)
                try pair.encode(2, forKey: .inner)
                var deeper = list.nestedUnkeyedContainer()
                try deeper.encode(3)
                #expect(list.count == 4)
                var object = container.nestedContainer(keyedBy: Keys.self, forKey: .object)
                try object.encode(["k": 4], forKey: .inner)
                try container.encodeNil(forKey: .null)
                try super.encode(to: container.superEncoder())
                try container.encode(5, forKey: .last)
            }
        }
        let written = try text(Derived())
        #expect(written == #"{"base":1,"list":["a",null,{"inner":2},[3]],"object":{"inner":{"k":4}},"null":null,"super":{"base":1},"last":5}"#)
        try expectSame(Derived())
    }

    @Test("refuses what JSON cannot hold", arguments: [Double.infinity, -.infinity, .nan])
    func refused(number: Double) {
        #expect(throws: EncodingError.self) { try JSON.bytes([number]) }
    }
}
