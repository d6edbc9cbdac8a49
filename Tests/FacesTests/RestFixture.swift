import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Persistence
import RestAPI
import TestSupport
import WebUI

@testable import Gateway

/// The REST interface, and the pages where they are asked for, over a database and a data folder of its own, without a socket.
struct RestFixture: Sendable {
    let services: Services
    let routes: [Route]
    /// Made for those tests alone that read it.
    let description: Description
    let client: any TestClientProtocol

    /// `pages` adds the web interface, `more` further routes.
    static func with(
        _ settings: [String: String] = [:], pages: Bool = false,
        adding more: (Router<AppRequestContext>, Services) throws -> Void = { _, _ in }, _ test: @Sendable (RestFixture) async throws -> Void
    ) async throws {
        try await TestDatabase.withSQLite { database in
            try await Migrator.migrate(database, schema)
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("postiz-test-\(UUID())")
            try FileManager.default.createDirectory(at: folder.appendingPathComponent("uploads"), withIntermediateDirectories: true)
            let environment = [
                "POSTIZ_DATA": folder.path, "MAIN_URL": "http://localhost:5000", "RATE_LIMIT_PER_MINUTE": "0", "CREATE_LIMIT_PER_MINUTE": "0",
            ]
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let services = Services(
                configuration: try Configuration.load(environment: environment.merging(settings) { _, new in new }),
                secrets: Secrets(jwtSecret: "a secret for tests only", encryptionKey: "another one for tests"), database: database,
                logger: logger, version: "0.0.0", bcryptCost: 4)
            let result: Result<Void, any Error>
            do {
                let web = pages ? try WebInterface(services: services) : nil
                let router = FrontDoor.router(services: services, refusedForm: web?.refusedForm)
                let rest = RESTInterface(services: services, version: "0.0.0")
                try rest.register(on: router)
                try more(router, services)
                web?.register(on: router)
                let application = FrontDoor.application(router: router, services: services, logger: logger)
                try await application.test(.router) { client in
                    try await test(RestFixture(services: services, routes: rest.routes, description: Description(of: rest), client: client))
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            try await services.platforms.shutdown()
            try FileManager.default.removeItem(at: folder)
            try result.get()
        }
    }

    /// Somebody with a workspace of their own, or in that of an invitation.
    func person(_ name: String, invitation: String? = nil) async throws -> Person {
        let body = Registration(email: "\(name)@example.com", password: "correct horse battery", name: name, invitation: invitation)
        let answer = try await Person(fixture: self, headers: [:]).send(.post, "/api/auth/register", body)
        let cookie = answer.headers[.setCookie]?.prefix { $0 != ";" } ?? ""
        return Person(fixture: self, headers: [.cookie: String(cookie), .csrfToken: answer.headers[.csrfToken] ?? ""])
    }

    var document: JSONValue { get async throws { try await description.document } }

    /// The OpenAPI document, made once.
    actor Description {
        private let rest: RESTInterface
        private var made: JSONValue?

        init(of rest: RESTInterface) { self.rest = rest }

        var document: JSONValue {
            get throws {
                let document = try made ?? rest.document()
                made = document
                return document
            }
        }
    }

    var anonymous: Person { Person(fixture: self, headers: [:]) }
}

/// A caller with the headers that prove who they are.
struct Person: Sendable {
    let fixture: RestFixture
    var headers: HTTPFields

    func send(_ method: HTTPRequest.Method, _ path: String, _ more: HTTPFields = [:], bytes: [UInt8]? = nil) async throws -> TestResponse {
        var headers = headers
        for field in more { headers[field.name] = field.value }
        return try await fixture.client.execute(uri: path, method: method, headers: headers, body: bytes.map { ByteBuffer(bytes: $0) })
    }

    func send(_ method: HTTPRequest.Method, _ path: String, _ body: some Encodable, _ more: HTTPFields = [:]) async throws -> TestResponse {
        try await send(
            method, path, HTTPFields([.init(name: .contentType, value: "application/json")]).merging(more), bytes: Array(try JSON.data(body)))
    }

    /// The same person with a key instead of a session.
    func withKey(_ scopes: [Scope]) async throws -> Person {
        let answer = try await send(.post, "/api/keys", NewAPIKey(name: "Test", scopes: scopes, expiresAt: nil))
        let key = try JSON.decode(CreatedAPIKey.self, from: Data(answer.body.readableBytesView))
        return Person(fixture: fixture, headers: [.authorization: "Bearer \(key.secret)"])
    }
}

extension HTTPFields {
    func merging(_ more: HTTPFields) -> HTTPFields {
        var all = self
        for field in more { all[field.name] = field.value }
        return all
    }
}

extension TestResponse {
    var json: JSONValue { get throws { try JSON.decode(JSONValue.self, from: Data(body.readableBytesView)) } }
    /// The code of the one error shape; nil for anything else.
    var errorCode: String? { get throws { status.kind == .successful ? nil : try json["error"]?["code"]?.string } }
}
