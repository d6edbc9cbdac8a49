import Domain

/// The shape of a request's body: what its document says, and what a body is held against before a type decodes itself from it. So the two
/// cannot differ, and mistakes are told in the words of whoever made them.
///
/// Unlike answers, requests are closed: a property that nobody reads is a mistake, such as `scheduled_for` in a post that was meant to go out.
struct RequestSchema: Sendable {
    let root: JSONValue
    /// The objects that `root` refers to, by name.
    let components: [String: JSONValue]

    /// Throws `SchemaError` when `type` does not tell its shape.
    init<Value: Decodable>(of type: Value.Type) throws {
        let catalogue = SchemaCatalogue()
        root = Self.closed(try catalogue.schema(of: type))
        components = catalogue.components.mapValues(Self.closed)
    }

    private static func closed(_ schema: JSONValue) -> JSONValue {
        guard case .object(var schema) = schema else { return schema }
        for key in ["items", "additionalProperties"] { schema[key] = schema[key].map(closed) }
        if let kinds = schema["anyOf"]?.array { schema["anyOf"] = .array(kinds.map(closed)) }
        if let properties = schema["properties"]?.object {
            schema["properties"] = .object(properties.mapValues(closed))
            schema["additionalProperties"] = false
        }
        let isText = schema["type"]?.string == "string" || schema["type"]?[0] == "string"
        if isText, ["enum", "format", "pattern"].allSatisfy({ schema[$0] == nil }) { schema["pattern"] = Rule.plain }
        return .object(schema)
    }

    /// `body` as it can be decoded: choices in the case in which they are listed. Throws `VALIDATION_FAILED` with the place of the first
    /// mistake, what is wanted there and what was given.
    func normalized(_ body: JSONValue) throws -> JSONValue { try value(body, root, at: "") }

    private func value(_ value: JSONValue, _ schema: JSONValue, at place: String) throws -> JSONValue {
        if let name = schema["$ref"]?.string?.split(separator: "/").last {
            return try self.value(value, components[String(name)] ?? [:], at: place)
        }
        // A kind beside `null`. What else an object has of alternatives is Application's to decide.
        if schema["type"] == nil, let wanted = schema["anyOf"]?[0] { return value == .null ? value : try self.value(value, wanted, at: place) }
        guard let type = schema["type"]?.string ?? schema["type"]?[0]?.string else { return value }
        if value == .null, schema["type"]?.array?.contains("null") ?? false { return value }
        switch (type, value) {
        case ("object", .object(let members)): return try object(members, schema, at: place)
        case ("array", .array(let elements)):
            try Limits(schema, place).check(elements.count, "elements", ["minItems", "maxItems"])
            let items = schema["items"] ?? [:]
            return .array(try elements.enumerated().map { try self.value($1, items, at: "\(place)[\($0)]") })
        case ("string", .string(let text)):
            try Limits(schema, place).check(text.unicodeScalars.count, "characters", ["minLength", "maxLength"])
            return .string(try choice(text, schema, at: place))
        case ("integer", .number(let number)) where value.int != nil, ("number", .number(let number)):
            try Limits(schema, place).check(number)
            return value
        case ("boolean", .bool): return value
        default: throw mistaken(value, type, at: place)
        }
    }

