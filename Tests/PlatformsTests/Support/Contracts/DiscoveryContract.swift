import Domain
import Foundation

extension OperationContract {
    /// Google's discovery documents of one platform together.
    static func discovery(_ documents: [JSONValue]) throws -> OperationContract {
        let schemas = documents.reduce(into: [String: JSONValue]()) { $0.merge($1["schemas"]?.object ?? [:]) { one, _ in one } }
        let operations = documents.flatMap { document in
            methods(of: document).flatMap { Self.operations($0, of: document) }
        }
        return OperationContract(operations: operations, rules: SchemaRules(document: ["schemas": .object(schemas)]))
    }

    private static func methods(of resource: JSONValue) -> [JSONValue] {
        Array((resource["methods"]?.object ?? [:]).values) + (resource["resources"]?.object ?? [:]).values.flatMap(methods)
    }

    private static func operations(_ method: JSONValue, of document: JSONValue) -> [Operation] {
        var operation = Operation(method: method["httpMethod"]?.string ?? "", path: "/" + (method["path"]?.string ?? ""))
        let everywhere = document["parameters"]?.object ?? [:]
        for (name, parameter) in everywhere.merging(method["parameters"]?.object ?? [:], uniquingKeysWith: { $1 }) {
            var schema = parameter.object ?? [:]
            let isRequired = schema.removeValue(forKey: "required")?.bool == true
            if schema.removeValue(forKey: "repeated")?.bool == true { schema = ["type": "array", "items": .object(schema)] }
            if parameter["location"]?.string == "path" {
                operation.places[name] = .object(schema)
            } else {
                operation.query[name] = Operation.Parameter(schema: .object(schema), isRequired: isRequired)
            }
        }
        if let request = method["request"] {
            operation.bodies = ["application/json": request]
            operation.needsBody = true
        }
        guard let upload = method["mediaUpload"]?["protocols"]?["simple"]?["path"]?.string else { return [operation] }
        return [operation] + uploads(operation, to: upload)
    }

    /// "Resumable Uploads" and "Simple Uploads" of the documentation: the metadata or the bytes come to the upload address, and what a
    /// resumable upload goes on with is told with `upload_id`.
    private static func uploads(_ operation: Operation, to path: String) -> [Operation] {
        var (start, simple, piece) = (operation, operation, operation)
        start.path = path
        start.query["uploadType"] = Operation.Parameter(schema: ["enum": ["resumable"]], isRequired: true)
        start.needsBody = false
        simple.path = path
        simple.query["uploadType"] = Operation.Parameter(schema: ["enum": ["media", "multipart"]], isRequired: true)
        simple.bodies = ["*/*": [:]]
        piece.path = path
        piece.method = "PUT"
        piece.query = piece.query.mapValues { Operation.Parameter(schema: $0.schema) }
        piece.query["upload_id"] = Operation.Parameter(schema: ["type": "string"], isRequired: true)
        piece.bodies = ["*/*": [:]]
        piece.needsBody = false
        return [start, simple, piece]
    }
}
