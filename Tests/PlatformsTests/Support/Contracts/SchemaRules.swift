import Domain
import Foundation

/// Something that a contract has against a call.
struct ContractFault: Equatable {
    /// Where: `text`, `media.media_ids[]`.
    let place: String
    let words: String
}

/// Holds values against JSON schemas as OpenAPI and Google's discovery documents write them. Names that a schema does not tell are faults,
/// and of alternatives (`oneOf`, `anyOf`) the one that fits best counts.
struct SchemaRules: Sendable {
    typealias Flat = [String: JSONValue]

    /// What references lead into: a path in it (`#/components/schemas/Pin`), or a name of its `schemas` (`Video`).
    let document: JSONValue

    func faults(of value: JSONValue, _ schema: JSONValue, at place: String) -> [ContractFault] {
        fewest(alternatives(schema).map { faults(of: value, flat: $0, at: place) })
    }

    /// Of what stands in a form or a query, where everything is text: it may be meant as a number, a list, a document.
    func faults(of values: [CallContents.Field], _ schema: JSONValue, at place: String) -> [ContractFault] {
        let flats = alternatives(schema)
        let texts = values.compactMap { if case .text(let text) = $0 { text } else { nil } }
        guard texts.count == values.count else {
            let takesFiles = flats.contains { flat in
                let item = flat["items"].map(alternatives)?.first ?? flat
                return item["contentEncoding"] != nil || ["binary", "byte"].contains(item["format"]?.string)
            }
            return takesFiles ? [] : [ContractFault(place: place, words: "is a file")]
        }
        return fewest(readings(of: texts).map { value in fewest(flats.map { faults(of: value, flat: $0, at: place) }) })
    }

    /// Of a form: each field by its name, or by its name without an index.
    func faults(ofForm fields: [(name: String, value: CallContents.Field)], _ schema: JSONValue, at place: String) -> [ContractFault] {
        fewest(
            alternatives(schema).map { flat in
                let known = flat["properties"]?.object ?? [:]
                let given = Self.grouped(fields, known: Set(known.keys))
                return missing(Set(given.keys), flat, place)
                    + given.flatMap { name, values in
                        known[name].map { faults(of: values, $0, at: place + name) }
                            ?? (Self.isClosed(flat) ? [ContractFault(place: place + name, words: "is unknown")] : [])
                    }
            })
    }

    /// `media_ids[]` and `attached_media[0]` are items of a list, unless the contract tells such a name itself.
    static func grouped(
        _ fields: [(name: String, value: CallContents.Field)], known: Set<String>
    ) -> [String: [CallContents.Field]] {
        let named = fields.map { field in
            let isItem = !known.contains(field.name) && field.name.wholeMatch(of: /.+\[\d*\]/) != nil
            return (isItem ? String(field.name.prefix { $0 != "[" }) : field.name, field.value)
        }
        return Dictionary(grouping: named, by: \.0).mapValues { $0.map(\.1) }
    }

    // MARK: Schemas

    /// A schema without references and combinations: one for every way in which a value may fit.
    private func alternatives(_ schema: JSONValue) -> [Flat] {
        guard var base = schema.object else { return [[:]] }
        let reference = base.removeValue(forKey: "$ref")?.string
        let all = base.removeValue(forKey: "allOf")?.array ?? []
        let either = ["oneOf", "anyOf"].compactMap { base.removeValue(forKey: $0)?.array }
        var result = [base]
        for part in [reference.map(resolve)].compactMap({ $0 }) + all { result = Self.product(result, alternatives(part)) }
        for ways in either { result = Self.product(result, ways.flatMap(alternatives)) }
        return result
    }

    func resolve(_ reference: String) -> JSONValue {
        // A type that nothing is of: a reference into nowhere lets nothing pass.
        let nowhere: JSONValue = ["type": .string("\(reference), which is not told")]
        guard reference.hasPrefix("#/") else { return document["schemas"]?[reference] ?? nowhere }
        return reference.dropFirst(2).split(separator: "/").reduce(document) { place, name in
            place[String(name).replacing("~1", with: "/").replacing("~0", with: "~")] ?? nowhere
        }
    }

    private static func product(_ some: [Flat], _ others: [Flat]) -> [Flat] {
        some.flatMap { one in
            others.map { other in
                one.merging(other) { mine, theirs in
                    if let mine = mine.object, let theirs = theirs.object { return .object(mine.merging(theirs) { mine, _ in mine }) }
                    if let mine = mine.array, let theirs = theirs.array { return .array(mine + theirs) }
                    return mine
                }
            }
        }
    }

    private static func isClosed(_ schema: Flat) -> Bool {
        switch schema["additionalProperties"] {
        case .some(.bool(let isOpen)): !isOpen
        case .some: false
        case nil: !(schema["properties"]?.object ?? [:]).isEmpty
        }
    }

    private func missing(_ given: Set<String>, _ schema: Flat, _ place: String) -> [ContractFault] {
        (schema["required"]?.array ?? []).compactMap(\.string)
            // What only the platform writes need not be sent.
            .filter { !given.contains($0) && schema["properties"]?[$0]?["readOnly"]?.bool != true }
            .map { ContractFault(place: place + $0, words: "is missing") }
    }

    // MARK: Values