    private func object(_ members: [String: JSONValue], _ schema: JSONValue, at place: String) throws -> JSONValue {
        let properties = schema["properties"]?.object ?? [:]
        // Of a dictionary; nil where no other names are possible.
        let others: JSONValue? = schema["additionalProperties"] == false ? .none : schema["additionalProperties"] ?? [:]
        var checked: [String: JSONValue] = [:]
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            guard let property = properties[name] ?? others else {
                throw unknown(name, properties.keys.sorted(), at: place)
            }
            checked[name] = try value(member, property, at: Self.member(name, of: place))
        }
        for name in (schema["required"]?.array ?? []).compactMap(\.string) where members[name] == nil {
            let (shown, property) = (Self.member(name, of: place), properties[name] ?? [:])
            throw ProblemReport.invalid(shown, "\(shown) is missing: give \(wanted(property)).")
        }
        return .object(checked)
    }

    /// The listed choice that is meant, whatever its case; `text` itself where anything is possible.
    private func choice(_ text: String, _ schema: JSONValue, at place: String) throws -> String {
        let choices = (schema["enum"]?.array ?? []).compactMap(\.string)
        if choices.isEmpty || choices.contains(text) { return text }
        if let same = choices.first(where: { $0.lowercased() == text.lowercased() }) { return same }
        let given = String(text.prefix(60))
        throw ProblemReport(
            .validationFailed,
            "\(place) cannot be \"\(given)\". Use \(ShapeWords.either(choices)).\(ShapeWords.suggestion(given, among: choices))",
            details: ["field": .string(place), "expected": .array(choices.map { .string($0) }), "given": .string(given)])
    }

    // MARK: - Refusals

    private func mistaken(_ value: JSONValue, _ type: String, at place: String) -> ProblemReport {
        let wanted = ShapeWords.wanted(type)
        let given = type == "integer" ? value.number.map { "\($0)" } ?? ShapeWords.given(value) : ShapeWords.given(value)
        var details: [String: JSONValue] = ["expected": .string(wanted), "given": .string(given)]
        if !place.isEmpty { details["field"] = .string(place) }
        return ProblemReport(
            .validationFailed, "\(place.isEmpty ? "The body" : place) must be \(wanted), not \(given).", details: details)
    }

    private func unknown(_ name: String, _ known: [String], at place: String) -> ProblemReport {
        let given = String(name.prefix(60))
        let shown = Self.member(given, of: place)
        let owner = place.isEmpty ? "This call" : place
        return ProblemReport(
            .validationFailed,
            "\(shown) is not known, so nothing was done.\(ShapeWords.suggestion(given, among: known)) \(owner) takes \(known.joined(separator: ", ")).",
            details: ["field": .string(shown), "known": .array(known.map { .string($0) })])
    }

    /// What a property asks for, in words.
    private func wanted(_ schema: JSONValue) -> String {
        let choices = (schema["enum"]?.array ?? []).compactMap(\.string)
        return choices.isEmpty ? ShapeWords.wanted(schema["type"]?.string) : ShapeWords.either(choices)
    }

    /// `parts[0].text`.
    private static func member(_ name: String, of place: String) -> String {
        let name = String(name.prefix(60))
        return place.isEmpty ? name : "\(place).\(name)"
    }
}

/// The numbers between which a schema wants a value, its length or its count.
private struct Limits {
    let schema: JSONValue
    let place: String

    init(_ schema: JSONValue, _ place: String) {
        self.schema = schema
        self.place = place
    }

    func check(_ number: Double) throws {
        let (low, high) = (schema["minimum"]?.number, schema["maximum"]?.number)
        guard low.map({ number < $0 }) ?? false || high.map({ number > $0 }) ?? false else { return }
        throw ProblemReport.invalid(place, "\(place) must be \(Self.range(low, high)).")
    }

    func check(_ count: Int, _ unit: String, _ keys: [String]) throws {
        let (low, high) = (schema[keys[0]]?.number, schema[keys[1]]?.number)
        guard low.map({ Double(count) < $0 }) ?? false || high.map({ Double(count) > $0 }) ?? false else { return }
        throw ProblemReport.invalid(place, "\(place) has \(count) \(unit); it must have \(Self.range(low, high)).")
    }

    private static func range(_ low: Double?, _ high: Double?) -> String {
        let (low, high) = (low.map { Int($0) }, high.map { Int($0) })
        return switch (low, high) {
        case (let low?, let high?): "\(low) to \(high)"
        case (let low?, nil): "at least \(low)"
        default: "at most \(high ?? 0)"
        }
    }
}
