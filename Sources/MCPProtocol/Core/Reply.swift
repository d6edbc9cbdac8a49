import Domain

/// The result of a request: an object. What a tool answered with, the longest part of any result, is written already.
struct Reply: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    static let structuredContent = "structuredContent"

    var members: [String: JSONValue]
    var structuredContent: EncodedJSON?

    init(_ members: JSONValue, structuredContent: EncodedJSON? = nil) {
        self.members = members.object ?? [:]
        self.structuredContent = structuredContent
    }

    init(dictionaryLiteral members: (String, JSONValue)...) {
        self.members = Dictionary(members) { _, last in last }
    }

    /// Of the members that are written, sorted.
    var names: [String] {
        let names = members.filter { $0.value != .null }.keys + (structuredContent == nil ? [] : [Self.structuredContent])
        return names.sorted()
    }

    func merging(_ other: Reply) -> Reply {
        var merged = self
        merged.members.merge(other.members) { $1 }
        return merged
    }
}
