import Application
import Domain
import Foundation
import Gateway
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import TestSupport
import Testing

@testable import MCPServer

@Suite("The addresses for assistants")
struct RouteTests {
    @Test("A key in the header or in the path opens a conversation; a wrong one does not")
    func keys() async throws {
        try await AssistantWorld.with { world in
            let key = try await world.assistant().secret
            try await world.served { client in
                let open = try await client.post("/mcp", Self.initialize, [.authorization: "Bearer \(key)"])
                #expect(open.status == .ok)
                #expect(String(buffer: open.body).contains("\"serverInfo\""))
                #expect(open.headers[.init("Mcp-Session-Id")!] != nil)
                #expect(try await client.post("/api/mcp/\(key)", Self.initialize).status == .ok)
                let wrong = try await client.post("/api/mcp/\(key)x", Self.initialize)
                #expect(wrong.status == .unauthorized)
                #expect(!String(buffer: wrong.body).contains(key))
                #expect(wrong.headers[.wwwAuthenticate]?.contains("resource_metadata") != true)
            }
        }
    }

    @Test("Without a key /mcp tells where to sign in, also to a page that allowed no cookie")
    func challenge() async throws {
        try await AssistantWorld.with { world in
            try await world.served { client in
                for headers in [[:], [.authorization: "Bearer ptz_wrong"], [.cookie: "postiz_session=x"]] as [HTTPFields] {
                    let answer = try await client.post("/mcp", Self.initialize, headers)
                    #expect(answer.status == .unauthorized)
                    let challenge = answer.headers[.wwwAuthenticate] ?? ""
                    #expect(challenge.contains("resource_metadata=\"https://postiz.example.com/.well-known/oauth-protected-resource/mcp\""))
                    #expect(challenge.contains("invalid_token") == headers.contains(.authorization))
                }
            }
        }
    }

    @Test("A page of another site is refused, one that is listed is not")
    func origins() async throws {
        try await AssistantWorld.with(["MCP_ALLOWED_ORIGINS": "https://assistant.example.org"]) { world in
            let key = try await world.assistant().secret
            try await world.served { client in
                for (origin, status) in [
                    ("https://evil.example.org", HTTPResponse.Status.forbidden), ("https://assistant.example.org", .ok),
                    ("https://postiz.example.com", .ok),
                    ("null", .forbidden),
                ] {
                    let answer = try await client.post("/api/mcp/\(key)", Self.initialize, [.origin: origin])
                    #expect(answer.status == status, "\(origin)")
                }
                let preflight = try await client.execute(
                    uri: "/mcp", method: .options,
                    headers: [.origin: "https://assistant.example.org", .accessControlRequestMethod: "POST"])
                #expect(preflight.headers[.accessControlAllowOrigin] == "https://assistant.example.org")
            }
        }
    }

    @Test("Wrong keys are throttled, and keys in addresses can be switched off")
    func throttling() async throws {
        try await AssistantWorld.with { world in
            try await world.served { client in
                var statuses: [HTTPResponse.Status] = []
                for _ in 0...WrongKeys.limit { statuses.append(try await client.post("/api/mcp/ptz_wrong", Self.initialize).status) }
                #expect(statuses.dropLast().allSatisfy { $0 == .unauthorized } && statuses.last == .tooManyRequests)
            }
        }
        try await AssistantWorld.with(["MCP_KEY_IN_URL": "false"]) { world in
            let key = try await world.assistant().secret
            try await world.served { client in
                let status = try await client.post("/api/mcp/\(key)", Self.initialize).status
                #expect(status == .notFound)
            }
        }
    }

    private static let initialize = """
        {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},\
        "clientInfo":{"name":"tester","version":"1"}}}
        """
}

extension AssistantWorld {
    /// The faces of the world, without a socket.
    func served(_ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let router = FrontDoor.router(services: services)
        MCPRoutes(interface).register(on: router)
        let application = FrontDoor.application(router: router, services: services, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await application.test(.router) { try await test($0) }
    }
}

extension TestClientProtocol {
    func post(_ path: String, _ body: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.accept] = "application/json, text/event-stream"
        return try await execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: body))
    }
}
