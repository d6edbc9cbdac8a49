import Domain
import Foundation

@testable import Platforms

/// One call that a contract knows.
struct Operation: Sendable {
    struct Parameter: Sendable {
        var schema: JSONValue
        var isRequired = false
    }

    var method: String
    /// `/2/tweets/{id}`. `{version}` is one such as `v24.0`; what ends in `*` may go on.
    var path: String
    /// Of the path's own names.
    var places: [String: JSONValue] = [:]
    var query: [String: Parameter] = [:]
    /// Schemas by media type; `*/*`: bytes that nobody looks into.
    var bodies: [String: JSONValue] = [:]
    var needsBody = false
    /// Whether the query's names may stand in the body instead, however it is encoded.
    var takesQueryInBody = false
    /// What the `fields` that are asked for may be: an object of the graph.
    var answer: String?
    /// Where the contract does not tell the call: what is known of it all the same.
    var gap: ContractGap?

    var segments: [Substring] { path.split(separator: "/") }
    var variables: Int { segments.count { $0.hasPrefix("{") } }

    /// Whether `segments` is its path.
    func fits(_ segments: ArraySlice<String>) -> Bool {
        let own = self.segments
        return own.count == segments.count
            && zip(own, segments).allSatisfy { mine, given in
                if mine == "{version}" { return given.first == "v" && Double(given.dropFirst()) != nil }
                return mine.hasPrefix("{") || mine == given || mine.hasSuffix("*") && given.hasPrefix(mine.dropLast())
            }
    }
}

/// All calls that a contract knows.
struct OperationContract: Sendable {
    var operations: [Operation]
    var rules: SchemaRules
    /// Whether every encoding of a body is one.
    var anyEncoding = false
    /// What each object of a graph has: names of fields and edges, with the object that they lead to.
    var objects: [String: [String: String]] = [:]
}

/// What a contract does not tell, though the platform takes it: with the reason, and where that is told instead.
struct ContractGap: Sendable {
    let method: String
    let path: String
    /// A whole call: its names, or nil where they are not looked at. Or names (places) within a call that the contract knows.
    let names: Set<String>?
    let isWholeCall: Bool
    let reason: String

    static func call(_ method: String, _ path: String, _ names: Set<String>? = nil, because reason: String) -> ContractGap {
        ContractGap(method: method, path: path, names: names, isWholeCall: true, reason: reason)
    }

    static func names(_ names: Set<String>, in method: String, _ path: String, because reason: String) -> ContractGap {
        ContractGap(method: method, path: path, names: names, isWholeCall: false, reason: reason)
    }
}

/// Holds calls against a contract that lists them. Our calls go to a simulator, one step below its address: the path is what tells them.
struct OperationJudge: ContractJudge {
    private let contract: OperationContract
    private let gaps: [ContractGap]
    private let untold: [Operation]

    init(_ contract: OperationContract, gaps: [ContractGap] = []) {
        self.contract = contract
        self.gaps = gaps.filter { !$0.isWholeCall }
        untold = gaps.filter(\.isWholeCall).map { Operation(method: $0.method, path: $0.path, gap: $0) }
    }

    func faults(of call: HTTPCall) throws -> [String] {
        let contents = try CallContents(call)
        let known = candidates(contract.operations + untold, contents)
        guard let closest = known.first else { return ["unknown: \(call.method) \(contents.segments.joined(separator: "/"))"] }
        let operations = known.filter { $0.method == call.method }
        guard !operations.isEmpty else { return ["\(closest.path): \(call.method) instead of \(Set(known.map(\.method)).sorted())"] }
        let judged = operations.map { operation in (operation, faults(of: contents, operation)) }
        guard let best = judged.min(by: { $0.1.count < $1.1.count }) else { return [] }
        return best.1.map { "\(call.method) \(best.0.path): \($0.place) \($0.words)" }
    }

    /// A path that is written out goes before one with variables.
    private func candidates(_ operations: [Operation], _ contents: CallContents) -> [Operation] {
        let fitting = operations.filter { $0.fits(contents.segments[...]) || $0.fits(contents.segments.dropFirst()) }
        let fewest = fitting.map(\.variables).min()
        return fitting.filter { $0.variables == fewest }
    }

    private func faults(of contents: CallContents, _ operation: Operation) -> [ContractFault] {
        if let gap = operation.gap { return faults(of: contents, gap) }
        var query = contents.query
        var body = contents.body
        if operation.takesQueryInBody {
            switch body {
            case .fields(let fields): (query, body) = (query + fields, .none)
            case .json(.object(let members)):
                query += members.map { (name: $0.key, value: .text($0.value.string ?? (try? JSON.text($0.value)) ?? "")) }
                body = .none
            default: break
            }
        }
        let found =
            pathFaults(contents, operation) + queryFaults(query, operation) + bodyFaults(body, contents.contentType, operation)
            + fieldFaults(query, operation)
        let tolerated = gaps.filter { $0.method == operation.method && $0.path == operation.path }.reduce(into: Set<String>()) {
            $0.formUnion($1.names ?? [])
        }
        return found.filter { !tolerated.contains($0.place) }
    }

