import Domain
import Foundation

extension OperationContract {
    /// What every call to the Graph API may carry ("Graph API Overview", "Secure Graph API Calls", "Paginated Results").
    private static let everywhere = ["access_token", "after", "appsecret_proof", "before", "fields", "limit", "summary"]

    /// Meta's lists of the fields and edges of `names`. An address does not tell of which object it is: whichever fits best counts.
    static func graph(_ document: JSONValue, objects names: [String]) throws -> OperationContract {
        let objects = (document.object ?? [:]).mapValues { object in
            let fields = (object["fields"]?.array ?? []).map { ($0["name"]?.string ?? "", $0["type"]?.string ?? "") }
            let edges = (object["apis"]?.array ?? []).filter { $0["method"]?.string == "GET" }.compactMap { edge in
                edge["endpoint"]?.string.map { ($0, edge["return"]?.string ?? "") }
            }
            return Dictionary(fields + edges) { first, _ in first }
        }
        let operations = names.flatMap { name in
            (document[name]?["apis"]?.array ?? []).map { call in
                let edge = call["endpoint"]?.string
                var operation = Operation(
                    method: call["method"]?.string ?? "", path: "/{version}/{id}" + (edge.map { "/\($0)" } ?? ""), takesQueryInBody: true)
                operation.query = Dictionary(uniqueKeysWithValues: everywhere.map { ($0, Operation.Parameter(schema: [:])) })
                for parameter in call["params"]?.array ?? [] {
                    operation.query[parameter["name"]?.string ?? ""] = Operation.Parameter(
                        schema: schema(ofType: parameter["type"]?.string ?? ""), isRequired: parameter["required"]?.bool == true)
                }
                // Whatever is made or read answers with the fields that were asked for.
                operation.answer = edge == nil ? name : call["return"]?.string
                return operation
            }
        }
        return OperationContract(operations: operations, rules: SchemaRules(document: [:]), objects: objects)
    }

    private static func schema(ofType type: String) -> JSONValue {
        if type == "list" { return ["type": "array"] }
        if type.hasPrefix("list<") { return ["type": "array", "items": schema(ofType: String(type.dropFirst(5).dropLast()))] }
        switch type {
        case "bool": return ["type": "boolean"]
        case "int": return ["type": "integer"]
        case "unsigned int": return ["type": "integer", "minimum": 0]
        case "float": return ["type": "number"]
        case "map": return ["type": "object"]
        case "file": return ["type": "string", "format": "binary"]
        // Any JSON, and a time in any of the ways that strtotime reads.
        case "Object", "datetime": return [:]
        default: return ["type": "string"]
        }
    }

    /// The Threads collection: paths with names of parameters, where one path may stand for several kinds of post.
    static func collection(_ document: JSONValue) throws -> OperationContract {
        let operations = (document.array ?? []).map { call in
            let path = (call["path"]?.string ?? "").split(separator: "/").map { $0 == "me" || $0.hasPrefix("{{") ? "{id}" : String($0) }
            let isOfTokens = path.last?.hasSuffix("access_token") == true
            let names = (call["params"]?.array ?? []).compactMap(\.string) + ["access_token"]
            return Operation(
                method: call["method"]?.string ?? "", path: (isOfTokens ? "/" : "/{version}/") + path.joined(separator: "/"),
                query: Dictionary(names.map { ($0, Operation.Parameter(schema: [:])) }) { one, _ in one }, takesQueryInBody: true)
        }
        return OperationContract(operations: operations, rules: SchemaRules(document: [:]))
    }
}
