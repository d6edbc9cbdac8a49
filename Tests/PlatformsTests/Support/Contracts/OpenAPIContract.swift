import Domain
import Foundation

extension OperationContract {
    private static let methods: Set = ["get", "put", "post", "delete", "patch", "head"]

    /// OpenAPI 3.0 and 3.1.
    static func openAPI(_ document: JSONValue, anyEncoding: Bool = false) throws -> OperationContract {
        let rules = SchemaRules(document: document)
        let base = document["servers"]?[0]?["url"]?.string.flatMap { URLComponents(string: $0.replacing(/[{}]/, with: "")) }?.path ?? ""
        let operations = (document["paths"]?.object ?? [:]).flatMap { path, item -> [Operation] in
            (item.object ?? [:]).filter { methods.contains($0.key) }.map { method, told in
                var operation = Operation(method: method.uppercased(), path: base + path)
                for parameter in (item["parameters"]?.array ?? []) + (told["parameters"]?.array ?? []) {
                    operation.add(parameter["$ref"]?.string.map(rules.resolve) ?? parameter) { $0["schema"] ?? [:] }
                }
                operation.bodies = (told["requestBody"]?["content"]?.object ?? [:]).mapValues { $0["schema"] ?? [:] }
                operation.needsBody = told["requestBody"]?["required"]?.bool == true
                return operation
            }
        }
        return OperationContract(operations: operations, rules: rules, anyEncoding: anyEncoding)
    }

    /// Swagger 2, as Slack writes it: fields of forms are parameters, and the token may stand in a header.
    static func swagger(_ document: JSONValue) throws -> OperationContract {
        let base = document["basePath"]?.string ?? ""
        let operations = (document["paths"]?.object ?? [:]).flatMap { path, item -> [Operation] in
            (item.object ?? [:]).filter { methods.contains($0.key) }.map { method, told in
                var operation = Operation(method: method.uppercased(), path: base + path)
                let parameters = told["parameters"]?.array ?? []
                for parameter in parameters where parameter["name"]?.string != "token" { operation.add(parameter) { $0 } }
                let fields = parameters.filter { $0["in"]?.string == "formData" && $0["name"]?.string != "token" }
                guard !fields.isEmpty else { return operation }
                let encodings = (told["consumes"]?.array ?? []).compactMap(\.string)
                operation.bodies = Dictionary(uniqueKeysWithValues: encodings.map { ($0, body(fields, isJSON: $0 == "application/json")) })
                return operation
            }
        }
        return OperationContract(operations: operations, rules: SchemaRules(document: document))
    }

    /// What is a list in JSON is told as the text that a form has for it.
    private static func body(_ fields: [JSONValue], isJSON: Bool) -> JSONValue {
        let properties = fields.map { field -> (String, JSONValue) in
            let name = field["name"]?.string ?? ""
            var schema = field.object ?? [:]
            schema["required"] = nil
            schema["in"] = nil
            if isJSON, ["attachments", "blocks"].contains(name) { schema["type"] = ["array", "string"] }
            return (name, .object(schema))
        }
        let required = fields.filter { $0["required"]?.bool == true }.compactMap { $0["name"] }
        return ["type": "object", "properties": .object(Dictionary(uniqueKeysWithValues: properties)), "required": .array(required)]
    }
}

extension Operation {
    /// A parameter of the path or the query; headers are of no matter here.
    fileprivate mutating func add(_ parameter: JSONValue, schema: (JSONValue) -> JSONValue) {
        guard let name = parameter["name"]?.string else { return }
        var rule = schema(parameter).object ?? [:]
        // In Swagger 2 it stands beside the schema's own words.
        if rule["required"]?.bool != nil { rule["required"] = nil }
        switch parameter["in"]?.string {
        case "query": query[name] = Parameter(schema: .object(rule), isRequired: parameter["required"]?.bool == true)
        case "path": places[name] = .object(rule)
        default: break
        }
    }
}
