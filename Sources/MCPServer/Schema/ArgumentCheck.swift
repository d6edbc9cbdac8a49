import Application
import Domain
import Gateway

/// Reads a call's arguments as the tool's schema means them, in the shapes in which clients send them, and tells a mistake in the words of
/// whoever made it: which argument, what it must be, and what was probably meant.
///
/// What says nothing counts as left out, at any depth: null, the word, a blank text, an empty list or object, `unset` for a choice. Frameworks
/// that show every argument as required make their model send something for each.
struct ArgumentCheck {
    /// More than any tool has use for; each may cost a look at the database.
    private static let mostElements = 200

    let tool: String
    let schema: JSONValue
    /// Names that are understood but not listed, by their path: `from` for `since`.
    var aliases: [String: String] = [:]
    /// Arguments that are understood but not listed, by their path.
    var unlisted: Set<String> = []

    /// An argument's place: as it is shown (`parts[0].text`), and without indices (`parts.text`).
    private struct Place {
        var shown = ""
        var path = ""

        func member(_ name: String, shownAs given: String? = nil) -> Place {
            let given = String((given ?? name).prefix(60))
            return Place(shown: shown.isEmpty ? given : "\(shown).\(given)", path: path.isEmpty ? name : "\(path).\(name)")
        }

        func element(_ index: Int) -> Place { Place(shown: "\(shown)[\(index)]", path: path) }
    }

    /// The arguments as the tool reads them: by their listed names, in the listed shapes, without what says nothing. Throws `ProblemReport`
    /// with `VALIDATION_FAILED`.
    func normalized(_ arguments: [String: JSONValue]) throws -> JSONValue { try object(.object(arguments), schema, at: Place()) }

    private func object(_ value: JSONValue, _ schema: JSONValue, at place: Place) throws -> JSONValue {
        let value = value.unwrapped
        guard let members = value.object else { throw mistaken(place, value, schema) }
        let properties = schema["properties"]?.object ?? [:]
        var checked: [String: JSONValue] = [:]
        for (given, member) in members.sorted(by: { $0.key < $1.key }) where !member.saysNothing {
            guard let name = listed(given, among: properties, at: place), let property = properties[name] else {
                throw unknown(given, at: place, among: properties.keys.filter { !unlisted.contains(place.member($0).path) }.sorted())
            }
            // The listed name wins over another for the same.
            if name != given, members[name]?.saysNothing == false { continue }
            checked[name] = try self.value(member, property, at: place.member(name, shownAs: given))
        }
        for name in (schema["required"]?.array ?? []).compactMap(\.string) where checked[name] == nil {
            let what = properties[name]?["description"]?.string ?? ""
            let shown = place.member(name).shown
            throw ProblemReport.invalid(shown, "\(shown) is missing. \(what)")
        }
        return .object(checked)
    }

    /// Nil for what says nothing.
    private func value(_ value: JSONValue, _ schema: JSONValue, at place: Place) throws -> JSONValue? {
        if value.saysNothing { return nil }
        switch schema["type"]?.string {
        case "object":
            let value = value.unwrapped
            if value.saysNothing { return nil }
            return try object(value, schema, at: place)
        case "array": return try list(value, schema, at: place)
        default:
            // A list of one where a single value is wanted.
            if let elements = value.array, elements.count == 1 { return try self.value(elements[0], schema, at: place) }
            return try single(value, schema, at: place)
        }
    }

    private func list(_ value: JSONValue, _ schema: JSONValue, at place: Place) throws -> JSONValue? {
        let items = schema["items"] ?? [:]
        var value = value.unwrapped
        if items.isPair { value = value.pairs }
        if value.saysNothing { return nil }
        guard let elements = value.array else {
            // Models often give a single channel where several are possible.
            guard (value.object != nil) == (items["type"] == "object") else { throw mistaken(place, value, schema) }
            return try self.value(value, items, at: place).map { .array([$0]) }
        }
        guard elements.count <= Self.mostElements else {
            throw ProblemReport.invalid(place.shown, "\(place.shown) holds at most \(Self.mostElements) elements. Make several calls.")
        }
        let read = try elements.enumerated().compactMap { try self.value($1, items, at: place.element($0)) }
        return read.isEmpty ? nil : .array(read)
    }

    private func single(_ value: JSONValue, _ schema: JSONValue, at place: Place) throws -> JSONValue? {
        switch schema["type"]?.string {
        case "string":
            guard let text = value.string else { throw mistaken(place, value, schema) }
            let choices = schema.choices
            if choices.isEmpty || choices.contains(text) { return value }
            if text == FlatSchema.unset { return nil }
            if let same = choices.first(where: { $0.lowercased() == text.lowercased() }) { return .string(same) }
            throw ProblemReport.invalid(
                place.shown,
                "\(place.shown) cannot be \"\(text.prefix(60))\". Use \(ShapeWords.either(choices)).\(ShapeWords.suggestion(text, among: choices))")
        case "integer":
            if value.int != nil { return value }
            if let number = value.string.flatMap({ Int32($0) }) { return .number(Double(number)) }
            throw mistaken(place, value, schema)
        case "number":
            guard value.number != nil else { throw mistaken(place, value, schema) }
            return value
        case "boolean":
            if value.bool != nil { return value }
            if let text = value.string?.lowercased(), ["true", "false"].contains(text) { return .bool(text == "true") }
            throw mistaken(place, value, schema)
        default: return value
        }
    }

    /// The listed name that is meant: the same, an alias, or the same with the `_` that keeps it apart from a word of the language.
    private func listed(_ given: String, among properties: [String: JSONValue], at place: Place) -> String? {
        [given, given.hasSuffix("_") ? String(given.dropLast()) : given].lazy.compactMap { name in
            properties[name] != nil ? name : aliases[place.member(name).path]
        }.first
    }

    // MARK: Refusals

    private func mistaken(_ place: Place, _ value: JSONValue, _ schema: JSONValue) -> ProblemReport {
        let wanted = ShapeWords.wanted(schema["type"]?.string)
        let meaning = schema["description"]?.string.map { " \(place.shown): \($0)" } ?? ""
        return ProblemReport(
            .validationFailed,
            "\(place.shown.isEmpty ? "The arguments" : place.shown) must be \(wanted), not \(ShapeWords.given(value)).\(meaning)",
            details: ["field": .string(place.shown), "expected": .string(wanted)])
    }

    private func unknown(_ name: String, at place: Place, among names: [String]) -> ProblemReport {
        let near = ShapeWords.nearest(name, among: names)
        let owner = place.shown.isEmpty ? tool : place.shown
        let offer = names.isEmpty ? "\(owner) takes no arguments." : "\(owner) takes \(names.joined(separator: ", "))."
        let shown = place.member(name).shown
        return ProblemReport(
            .validationFailed, "\(shown) is not an argument of \(tool). \(near.map { "Did you mean \($0)? " } ?? "")\(offer)",
            details: ["field": .string(shown), "known": .array(names.map { .string($0) })])
    }
}
