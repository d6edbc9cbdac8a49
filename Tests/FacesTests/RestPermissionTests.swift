import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway

/// Every operation × every role × own and other workspace, generated from the route declarations.
@Suite("What members may do over REST")
struct RestPermissionTests {
    @Test("each role may exactly what the routes declare, and is refused before anything is read or looked up")
    func everyRouteAndRole() async throws {
        try await RestFixture.with { fixture in
            let team = try await Team(of: fixture)
            var (refused, allowed) = (0, 0)
            for route in fixture.routes.declared where route.permission != nil {
                for role in Role.allCases {
                    let answer = try await team.members[role]?.send(route, in: fixture)
                    let code = try answer?.errorCode
                    if let permission = route.permission, role.may(permission) {
                        #expect(
                            !["FORBIDDEN", "FORBIDDEN_SCOPE", "UNAUTHENTICATED"].contains(code),
                            "\(role) \(route.method) \(route.path): \(code ?? "")")
                        allowed += 1
                    } else {
                        #expect(code == "FORBIDDEN", "\(role) \(route.method) \(route.path): \(code ?? "nothing")")
                        refused += 1
                    }
                }
            }
            #expect(refused > 100 && allowed > 100)
        }
    }

    @Test("what declares no permission is about the person or the instance, never about the workspace")
    func personal() async throws {
        try await RestFixture.with { fixture in
            let team = try await Team(of: fixture)
            let before = try await team.seen(in: fixture)
            // What moves or ends the session comes last.
            let moving = ["/api/auth/logout", "/api/team/leave", "/api/workspaces"]
            let routes = fixture.routes.declared.filter { $0.permission == nil && ($0.method == .get || !moving.contains($0.path)) }
            for route in routes {
                for role in Role.allCases where role < .owner {
                    let answer = try await team.members[role]?.send(route, in: fixture)
                    let code = try answer?.errorCode
                    if route.access == .administrator {
                        #expect(code == "FORBIDDEN", "\(role) \(route.method) \(route.path): \(code ?? "nothing")")
                    } else {
                        #expect(code != "FORBIDDEN" && code != "UNAUTHENTICATED", "\(role) \(route.method) \(route.path)")
                    }
                }
            }
            #expect(try await team.seen(in: fixture) == before, "nothing of the workspace changed")
            for role in Role.allCases {
                let made = try await team.members[role]?.send(.post, "/api/workspaces", NewWorkspace(name: "Another"))
                #expect(made?.status == .created)
                #expect(try await team.members[role]?.send(.post, "/api/team/leave").errorCode == "CONFLICT", "one owns it")
                #expect(try await team.members[role]?.send(.post, "/api/auth/logout").status == .noContent)
            }
        }
    }

    @Test("the owner of another workspace reaches nothing of this one, by any id, on any route")
    func otherWorkspace() async throws {
        try await RestFixture.with { fixture in
            let team = try await Team(of: fixture)
            let owner = try #require(team.members[.owner])
            _ = try await RestIsolationTests.furnish(owner)
            let stranger = try await fixture.person("mallory")
            let before = try await team.seen(in: fixture)
            let known = try await stranger.ids(in: fixture)
            let ids = try await owner.ids(in: fixture).subtracting(known)
            #expect(ids.count > 12)
            var tried = 0
            for route in fixture.routes.declared where route.path.contains("{id}") || route.path.contains("Id}") {
                for id in ids {
                    let answer = try await stranger.send(route, in: fixture, id: id)
                    #expect((400..<500).contains(answer.status.code), "\(route.method) \(route.path) \(id): \(answer.status)")
                    tried += 1
                }
            }
            #expect(tried > 500)
            #expect(try await team.seen(in: fixture) == before)
        }
    }
}

/// One member of each role in one workspace.
private struct Team: Sendable {
    var members: [Role: Person] = [:]

    init(of fixture: RestFixture) async throws {
        let owner = try await fixture.person("ada")
        members[.owner] = owner
        for role in owner.roles {
            let made = try await owner.send(.post, "/api/team/invitations", NewInvitation(role: role)).json
            let link = try #require(made["url"]?.string.flatMap { URLComponents(string: $0) })
            let token = try #require(link.queryItems?.first { $0.name == "token" }?.value)
            members[role] = try await fixture.person(role.rawValue.lowercased(), invitation: token)
        }
    }

