import Domain
import Foundation

extension ProblemReport {
    /// Broken JSON is `INVALID_JSON`; JSON of another shape is `VALIDATION_FAILED` with the place and what was expected there.
    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self = .at(context.codingPath + [key], "is missing")
        case .valueNotFound(let type, let context):
            self = .at(context.codingPath, "is null; it must be \(Self.word(for: type))")
        case .typeMismatch(let type, let context):
            self = .at(context.codingPath, "must be \(Self.word(for: type))", expected: Self.word(for: type))
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            self.init(.invalidJSON, "The body is not valid JSON. Send a JSON object, encoded in UTF-8.")
        case .dataCorrupted(let context):
            self = .at(context.codingPath, "is not acceptable: \(context.debugDescription)")
        @unknown default:
            self.init(.invalidJSON, "The body cannot be read as JSON.")
        }
    }

    private static func at(_ path: [any CodingKey], _ what: String, expected: String? = nil) -> ProblemReport {
        let place = Self.place(path)
        var details: [String: JSONValue] = place.isEmpty ? [:] : ["field": .string(place)]
        if let expected { details["expected"] = .string(expected) }
        return ProblemReport(.validationFailed, "\(place.isEmpty ? "The body" : place) \(what).", details: details)
    }

    /// `parts[0].text`.
    private static func place(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { place, key in
            if let index = key.intValue {
                place += "[\(index)]"
            } else {
                place += place.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }

    private static func word(for type: Any.Type) -> String {
        switch "\(type)" {
        case "String": "a text"
        case "Bool": "true or false"
        case "Int", "Int64": "a whole number"
        case "Double": "a number"
        case let name where name.hasPrefix("Array") || name.hasPrefix("Set"): "a list"
        default: "an object"
        }
    }
}
