import Domain
import Testing

@testable import Gateway

@Suite("JSON Schemas of Codable types")
struct GatewaySchemaTests {
    struct Sample: Codable {
        enum Colour: String, Codable, CaseIterable { case red, green }
        struct Inner: Codable { let children: [Inner] }
        let id: PostID
        let at: Timestamp?
        let colour: Colour
        let count: Int?
        let names: [String: [Double]]
        let anything: JSONValue
        let inner: Inner
        let scopes: Set<Scope>
    }

    @Test("tell names, types, what may be absent, and nothing else")
    func object() throws {
        let catalogue = SchemaCatalogue()
        #expect(try catalogue.schema(of: Sample.self) == ["$ref": "#/components/schemas/GatewaySchemaTestsSample"])
        let schema = try #require(catalogue.components["GatewaySchemaTestsSample"])
        let properties = try #require(schema["properties"])
        #expect(properties["id"] == ["type": "string", "format": "uuid"])
        #expect(properties["at"] == ["type": ["string", "null"], "format": "date-time"])
        #expect(properties["colour"] == ["type": "string", "enum": ["red", "green"]])
        #expect(properties["count"] == ["type": ["integer", "null"], "format": "int64"])
        #expect(properties["names"]?["additionalProperties"]?["items"]?["type"] == "number")
        #expect(properties["anything"] == [:])
        #expect(properties["scopes"]?["items"]?["enum"]?.array?.count == Scope.allCases.count)
        #expect(schema["required"] == ["id", "colour", "names", "anything", "inner", "scopes"])
    }

    @Test("of a type that contains itself end")
    func recursion() throws {
        let catalogue = SchemaCatalogue()
        _ = try catalogue.schema(of: Sample.Inner.self)
        let children = catalogue.components["GatewaySchemaTestsSampleInner"]?["properties"]?["children"]
        #expect(children?["items"] == ["$ref": "#/components/schemas/GatewaySchemaTestsSampleInner"])
    }

    @Test("of string enums that hide their cases cannot be made")
    func unknownCases() {
        enum Secretive: String, Codable { case one }
        struct Holder: Codable { let value: Secretive }
        #expect(throws: SchemaError.self) { try SchemaCatalogue().schema(of: Holder.self) }
    }

    @Test("of requests are closed at every depth and say what texts are, those of answers are open")
    func requests() throws {
        struct Inner: Codable { let text: String? }
        struct Outer: Codable { let inner: [Inner], names: [String: String] }
        let schema = try RequestSchema(of: Outer.self)
        for component in schema.components.values { #expect(component["additionalProperties"] == false) }
        #expect(schema.components.count == 2)
        let inner = try #require(schema.components.first { $0.key.hasSuffix("Inner") }?.value)
        #expect(inner["properties"]?["text"] == ["type": ["string", "null"], "pattern": Rule.plain])
        let catalogue = SchemaCatalogue()
        _ = try catalogue.schema(of: Outer.self)
        for component in catalogue.components.values { #expect(component["additionalProperties"] == nil) }
    }

    @Test("say the rules of their type, which has no rules for what is not there")
    func rules() throws {
        struct Ranged: Codable, Ruled {
            static let rules: [String: JSONValue] = ["days": ["items": ["minimum": 1, "maximum": 7], "maxItems": 2], "name": Rule.text(2...3)]
            let days: [Int]?
            let name: String
        }
        struct Mistaken: Codable, Ruled {
            static let rules: [String: JSONValue] = ["gone": Rule.email]
            let name: String
        }
        #expect(throws: SchemaError.self) { try SchemaCatalogue().schema(of: Mistaken.self) }
        let schema = try RequestSchema(of: Ranged.self)
        for good: JSONValue in [["name": "ab"], ["name": "👍🏽a", "days": [1, 7]], ["name": "abc", "days": nil]] {
            #expect(try schema.normalized(good) == good)
        }
        for bad: JSONValue in [["name": "a"], ["name": "abcd"], ["name": "ab", "days": [0]], ["name": "ab", "days": [1, 2, 3]]] {
            #expect(throws: ProblemReport.self) { try schema.normalized(bad) }
        }
    }
}
