import Domain

/// A value of a tool's result that writes itself by hand, because it is sent in great numbers. What it writes is what `JSON.snakeCased` writes
/// of it: a test compares them.
protocol ModelWritable: Encodable {
    func write(to json: inout JSONBytes) throws
}

extension EncodedJSON {
    /// A result as a model reads it. Throws `EncodingError` for what JSON cannot hold.
    init(forModel value: some Encodable) throws {
        guard let value = value as? any ModelWritable else {
            self.init(bytes: try JSON.snakeCased(value))
            return
        }
        var json = JSONBytes(capacity: ResultSize.limit)
        try value.write(to: &json)
        self.init(bytes: json.bytes)
    }

    /// The same with what else there is to say.
    func warning(of more: [String]) throws -> EncodedJSON {
        guard !more.isEmpty, case .object(var members) = try value else { return self }
        members["warnings"] = .array((members["warnings"]?.array ?? []) + more.map { .string($0) })
        return try EncodedJSON(forModel: JSONValue.object(members))
    }
}

/// Keeps results within what a model can take in.
enum ResultSize {
    /// Characters of JSON.
    static let limit = 10_000

    /// What is too long is cut: first long texts, then long lists, and `message` says so.
    static func fit(_ result: EncodedJSON) throws -> EncodedJSON {
        if fits(result) { return result }
        let value = try result.value
        for step in [(4000, 1000), (1500, 200), (600, 100), (280, 50), (140, 20), (80, 8), (40, 2)] {
            let cut = try EncodedJSON(forModel: noted(cut(value, texts: step.0, lists: step.1)))
            if fits(cut) { return cut }
        }
        throw ProblemReport(.tooLarge, "The answer is too long. Ask for less: a smaller limit, a shorter span of time, or one post alone.")
    }

    /// Code points: they are never more than bytes, and need no text to be counted.
    static func fits(_ result: EncodedJSON) -> Bool {
        result.bytes.count <= limit || result.bytes.count { $0 & 0b1100_0000 != 0b1000_0000 } <= limit
    }

    private static func cut(_ value: JSONValue, texts: Int, lists: Int) -> JSONValue {
        switch value {
        // Addresses, ids and cursors are of no use in part.
        case .string(let text) where text.count > texts && (text.count > 300 || text.contains(where: \.isWhitespace)):
            .string("\(text.prefix(texts))… (\(text.count - texts) more characters)")
        case .array(let items): .array(items.prefix(lists).map { cut($0, texts: texts, lists: lists) })
        case .object(let object): .object(object.mapValues { cut($0, texts: texts, lists: lists) })
        default: value
        }
    }

    private static func noted(_ value: JSONValue) -> JSONValue {
        guard case .object(var object) = value else { return value }
        object["message"] = .string((object["message"]?.string ?? "") + " Long texts and lists were cut to fit; ask for less to see them whole.")
        return .object(object)
    }
}