    private func faults(of contents: CallContents, _ gap: ContractGap) -> [ContractFault] {
        guard let known = gap.names else { return [] }
        var names = contents.query.map(\.name)
        switch contents.body {
        case .fields(let fields): names += fields.map(\.name)
        case .json(let value): names += (value.object ?? [:]).keys
        case .none: break
        case .bytes: return [ContractFault(place: "the body", words: "is neither a form nor JSON")]
        }
        return names.filter { !known.contains($0) }.map { ContractFault(place: $0, words: "is unknown") }
    }

    private func pathFaults(_ contents: CallContents, _ operation: Operation) -> [ContractFault] {
        zip(operation.segments, contents.segments.suffix(operation.segments.count)).flatMap { own, given -> [ContractFault] in
            guard own.hasPrefix("{"), let schema = operation.places[String(own.dropFirst().dropLast())] else { return [] }
            return contract.rules.faults(of: [.text(given)], schema, at: String(own))
        }
    }

    private func queryFaults(_ given: [(name: String, value: CallContents.Field)], _ operation: Operation) -> [ContractFault] {
        let known = operation.query
        let values = SchemaRules.grouped(given, known: Set(known.keys))
        return known.filter { $0.value.isRequired && values[$0.key] == nil }.map { ContractFault(place: $0.key, words: "is missing") }
            + values.flatMap { name, values in
                known[name].map { contract.rules.faults(of: values, $0.schema, at: name) } ?? [ContractFault(place: name, words: "is unknown")]
            }
    }

    private func bodyFaults(_ body: CallContents.Body, _ contentType: String?, _ operation: Operation) -> [ContractFault] {
        func fault(_ words: String) -> [ContractFault] { [ContractFault(place: "the body", words: words)] }
        if case .none = body { return operation.needsBody ? fault("is missing") : [] }
        guard !operation.bodies.isEmpty else { return fault("is one that nobody reads") }
        let schema = operation.bodies[contentType ?? ""] ?? (contract.anyEncoding ? operation.bodies.values.first : nil)
        guard let schema else {
            return operation.bodies["*/*"] != nil ? [] : fault("is \(contentType ?? "") instead of \(operation.bodies.keys.sorted())")
        }
        switch body {
        case .json(let value): return contract.rules.faults(of: value, schema, at: "")
        case .fields(let fields): return formFaults(fields, schema)
        default: return []
        }
    }

    /// `payload_json` holds what else would be JSON, beside files (Discord, "Uploading Files").
    private func formFaults(_ fields: [(name: String, value: CallContents.Field)], _ schema: JSONValue) -> [ContractFault] {
        guard let payload = fields.first(where: { $0.name == "payload_json" }), case .text(let text) = payload.value,
            let document = try? JSON.decode(JSONValue.self, from: text)
        else { return contract.rules.faults(ofForm: fields, schema, at: "") }
        return contract.rules.faults(of: document, schema, at: "")
            + contract.rules.faults(ofForm: fields.filter { $0.name != "payload_json" }, schema, at: "")
    }

    // MARK: Fields that are asked for

    /// `fields=id,picture.type(large),comments.limit(5){message}`: each name is a field or an edge of what comes back.
    private func fieldFaults(_ query: [(name: String, value: CallContents.Field)], _ operation: Operation) -> [ContractFault] {
        guard let answer = operation.answer, case .text(let text)? = query.first(where: { $0.name == "fields" })?.value else { return [] }
        return fieldFaults(text, of: answer)
    }

    private func fieldFaults(_ text: String, of object: String) -> [ContractFault] {
        // Of what the contract has no list of, nothing is known.
        guard let known = contract.objects[object] else { return [] }
        return Self.fields(text).flatMap { field, inner -> [ContractFault] in
            guard let leadsTo = known[field] else { return [ContractFault(place: "fields.\(field)", words: "is unknown of \(object)")] }
            return inner.map { fieldFaults($0, of: leadsTo) } ?? []
        }
    }

    /// Names at the first level, with what is in braces behind them.
    static func fields(_ text: String) -> [(name: String, inner: String?)] {
        var (depth, current, parts) = (0, "", [String]())
        for character in text {
            if character == ",", depth == 0 {
                parts.append(current)
                current = ""
                continue
            }
            depth += "({".contains(character) ? 1 : ")}".contains(character) ? -1 : 0
            current.append(character)
        }
        return (parts + [current]).map { part in
            let name = String(part.prefix { !".({".contains($0) }).trimmingCharacters(in: .whitespaces)
            let inner = part.firstIndex(of: "{").map { String(part[part.index(after: $0)...].dropLast()) }
            return (name, inner)
        }
    }
}
