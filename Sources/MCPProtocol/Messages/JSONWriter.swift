import Domain

/// Writes messages on one line. Members that are null are left out, because strict clients refuse them; keys are sorted.
enum JSONWriter {
    static func text(_ value: JSONValue) -> String { encoded(value).text }

    static func encoded(_ value: JSONValue) -> EncodedJSON {
        var json = JSONBytes()
        json.write(message: value)
        return EncodedJSON(bytes: json.bytes)
    }

    static func numeral(_ number: Double) -> String {
        guard number.isFinite else { return "null" }
        // Beyond that a whole number may stand for its neighbours, too.
        return number.magnitude < 0x1p53 ? Int64(exactly: number).map { String($0) } ?? number.description : number.description
    }
}

extension JSONBytes {
    mutating func write(message value: JSONValue) {
        switch value {
        case .null: writeNull()
        case .bool(let flag): write(flag)
        case .number(let number): write(EncodedJSON(bytes: Array(JSONWriter.numeral(number).utf8)))
        case .string(let text): write(text)
        case .array(let elements): array(elements) { $0.write(message: $1) }
        case .object(let members):
            object { json in
                for (name, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
                    json.member(name)
                    json.write(message: value)
                }
            }
        }
    }

    mutating func write(_ reply: Reply) {
        object { json in
            for name in reply.names {
                json.member(name)
                if name == Reply.structuredContent, let content = reply.structuredContent {
                    json.write(content)
                } else {
                    json.write(message: reply.members[name] ?? .null)
                }
            }
        }
    }
}
