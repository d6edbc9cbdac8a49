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
}
