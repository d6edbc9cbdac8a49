import Domain
import Foundation

@testable import Platforms

/// Holds calls of the AT Protocol against the protocol's own documents (lexicons): method, parameters, bodies and the records in them.
struct LexiconJudge: ContractJudge {
    let documents: [String: JSONValue]

    /// The document names no parameters, but the service wants these and the reference client sends them.
    private static let untold = ["app.bsky.video.uploadVideo": ["did", "name"]]

    func faults(of call: HTTPCall) throws -> [String] {
        guard let url = URLComponents(string: call.url), let name = url.path.components(separatedBy: "/xrpc/").last,
            let main = documents[name]?["defs"]?["main"]
        else { return ["unknown: \(call.url)"] }
        var faults = [String]()
        let method = main["type"]?.string == "query" ? "GET" : "POST"
        if call.method != method { faults.append("\(name): \(call.method) instead of \(method)") }
        let given = Dictionary(grouping: url.queryItems ?? [], by: \.name).mapValues { $0.map { JSONValue.string($0.value ?? "") } }
        faults += parameterFaults(given, main["parameters"], name)
        guard let encoding = main["input"]?["encoding"]?.string else {
            return faults + (call.body == nil ? [] : ["\(name): a body that nobody reads"])
        }
        guard let body = call.body else { return faults + ["\(name): no body"] }
        if encoding != "*/*", body.contentType != encoding { faults.append("\(name): \(body.contentType) instead of \(encoding)") }
        guard let schema = main["input"]?["schema"] else { return faults }
        let bytes = body.pieces.reduce(Data()) { whole, piece in if case .bytes(let data) = piece { whole + data } else { whole } }
        return faults + self.faults(of: try JSON.decode(JSONValue.self, from: bytes), schema, in: name, at: name)
    }

    private func parameterFaults(_ given: [String: [JSONValue]], _ schema: JSONValue?, _ name: String) -> [String] {
        let known = schema?["properties"]?.object ?? [:]
        var faults = (schema?["required"]?.array ?? []).compactMap(\.string).filter { given[$0] == nil }.map { "\(name): \($0) is missing" }
        for (parameter, values) in given where Self.untold[name]?.contains(parameter) != true {
            guard let rule = known[parameter] else {
                faults.append("\(name): the parameter \(parameter) is unknown")
                continue
            }
            let isList = rule["type"]?.string == "array"
            if !isList, values.count > 1 { faults.append("\(name): \(parameter) comes \(values.count) times") }
            if isList, let most = rule["maxLength"]?.int, values.count > most { faults.append("\(name): \(values.count) of \(parameter)") }
            let item = isList ? rule["items"] ?? .null : rule
            for value in values {
                let typed = item["type"]?.string == "integer" ? value.string.flatMap { Double($0) }.map { JSONValue.number($0) } ?? value : value
                faults += self.faults(of: typed, item, in: name, at: "\(name)?\(parameter)")
            }
        }
        return faults
    }

    // MARK: Values

    func faults(of value: JSONValue, _ schema: JSONValue, in document: String, at place: String) -> [String] {
        switch schema["type"]?.string {
        case "object": return objectFaults(value, schema, document, place)
        case "array":
            guard let items = value.array else { return ["\(place): no array"] }
            let tooMany = schema["maxLength"]?.int.map { items.count > $0 } == true ? ["\(place): \(items.count) items"] : []
            return tooMany + items.flatMap { faults(of: $0, schema["items"] ?? .null, in: document, at: "\(place)[]") }
        case "string": return stringFaults(value, schema, place)
        case "integer":
            guard let number = value.int else { return ["\(place): no integer"] }
            let isInside = number >= schema["minimum"]?.int ?? .min && number <= schema["maximum"]?.int ?? .max
            return isInside ? [] : ["\(place): \(number) is out of bounds"]
        case "boolean": return value.bool == nil ? ["\(place): no boolean"] : []
        case "ref": return referenceFaults(value, schema["ref"]?.string ?? "", document, place)
        case "union":
            let known = (schema["refs"]?.array ?? []).compactMap(\.string).map { Self.absolute($0, document) }
            guard let type = value["$type"]?.string, let match = known.first(where: { $0 == type || $0 == "\(type)#main" }) else {
                return ["\(place): $type \(value["$type"]?.string ?? "missing")"]
            }
            return referenceFaults(value, match, document, place)
        case "blob": return blobFaults(value, schema, place)
        case "unknown":
            guard let type = value["$type"]?.string, let record = documents[type]?["defs"]?["main"]?["record"] else {
                return ["\(place): no known record"]
            }
            return faults(of: value, record, in: type, at: type)
        default: return ["\(place): the judge does not know \(schema["type"]?.string ?? "a schema without type")"]
        }
    }