    private func faults(of value: JSONValue, flat schema: Flat, at place: String) -> [ContractFault] {
        func fault(_ words: String) -> [ContractFault] { [ContractFault(place: place, words: words)] }
        let types = schema["type"]?.array?.compactMap(\.string) ?? schema["type"]?.string.map { [$0] } ?? []
        if value == .null { return types.isEmpty || types.contains("null") || schema["nullable"]?.bool == true ? [] : fault("is null") }
        let type = Self.type(of: value)
        let fits = types.isEmpty || types.contains(type) || types.contains("any") || type == "integer" && types.contains("number")
        // Google takes integers of 64 bits both ways.
        guard fits || type == "integer" && ["int64", "uint64"].contains(schema["format"]?.string) else {
            return fault("is \(type) instead of \(types.joined(separator: " or "))")
        }
        if let only = schema["const"], only != value { return fault("is not \(only)") }
        if let some = schema["enum"]?.array, !some.contains(value) { return fault("is none of the values told: \(value)") }
        if schema["readOnly"]?.bool == true { return fault("is only for reading") }
        switch value {
        case .string(let text): return Self.textFaults(text, schema).flatMap(fault)
        case .number(let number):
            let least = schema["minimum"]?.number ?? -.infinity
            let isAbove = schema["exclusiveMinimum"]?.number.map { number > $0 } ?? true
            return number >= least && isAbove && number <= schema["maximum"]?.number ?? .infinity ? [] : fault("is out of bounds: \(number)")
        case .array(let items):
            var faults = [ContractFault]()
            if items.count < schema["minItems"]?.int ?? 0 { faults += fault("has only \(items.count) items") }
            if items.count > schema["maxItems"]?.int ?? .max { faults += fault("has \(items.count) items") }
            if schema["uniqueItems"]?.bool == true, Set(items).count < items.count { faults += fault("has an item twice") }
            return faults + items.flatMap { self.faults(of: $0, schema["items"] ?? [:], at: "\(place)[]") }
        case .object(let members): return memberFaults(members, schema, place)
        default: return []
        }
    }

    private func memberFaults(_ members: [String: JSONValue], _ schema: Flat, _ place: String) -> [ContractFault] {
        let known = schema["properties"]?.object ?? [:]
        let inside = place.isEmpty ? "" : "\(place)."
        return missing(Set(members.keys), schema, inside)
            + members.flatMap { name, member -> [ContractFault] in
                if let rule = known[name] { return faults(of: member, rule, at: inside + name) }
                if let rule = schema["additionalProperties"], rule.object != nil { return faults(of: member, rule, at: inside + name) }
                return Self.isClosed(schema) ? [ContractFault(place: inside + name, words: "is unknown")] : []
            }
    }

    private static func textFaults(_ text: String, _ schema: Flat) -> [String] {
        var faults = [String]()
        let length = text.unicodeScalars.count
        if length < schema["minLength"]?.int ?? 0 { faults.append("has only \(length) characters") }
        if length > schema["maxLength"]?.int ?? .max { faults.append("has \(length) characters") }
        // A pattern that does not compile is a fault, too: then nobody has looked.
        if let pattern = schema["pattern"]?.string, (try? Regex(pattern).firstMatch(in: text)) == nil { faults.append("is not like \(pattern)") }
        let format = schema["format"]?.string
        if let pattern = format.flatMap({ formats[$0] }), (try? Regex(pattern).wholeMatch(in: text)) == nil { faults.append("is no \(format ?? "")") }
        return faults
    }

    private static let formats = [
        "date-time": #"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"#, "date": #"\d{4}-\d\d-\d\d"#,
        "uri": #"[a-zA-Z][a-zA-Z0-9+.-]*:\S+"#, "email": #"[^@\s]+@[^@\s]+"#, "iso-639-1": "[a-z]{2,3}", "int64": #"-?\d+"#,
        "uint64": #"\d+"#, "snowflake": #"\d+"#,
    ]

    private static func type(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .number(let number): number == number.rounded() ? "integer" : "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// What the texts under one name may mean, the plainest first.
    private func readings(of texts: [String]) -> [JSONValue] {
        func document(_ text: String) -> JSONValue? { try? JSON.decode(JSONValue.self, from: text) }  // Most texts are none.
        func numbers(_ texts: [String]) -> [JSONValue]? {
            let numbers = texts.compactMap { Double($0).map { JSONValue.number($0) } }
            return numbers.count == texts.count ? numbers : nil
        }
        var readings = [JSONValue]()
        if texts.count == 1 {
            readings = [.string(texts[0])] + (numbers(texts) ?? [])
            if let flag = ["true": true, "false": false, "1": true, "0": false][texts[0]] { readings.append(.bool(flag)) }
            if let document = document(texts[0]) { readings.append(document) }
        }
        let divided = texts.count == 1 ? texts[0].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } : texts
        for list in [divided, texts] {
            readings.append(.array(list.map { .string($0) }))
            if let numbers = numbers(list) { readings.append(.array(numbers)) }
            let documents = list.compactMap(document)
            if documents.count == list.count { readings.append(.array(documents)) }
        }
        return readings
    }

    private func fewest(_ faults: [[ContractFault]]) -> [ContractFault] { faults.min { $0.count < $1.count } ?? [] }
}
