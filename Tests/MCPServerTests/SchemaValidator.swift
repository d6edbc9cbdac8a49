import Domain

/// The part of JSON Schema that our tools use, strictly: what the schema does not name is a problem.
enum SchemaValidator {
    static func problems(_ value: JSONValue, _ schema: JSONValue, at path: String = "$") -> [String] {
        switch (schema["type"]?.string ?? "", value) {
        case ("object", .object(let members)): return problems(members, schema, at: path)
        case ("array", .array(let items)):
            guard let item = schema["items"] else { return ["\(path): no items declared"] }
            return items.enumerated().flatMap { problems($1, item, at: "\(path)[\($0)]") }
        case ("string", .string(let text)):
            let choices = (schema["enum"]?.array ?? []).compactMap(\.string)
            return choices.isEmpty || choices.contains(text) ? [] : ["\(path): \(text) is none of \(choices)"]
        case ("integer", .number(let number)): return number == number.rounded() ? [] : ["\(path): \(number) is not whole"]
        case ("number", .number), ("boolean", .bool): return []
        case (let type, _): return ["\(path): \(value) is not \(type)"]
        }
    }

    private static func problems(_ members: [String: JSONValue], _ schema: JSONValue, at path: String) -> [String] {
        let properties = schema["properties"]?.object ?? [:]
        let missing = (schema["required"]?.array ?? []).compactMap(\.string).filter { members[$0] == nil }.map { "\(path).\($0) is missing" }
        // Figures and settings have names of their own.
        guard !properties.isEmpty else { return missing }
        return missing
            + members.flatMap { name, value in
                properties[name].map { problems(value, $0, at: "\(path).\(name)") } ?? ["\(path).\(name) is not declared"]
            }
    }
}
