import Application
import Domain

/// Holds a call's arguments against the tool's schema, so that a mistake is told in the words of whoever made it: which argument, what it
/// must be, and what was probably meant.
struct ArgumentCheck {
    /// More than any tool has use for; each may cost a look at the database.
    private static let mostElements = 200

    let tool: String
    let schema: JSONValue

    /// The arguments as the tool reads them: without nulls, and with a list of one where a single value was given for a list.
    /// Throws `ProblemReport` with `VALIDATION_FAILED`.
    func normalized(_ arguments: [String: JSONValue]) throws -> JSONValue { try object(.object(arguments), schema, at: "") }

    private func object(_ value: JSONValue, _ schema: JSONValue, at path: String) throws -> JSONValue {
        guard let members = value.object else { throw mistaken(path, value, schema) }
        let properties = schema["properties"]?.object ?? [:]
        // An object without declared properties holds what somebody else declares: a channel's settings.
        guard !properties.isEmpty || path.isEmpty else { return value }
        var checked: [String: JSONValue] = [:]
        for (name, member) in members.sorted(by: { $0.key < $1.key }) where member != .null {
            guard let property = properties[name] else { throw unknown(name, at: path, among: properties.keys.sorted()) }
            checked[name] = try self.value(member, property, at: place(path, name))
        }
        for name in (schema["required"]?.array ?? []).compactMap(\.string) where checked[name] == nil {
            let what = properties[name]?["description"]?.string ?? ""
            throw ProblemReport.invalid(place(path, name), "\(place(path, name)) is missing. \(what)")
        }
        return .object(checked)
    }

    private func value(_ value: JSONValue, _ schema: JSONValue, at path: String) throws -> JSONValue {
        switch schema["type"]?.string {
        case "object": return try object(value, schema, at: path)
        case "array":
            let items = schema["items"] ?? [:]
            // Models often give a single channel where several are possible.
            guard let elements = value.array else { return .array([try self.value(value, items, at: path)]) }
            guard elements.count <= Self.mostElements else {
                throw ProblemReport.invalid(path, "\(path) holds at most \(Self.mostElements) elements. Make several calls.")
            }
            return .array(try elements.enumerated().map { try self.value($1, items, at: "\(path)[\($0)]") })
        case "string":
            guard let text = value.string else { throw mistaken(path, value, schema) }
            let choices = (schema["enum"]?.array ?? []).compactMap(\.string)
            guard choices.isEmpty || choices.contains(text) else {
                throw ProblemReport.invalid(
                    path, "\(path) cannot be \"\(text.prefix(60))\". Use \(Self.either(choices)).\(Self.suggestion(text, choices))")
            }
            return value
        case "integer":
            if value.int != nil { return value }
            if let number = value.string.flatMap({ Int32($0) }) { return .number(Double(number)) }
            throw mistaken(path, value, schema)
        case "number":
            guard value.number != nil else { throw mistaken(path, value, schema) }
            return value
        case "boolean":
            if value.bool != nil { return value }
            if let text = value.string?.lowercased(), ["true", "false"].contains(text) { return .bool(text == "true") }
            throw mistaken(path, value, schema)
        default: return value
        }
    }

    private func mistaken(_ path: String, _ value: JSONValue, _ schema: JSONValue) -> ProblemReport {
        let wanted = Self.word(schema["type"]?.string)
        let meaning = schema["description"]?.string.map { " \(path): \($0)" } ?? ""
        return ProblemReport(
            .validationFailed, "\(path.isEmpty ? "The arguments" : path) must be \(wanted), not \(Self.word(for: value)).\(meaning)",
            details: ["field": .string(path), "expected": .string(wanted)])
    }

    private func unknown(_ name: String, at path: String, among names: [String]) -> ProblemReport {
        let near = Self.nearest(name, among: names)
        let owner = path.isEmpty ? tool : path
        let offer = names.isEmpty ? "\(owner) takes no arguments." : "\(owner) takes \(names.joined(separator: ", "))."
        return ProblemReport(
            .validationFailed,
            "\(place(path, name)) is not an argument of \(tool). \(near.map { "Did you mean \($0)? " } ?? "")\(offer)",
            details: ["field": .string(place(path, name)), "known": .array(names.map { .string($0) })])
    }

    private func place(_ path: String, _ name: String) -> String {
        let name = String(name.prefix(60))
        return path.isEmpty ? name : "\(path).\(name)"
    }

    // MARK: Words

    /// The name that was probably meant: the same letters in another style, a letter or two off, or the beginning or end of it.
    static func nearest(_ name: String, among names: [String]) -> String? {
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

    private static func suggestion(_ text: String, _ choices: [String]) -> String {
        nearest(text, among: choices).map { " Did you mean \($0)?" } ?? ""
    }

    static func either(_ choices: [String]) -> String {
        choices.count < 2 ? choices.joined() : choices.dropLast().joined(separator: ", ") + " or " + choices[choices.count - 1]
    }

    private static func word(_ type: String?) -> String {
        switch type {
        case "string": "a text"
        case "integer": "a whole number"
        case "number": "a number"
        case "boolean": "true or false"
        case "array": "a list"
        default: "an object"
        }
    }

    private static func word(for value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
