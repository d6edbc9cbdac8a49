import Domain
import Foundation
import HTTPTypes
import Hummingbird

/// The OpenAPI 3.1 document of the declared routes.
public enum OpenAPIDocument {
    /// Throws `SchemaError` when a declared type does not tell its shape.
    public static func make(_ routes: [Route], title: String, version: String, server: URL, about: String) throws -> JSONValue {
        let catalogue = SchemaCatalogue()
        let error = try catalogue.schema(of: ErrorAnswer.self)
        var paths: [String: [String: JSONValue]] = [:]
        for route in routes {
            paths[route.path, default: [:]][route.method.rawValue.lowercased()] = try operation(route, error: error, catalogue)
        }
        // What a call takes is closed, also where an answer holds the same.
        let bodies = try routes.reduce(into: [String: JSONValue]()) { bodies, route in
            guard case .json(let type) = route.body else { return }
            bodies.merge(try RequestSchema(of: type).components) { first, _ in first }
        }
        return [
            "openapi": "3.1.0",
            "info": ["title": .string(title), "version": .string(version), "description": .string(about)],
            "servers": [["url": .string(server.absoluteString)]],
            "paths": .object(paths.mapValues { .object($0) }),
            "components": [
                "schemas": .object(catalogue.components.merging(bodies) { _, body in body }),
                "securitySchemes": [
                    "key": ["type": "http", "scheme": "bearer", "description": "An API key: ptz_…"],
                    "session": ["type": "apiKey", "in": "cookie", "name": .string(SessionCookie.name)],
                ],
            ],
        ]
    }

    private static func operation(_ route: Route, error: JSONValue, _ catalogue: SchemaCatalogue) throws -> JSONValue {
        var operation: [String: JSONValue] = [
            "operationId": .string(name(of: route)), "summary": .string(route.summary), "tags": [.string(section(of: route))],
            "security": .array(security(of: route)),
            "responses": .object(try responses(of: route, error: error, catalogue)),
        ]
        let parameters = allParameters(of: route)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters.map(describe)) }
        if let body = try body(of: route, catalogue) { operation["requestBody"] = body }
        if let needs = needs(of: route) { operation["description"] = .string(needs) }
        return .object(operation)
    }

    private static func security(of route: Route) -> [JSONValue] {
        switch route.access {
        case .everybody: []
        case .signedIn, .scope: [["key": []], ["session": []]]
        case .person, .administrator: [["session": []]]
        }
    }

    /// What the caller must be allowed, in words.
    private static func needs(of route: Route) -> String? {
        if route.access == .administrator { return "For administrators of the instance who have signed in." }
        var sentences = route.access == .person ? ["For a person who has signed in; keys are refused."] : []
        if case .scope(let scope) = route.access { sentences.append("A key needs the scope `\(scope.rawValue)`.") }
        if let permission = route.permission {
            let roles = Role.allCases.filter { $0.may(permission) }.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            sentences.append("For members with the role \(roles).")
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    // MARK: - Names

    /// `GET /api/posts/{id}/attempts` is `getPostsIdAttempts`.
    private static func name(of route: Route) -> String {
        let words = route.path.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return route.method.rawValue.lowercased() + words.joined()
    }

    private static func section(of route: Route) -> String {
        route.path.split(separator: "/").dropFirst().first.map(String.init) ?? "api"
    }

    // MARK: - Parameters and bodies

    private static func allParameters(of route: Route) -> [Parameter] {
        let inPath = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { piece in
            let name = String(piece.dropFirst().dropLast())
            let isId = name == "id" || name.hasSuffix("Id")
            return Parameter(name, in: .path, schema: isId ? ["type": "string", "format": "uuid"] : ["type": "string", "minLength": 1], "")
        }
        let key = Parameter(
            HTTPField.Name.idempotencyKey.rawName, in: .header,
            schema: ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"],
            "Makes the call safe to repeat: a repetition within 24 hours gets the first answer again.")
        return inPath + route.parameters + (route.method == .post && route.access != .everybody ? [key] : [])
    }

    private static func describe(_ parameter: Parameter) -> JSONValue {
        var description: [String: JSONValue] = [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue), "schema": parameter.schema,
            "required": .bool(parameter.required),
        ]
        if !parameter.summary.isEmpty { description["description"] = .string(parameter.summary) }
        return .object(description)
    }

    /// Many generators of clients know a file only by the format, which OpenAPI 3.0 prescribed.
    private static let bytes: JSONValue = ["type": "string", "format": "binary", "contentMediaType": "application/octet-stream"]

    private static func body(of route: Route, _ catalogue: SchemaCatalogue) throws -> JSONValue? {
        switch route.body {
        case .none: return nil
        case .json(let type):
            return ["required": true, "content": ["application/json": ["schema": try catalogue.schema(of: type)]]]
        case .upload:
            let form: JSONValue = [
                "type": "object", "required": ["file"], "additionalProperties": false,
                "properties": [
                    "file": bytes,
                    "altText": (["type": "string"] as JSONValue).refined(by: Rule.altText),
                ],
            ]
            return [
                "required": true,
                "content": ["multipart/form-data": ["schema": form], "application/octet-stream": ["schema": bytes], "image/*": [:], "video/*": [:]],
            ]
        case .piece: return ["content": ["application/octet-stream": ["schema": bytes]]]
        }
    }

    // MARK: - Answers

    private static func responses(of route: Route, error: JSONValue, _ catalogue: SchemaCatalogue) throws -> [String: JSONValue] {
        var responses: [String: JSONValue] = [:]
        for (status, codes) in Dictionary(grouping: possibleErrors(of: route), by: \.status) {
            let list = Set(codes.map(\.rawValue)).sorted().joined(separator: ", ")
            responses["\(status)"] = ["description": .string(list), "content": ["application/json": ["schema": error]]]
        }
        for success in route.successes {
            var response: [String: JSONValue] = ["description": .string(success.summary)]
            if let type = success.type {
                response["content"] = ["application/json": ["schema": try catalogue.schema(of: type)]]
            } else if let mediaType = success.mediaType {
                response["content"] = .object([mediaType: [:]])
            }
            responses["\(success.status.code)"] = .object(response)
        }
        return responses
    }

    /// What follows from the declaration, and what the route adds.
    private static func possibleErrors(of route: Route) -> [ProblemReport.Code] {
        var codes: [ProblemReport.Code] = [.internalError, .databaseUnavailable] + route.errors
        // Wrong keys are counted also where right ones are not.
        if route.rate != .uncounted || route.access != .everybody { codes.append(.rateLimited) }
        if route.access != .everybody { codes += [.unauthenticated, .forbidden, .forbiddenScope] }
        if route.method != .get { codes += [.csrf, .storageFull] }
        if route.method == .post, route.access != .everybody { codes += [.idempotencyMismatch, .conflict, .validationFailed] }
        if route.path.contains("{") { codes.append(.notFound) }
        // Any query may hold bytes that are not text.
        codes.append(.validationFailed)
        switch route.body {
        case .none: break
        case .json: codes += [.invalidJSON, .tooLarge, .unsupportedMedia]
        case .upload, .piece: codes += [.badRequest, .uploadIncomplete, .tooLarge, .unsupportedMedia, .storageUnavailable]
        }
        return codes
    }
}
