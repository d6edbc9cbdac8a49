import Foundation
import Hummingbird

/// `SimulatorControl` over HTTP: JSON in, JSON out, under `/_control`.
struct ControlAPI: Sendable {
    let control: SimulatorControl

    func answer(_ request: Request) async throws -> Reply {
        let path = request.uri.path.split(separator: "/").dropFirst().joined(separator: "/")
        let query = Dictionary(Encoding.pairs(request.uri.query ?? "")) { $1 }
        do {
            let bytes = try await request.body.collect(upTo: 1 << 20)
            let body = bytes.readableBytes == 0 ? JSON.object([:]) : try JSON.parse(bytes)
            if request.method == .get, path == "environment" { return .json(environment("http://\(request.head.authority ?? "localhost")")) }
            return .json(try answer(request.method, path, query, body, bytes))
        } catch let error as SimulatorError {
            return .json(["error": .string(Self.words(error))], status: error.isNotFound ? 404 : 400)
        } catch let error as DecodingError {
            return .json(["error": .string("cannot read the body: \(error)")], status: 400)
        }
    }

    /// The variables that send a product's calls here.
    private func environment(_ origin: String) -> JSON {
        let lines = control.simulation.platforms.flatMap { $0.environment(origin: origin) }
        return .object(Dictionary(lines.map { ($0.0, .string($0.1)) }) { $1 })
    }

    private func answer(
        _ method: HTTPRequest.Method, _ path: String, _ query: [String: String], _ body: JSON, _ bytes: ByteBuffer
    ) throws -> JSON {
        switch (method, path) {
        case (.get, "faults"): return .array(try control.faults.map(Self.json))
        case (.post, "faults"): return ["id": .int(try control.add(JSONDecoder().decode(Fault.self, from: Data(bytes.readableBytesView))))]
        case (.delete, "faults"): control.removeFaults(id: query["id"].flatMap(Int.init))
        case (.get, "log"): return .array(try log(query).map(Self.json))
        case (.get, "publications"):
            return .array(
                control.publications(
                    platform: query["platform"], account: query["account"], includingDeleted: query["deleted"] == "true"
                ).map(\.json))
        case (.post, "expire-tokens"):
            return ["tokens": .int(try control.expireTokens(platform: text("platform", body), account: text("account", body)))]
        case (.post, "revoke"):
            return ["tokens": .int(try control.revokeTokens(platform: text("platform", body), account: text("account", body)))]
        case (.post, "rate-limit"):
            try control.rateLimit(
                platform: text("platform", body), account: text("account", body), limit: body["limit"]?.int ?? 100,
                remaining: body["remaining"]?.int ?? 0, resetSeconds: body["resetSeconds"]?.double ?? 60)
        case (.post, "followers"):
            return [
                "followers": .int(
                    try control.gainFollowers(
                        body["gain"]?.int ?? 1, platform: text("platform", body), account: text("account", body)))
            ]
        case (.post, "likes"):
            return ["liked": .bool(try control.like(text("id", body), times: body["likes"]?.int ?? 1, platform: text("platform", body)))]
        case (.get, "switches"): return .object(Dictionary(uniqueKeysWithValues: try allSwitches()))
        case (.post, "switches"): try setSwitches(body)
        case (.post, "apps"):
            try control.setCallbacks(
                platform: text("platform", body), app: text("clientId", body), callbacks: body["redirectUris"]?.strings ?? [])
        case (.post, "accounts"): return try addAccount(body)
        case (.post, "tokens"): return try issueToken(body)
        case (.post, "reset"): control.reset()
        default: throw SimulatorError.badRequest("no such control: \(method.rawValue) /_control/\(path)")
        }
        return ["ok": true]
    }

    private func log(_ query: [String: String]) -> [LogEntry] {
        let since = query["since"].flatMap(Int.init) ?? 0
        let found = control.log(platform: query["platform"], operation: query["operation"], account: query["account"])
            .filter { $0.sequence > since }
        return Array(found.suffix(query["limit"].flatMap(Int.init) ?? 10_000))
    }

    private func allSwitches() throws -> [(String, JSON)] {
        try control.simulation.platforms.map { ($0.name, .object(try control.switches(platform: $0.name))) }
    }

    /// `{platform, name: value, …}`.
    private func setSwitches(_ body: JSON) throws {
        let platform = try text("platform", body)
        for (name, value) in body.object ?? [:] where name != "platform" { try control.set(name, to: value, platform: platform) }
    }

    private func addAccount(_ body: JSON) throws -> JSON {
        let account = try control.setAccount(
            platform: text("platform", body), name: text("name", body), username: body["username"]?.string,
            kind: body["kind"]?.string.flatMap(Account.Kind.init) ?? .person, verified: body["verified"]?.bool ?? false,
            administrators: body["administrators"]?.strings)
        return ["id": .string(account.id), "username": .string(account.username), "name": .string(account.name)]
    }

    private func issueToken(_ body: JSON) throws -> JSON {
        let (grant, account) = try control.grant(
            platform: text("platform", body), account: text("account", body), scopes: body["scopes"]?.strings)
        return .compact([
            "accessToken": .string(grant.token), "tokenSecret": grant.secret.map { .string($0) },
            "refreshToken": grant.refreshToken.map { .string($0) }, "accountId": .string(account.id),
            "username": .string(account.username), "expiresAt": grant.expiresAt.map { .string(Encoding.iso8601($0)) },
        ])
    }

    private func text(_ name: String, _ body: JSON) throws -> String {
        guard let value = body[name]?.string else { throw SimulatorError.badRequest("\(name) is missing") }
        return value
    }

    private static func json(_ value: some Encodable) throws -> JSON {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var value = encoder.singleValueContainer()
            try value.encode(Encoding.iso8601(date))
        }
        return try JSONDecoder().decode(JSON.self, from: encoder.encode(value))
    }

    private static func words(_ error: SimulatorError) -> String {
        switch error {
        case .didNotStart: "the simulator did not start"
        case .unknownPlatform(let name): "no platform \(name)"
        case .unknownAccount(let name): "no account \(name)"
        case .unknownSwitch(let name): "no switch \(name)"
        case .badRequest(let reason): reason
        }
    }
}

extension SimulatorError {
    fileprivate var isNotFound: Bool {
        switch self {
        case .unknownPlatform, .unknownAccount, .unknownSwitch: true
        case .didNotStart, .badRequest: false
        }
    }
}
