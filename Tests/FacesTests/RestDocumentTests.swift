import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway

@Suite("The OpenAPI document")
struct RestDocumentTests {
    @Test("is served, describes every route once, and refers to nothing that is missing")
    func complete() async throws {
        try await RestFixture.with { fixture in
            let served = try await fixture.anonymous.send(.get, "/api/openapi.json", [.acceptEncoding: "identity"])
            let document = try await fixture.document
            #expect(try served.json == document)
            #expect(document["openapi"] == "3.1.0")
            var operations = Set<String>()
            for route in fixture.routes {
                let operation = try #require(document["paths"]?[route.path]?[route.method.rawValue.lowercased()])
                let isNew = operations.insert(operation["operationId"]?.string ?? "").inserted
                #expect(isNew)
                #expect(operation["responses"]?.object?.isEmpty == false)
            }
            let schemas = document["components"]?["schemas"]?.object ?? [:]
            let names = Set(schemas.keys.map { "#/components/schemas/\($0)" })
            let unknown = Self.references(in: document).subtracting(names)
            #expect(unknown.isEmpty)
        }
    }

    @Test("tells what callers of every kind may get")
    func answers() async throws {
        try await RestFixture.with { fixture in
            let document = try await fixture.document
            let create = try #require(document["paths"]?["/api/posts"]?["post"])
            let statuses = Set(create["responses"]?.object.map { Array($0.keys) } ?? [])
            #expect(statuses.isSuperset(of: ["201", "400", "401", "403", "409", "413", "415", "422", "429"]))
            #expect(create["security"] == [["key": []], ["session": []]])
            let limit = document["paths"]?["/api/posts"]?["get"]?["parameters"]?.array?.first { $0["name"] == "limit" }
            #expect(limit?["schema"] == ["type": "integer", "minimum": 1, "maximum": 200, "default": 50])
        }
    }

    private static func references(in value: JSONValue) -> Set<String> {
        switch value {
        case .object(let object):
            return object.reduce(into: []) { found, member in
                if member.key == "$ref", let name = member.value.string { found.insert(name) }
                found.formUnion(references(in: member.value))
            }
        case .array(let array): return array.reduce(into: []) { $0.formUnion(references(in: $1)) }
        default: return []
        }
    }
}