    private static func absolute(_ reference: String, _ document: String) -> String { reference.hasPrefix("#") ? document + reference : reference }

    private func referenceFaults(_ value: JSONValue, _ reference: String, _ document: String, _ place: String) -> [String] {
        let parts = Self.absolute(reference, document).split(separator: "#").map(String.init)
        guard let schema = documents[parts[0]]?["defs"]?[parts.count > 1 ? parts[1] : "main"] else { return ["\(place): no document \(parts)"] }
        return faults(of: value, schema, in: parts[0], at: place)
    }

    private func objectFaults(_ value: JSONValue, _ schema: JSONValue, _ document: String, _ place: String) -> [String] {
        guard let members = value.object else { return ["\(place): no object"] }
        let known = schema["properties"]?.object ?? [:]
        let missing = (schema["required"]?.array ?? []).compactMap(\.string).filter { members[$0] == nil }.map { "\(place): \($0) is missing" }
        return missing
            + members.filter { $0.key != "$type" }.flatMap { name, member in
                known[name].map { faults(of: member, $0, in: document, at: "\(place).\(name)") } ?? ["\(place): \(name) is unknown"]
            }
    }

    private func stringFaults(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        guard let text = value.string else { return ["\(place): no string"] }
        if let most = schema["maxLength"]?.int, text.utf8.count > most { return ["\(place): \(text.utf8.count) bytes"] }
        if let most = schema["maxGraphemes"]?.int, text.count > most { return ["\(place): \(text.count) characters"] }
        guard let format = schema["format"]?.string else { return [] }
        let pattern =
            switch format {
            case "datetime": #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"#
            case "at-uri": #"at://[^/\s]+/[a-zA-Z.]+/[A-Za-z0-9._~:-]+"#
            case "did": #"did:[a-z]+:[A-Za-z0-9._:%-]+"#
            case "handle": #"([a-zA-Z0-9-]+\.)+[a-zA-Z][a-zA-Z0-9-]*"#
            case "at-identifier": #"did:[a-z]+:[A-Za-z0-9._:%-]+|([a-zA-Z0-9-]+\.)+[a-zA-Z][a-zA-Z0-9-]*"#
            case "nsid": #"([a-z][a-z0-9-]*\.){2,}[a-zA-Z]+"#
            case "record-key": #"[A-Za-z0-9._~:-]{1,512}"#
            case "cid": #"b[a-z2-7]{20,}"#
            case "language": #"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"#
            case "uri": #"[a-zA-Z][a-zA-Z0-9+.-]*:\S+"#
            default: ""
            }
        // A pattern of ours that does not compile is a fault, too.
        return (try? Regex(pattern).wholeMatch(in: text)) == nil ? ["\(place): no \(format)"] : []
    }

    private func blobFaults(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        guard value["$type"]?.string == "blob", value["ref"]?["$link"]?.string != nil, let type = value["mimeType"]?.string,
            let size = value["size"]?.int
        else { return ["\(place): no blob"] }
        let accepted = (schema["accept"]?.array ?? []).compactMap(\.string)
        let fits = accepted.contains { $0 == type || $0.hasSuffix("/*") && type.hasPrefix($0.dropLast()) }
        return (fits ? [] : ["\(place): \(type)"]) + (size <= schema["maxSize"]?.int ?? .max ? [] : ["\(place): \(size) bytes"])
    }
}
