import Application
import Domain

/// Words about the shape of JSON, as people say them: for whoever made a mistake.
public enum ShapeWords {
    /// What a JSON Schema's `type` asks for.
    public static func wanted(_ type: String?) -> String {
        switch type {
        case "string": "a text"
        case "integer": "a whole number"
        case "number": "a number"
        case "boolean": "true or false"
        case "array": "a list"
        default: "an object"
        }
    }

    /// What was given, without its content: it may be a secret.
    public static func given(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// `a, b or c`.
    public static func either(_ choices: [String]) -> String {
        choices.count < 2 ? choices.joined() : choices.dropLast().joined(separator: ", ") + " or " + choices[choices.count - 1]
    }

    /// ` Did you mean draft?`, with the blank before it; empty when nothing is near.
    public static func suggestion(_ text: String, among choices: [String]) -> String {
        nearest(text, among: choices).map { " Did you mean \($0)?" } ?? ""
    }

    /// The name that was probably meant: the same letters in another style, a letter or two off, or the beginning or end of it.
    public static func nearest(_ name: String, among names: [String]) -> String? {
        func plain(_ text: String) -> String { text.lowercased().filter { $0 != "_" && $0 != "-" } }
        let wanted = plain(name)
        if let same = names.first(where: { plain($0) == wanted }) { return same }
        if let close = names.map({ (name: $0, distance: NearMisses.distance(plain($0), wanted)) }).min(by: { $0.distance < $1.distance }),
            close.distance <= (close.name.count < 6 ? 1 : 2)
        {
            return close.name
        }
        guard wanted.count >= 3 else { return nil }
        return names.first { candidate in
            let candidate = plain(candidate)
            return candidate.hasPrefix(wanted) || candidate.hasSuffix(wanted) || (candidate.count >= 3 && wanted.hasPrefix(candidate))
        }
    }
}
