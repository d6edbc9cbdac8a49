import Domain

/// A result as the JSON that a model reads.
struct ResultText: Sendable {
    let bytes: [UInt8]

    /// Throws `EncodingError` for what JSON cannot hold.
    init(_ value: some Encodable) throws { bytes = try JSON.snakeCased(value) }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    /// Throws nothing for what was encoded here.
    var value: JSONValue { get throws { try JSONValue(reading: bytes) } }

    /// The same with what else there is to say.
    func warning(of more: [String]) throws -> ResultText {
        guard !more.isEmpty, case .object(var members) = try value else { return self }
        members["warnings"] = .array((members["warnings"]?.array ?? []) + more.map { .string($0) })
        return try ResultText(JSONValue.object(members))
    }
}

/// Keeps results within what a model can take in.
enum ResultSize {
    /// Characters of JSON.
    static let limit = 10_000

    /// The value and its text. What is too long is cut: first long texts, then long lists, and `message` says so.
    static func fit(_ result: ResultText) throws -> (value: JSONValue, text: String) {
        let (value, text) = (try result.value, result.text)
        if fits(text) { return (value, text) }
        for step in [(4000, 1000), (1500, 200), (600, 100), (280, 50), (140, 20), (80, 8), (40, 2)] {
            let cut = noted(cut(value, texts: step.0, lists: step.1))
            let text = try ResultText(cut).text
            if fits(text) { return (cut, text) }
        }
        throw ProblemReport(.tooLarge, "The answer is too long. Ask for less: a smaller limit, a shorter span of time, or one post alone.")
    }

    /// Characters take time to count, and are never more than bytes.
    static func fits(_ text: String) -> Bool { text.utf8.count <= limit || text.count <= limit }

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
