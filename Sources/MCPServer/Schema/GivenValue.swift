import Domain
import Foundation

/// Values as clients send them.
extension JSONValue {
    /// Whether the value is as good as none: null or that word, a blank text, an empty list or object, also as JSON text, or a list or
    /// object of nothing else.
    var saysNothing: Bool {
        switch self {
        case .null: true
        case .string(let text):
            text.allSatisfy(\.isWhitespace)
                || text.utf8.count < 40 && ["null", "[]", "{}"].contains(text.trimmingCharacters(in: .whitespacesAndNewlines))
        case .array(let elements): elements.allSatisfy(\.saysNothing)
        case .object(let members): members.values.allSatisfy(\.saysNothing)
        case .bool, .number: false
        }
    }

    /// The list or object that a text holds as JSON, which several clients send where a list or an object is wanted; anything else as it is.
    var unwrapped: JSONValue {
        guard let text = string, let first = text.first(where: { !$0.isWhitespace }), first == "[" || first == "{",
            let held = try? JSON.decode(JSONValue.self, from: text), held.array != nil || held.object != nil
        else { return self }
        return held
    }

    /// A value as the text that a pair holds.
    var pairText: String {
        if let text = string { return text }
        return (try? JSON.text(self)) ?? ""
    }

    /// `{"visibility": "public"}`, alone or in a list, as a list of name and value.
    var pairs: JSONValue {
        let parts = array ?? [self]
        guard parts.allSatisfy({ $0.saysNothing || $0.unwrapped.object != nil }) else { return self }
        return .array(
            parts.flatMap { part -> [JSONValue] in
                guard let members = part.unwrapped.object else { return [] }
                if members["name"] != nil {
                    return [.object(members.mapValues { $0.saysNothing ? $0 : .string($0.pairText) })]
                }
                return members.sorted { $0.key < $1.key }.map { ["name": .string($0.key), "value": .string($0.value.pairText)] }
            })
    }

    /// Whether a schema is that of a name with its value.
    var isPair: Bool { self["properties"]?.object.map { Set($0.keys) == ["name", "value"] } ?? false }

    /// The values a schema allows a text to have, without the one that says nothing.
    var choices: [String] { (self["enum"]?.array ?? []).compactMap(\.string).filter { $0 != FlatSchema.unset } }
}