    /// Everything that the owner's lists hold, without what time alone changes.
    func seen(in fixture: RestFixture) async throws -> [String: Set<String>] {
        var seen: [String: Set<String>] = [:]
        for route in fixture.routes.lists {
            seen[route.path] = try await members[.owner]?.send(.get, route.path).json.ids ?? []
        }
        // Sessions and the log, also as a part of one's own data, are about what was done meanwhile.
        let moving = ["/api/audit", "/api/events/log", "/api/auth/sessions", "/api/auth/export"]
        return seen.filter { !moving.contains($0.key) }
    }
}

extension [Route] {
    /// Those for somebody, but for streams, which do not end.
    fileprivate var declared: [Route] {
        filter { $0.access != .everybody && !$0.successes.contains { $0.mediaType == "text/event-stream" } }
    }

    /// What can be read without saying of what.
    fileprivate var lists: [Route] {
        declared.filter { route in
            route.method == .get && !route.path.contains("{") && route.access != .administrator && !route.parameters.contains(where: \.required)
                && route.successes.allSatisfy { $0.mediaType == nil }
        }
    }
}

extension Person {
    fileprivate var roles: [Role] { Role.owner.given }

    /// Calls `route` with `id` in each gap and the smallest body that its schema takes.
    fileprivate func send(_ route: Route, in fixture: RestFixture, id: String = PostID().text) async throws -> TestResponse {
        let path = route.path.split(separator: "/").map { $0 == "{platform}" ? "mastodon" : $0.hasPrefix("{") ? Substring(id) : $0 }
            .reduce(into: "") { $0 += "/\($1)" }
        let more: HTTPFields = [.accept: "application/json"]
        let document = try await fixture.document
        let operation = document["paths"]?[route.path]?[route.method.rawValue.lowercased()]
        guard let schema = operation?["requestBody"]?["content"]?["application/json"]?["schema"] else {
            return try await send(route.method, path, more)
        }
        return try await send(route.method, path, schema.smallest(in: document), more)
    }

    /// Every id that lists show.
    fileprivate func ids(in fixture: RestFixture) async throws -> Set<String> {
        var found = Set<String>()
        for route in fixture.routes.lists { found.formUnion(try await send(.get, route.path).json.ids) }
        return found
    }
}

extension JSONValue {
    /// The texts within that are ids.
    fileprivate var ids: Set<String> {
        switch self {
        case .string(let text): PostID(text) == nil ? [] : [text]
        case .array(let items): items.reduce(into: []) { $0.formUnion($1.ids) }
        case .object(let fields): fields.values.reduce(into: []) { $0.formUnion($1.ids) }
        default: []
        }
    }

    /// The smallest value that this schema of `document` takes.
    fileprivate func smallest(in document: JSONValue) -> JSONValue {
        if let reference = self["$ref"]?.string?.split(separator: "/").last {
            return document["components"]?["schemas"]?[String(reference)]?.smallest(in: document) ?? [:]
        }
        if let first = self["enum"]?.array?.first { return first }
        if let first = self["anyOf"]?.array?.first { return first.smallest(in: document) }
        switch self["type"]?.string {
        case "array":
            let item = self["items"]?.smallest(in: document) ?? .null
            return .array(Array(repeating: item, count: self["minItems"]?.int ?? 0))
        case "integer", "number": return .number(Double(self["minimum"]?.int ?? 1))
        case "boolean": return false
        case "string": return .string(sample)
        default:
            let names = self["required"]?.array?.compactMap(\.string) ?? []
            return .object(Dictionary(uniqueKeysWithValues: names.map { ($0, self["properties"]?[$0]?.smallest(in: document) ?? .null) }))
        }
    }

    private var sample: String {
        switch self["format"]?.string {
        case "uuid": PostID().text
        case "email": "eve@example.com"
        case "date-time": "2035-01-01T10:00:00Z"
        default:
            if self["pattern"]?.string?.hasPrefix("^https?") == true {
                "https://example.com/"
            } else if self["pattern"]?.string?.hasPrefix(#"^\d{4}-"#) == true {
                "2035-01-01T10:00:00Z"
            } else {
                String(repeating: "a", count: max(1, self["minLength"]?.int ?? 1))
            }
        }
    }
}
