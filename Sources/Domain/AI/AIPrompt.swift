/// The words with which a language model is asked, with places such as `{text}` for what differs.
public struct AIPrompt: Sendable, Equatable, ExpressibleByStringLiteral {
    public static let longest = 4_000

    /// What can stand between braces.
    public enum Place: String, Sendable, CaseIterable {
        case text, limit, platform, language
    }

    public let words: String

    public init(_ words: String) { self.words = words }
    public init(stringLiteral words: String) { self.words = words }

    public func has(_ place: Place) -> Bool { words.contains("{\(place.rawValue)}") }

    /// The prompt with its places filled. What fills them is not looked at again: a text may hold `{limit}`. Other braces stay.
    public func filled(_ values: [Place: String]) -> String {
        var (result, rest) = ("", words[...])
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            let place = Place.allCases.first { rest.hasPrefix("{\($0.rawValue)}") }
            guard let place, let value = values[place] else {
                result.append(rest.removeFirst())
                continue
            }
            result += value
            rest = rest.dropFirst(place.rawValue.count + 2)
        }
        return result + rest
    }

    /// The same, with the text below where the prompt names no place for it: nobody wants to be answered about nothing.
    public func filled(_ values: [Place: String], about text: String) -> String {
        let values = values.merging([.text: text]) { $1 }
        return has(.text) || text.isEmpty ? filled(values) : "\(filled(values))\n\n\(text)"
    }
}
