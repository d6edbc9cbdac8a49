import Domain
import Foundation

/// The app with which a server knows us: registered by ourselves, once per server, callback address and permissions.
extension Mastodon {
    struct Registration: Sendable {
        let instance: Instance
        let app: RegisteredApp
        let scopes: [String]
    }

    /// What answers is no server of this kind, but it may say where that is.
    private struct Elsewhere: Error {
        let instance: Instance?
    }

    /// The app at the server that the person named, or at the one that this leads to: by one redirect, or by what the domain of a handle says.
    func registration(at named: Instance, typed: String?, callbackURL: String) async throws -> Registration {
        if let app = operatorsApp(for: named) {
            return Registration(instance: named, app: app, scopes: await scopesAsked(at: named))
        }
        do {
            return try await registration(at: named, callbackURL: callbackURL)
        } catch let elsewhere as Elsewhere {
            var next = elsewhere.instance
            if next == nil { next = await home(of: typed ?? "", at: named) }
            guard let next, next != named else { throw Self.noSuchServer(named) }
            if next != ownInstance { try await context.guarded.check(next.url) }
            do {
                return try await registration(at: next, callbackURL: callbackURL)
            } catch is Elsewhere {
                throw Self.noSuchServer(named)
            }
        }
    }

    private static func noSuchServer(_ named: Instance) -> PlatformError {
        PlatformError(.invalidContent, code: "MASTODON_NO_SUCH_SERVER", message: notAServer(named))
    }

    /// The operator's own app, for the server that it was made at.
    func operatorsApp(for instance: Instance) -> RegisteredApp? {
        guard instance == ownInstance, let id = context.configuration.value("MASTODON_CLIENT_ID"),
            let secret = context.configuration.value("MASTODON_CLIENT_SECRET")
        else { return nil }
        return RegisteredApp(clientId: id, clientSecret: secret)
    }

    private func registration(at instance: Instance, callbackURL: String) async throws -> Registration {
        for scopes in [Self.wholeScopes, Self.scopes] {
            let known = try await context.apps.app(
                platform: descriptor.id, instance: instance.url, callbackURL: callbackURL, scopes: scopes)
            guard let known else { continue }
            if await !isForgotten(known, at: instance, callbackURL: callbackURL, scopes: scopes) {
                return Registration(instance: instance, app: known, scopes: scopes)
            }
            return try await register(at: instance, callbackURL: callbackURL, scopes: scopes)
        }
        return try await register(at: instance, callbackURL: callbackURL, scopes: await scopesAsked(at: instance))
    }

    private func scopesAsked(at instance: Instance) async -> [String] {
        await software(of: instance) == "takahe" ? Self.wholeScopes : Self.scopes
    }

    /// Servers forget apps: snac with the first token that is revoked, others when they tidy up or are set up anew. Their consent pages then
    /// show an error from which nobody comes back, so they are asked before (RFC 6749 §4.4).
    private func isForgotten(_ app: RegisteredApp, at instance: Instance, callbackURL: String, scopes: [String]) async -> Bool {
        let call = OAuth2.tokenCall(
            "\(instance.url)/oauth/token",
            [
                ("grant_type", "client_credentials"), ("client_id", app.clientId), ("client_secret", app.clientSecret),
                ("redirect_uri", callbackURL), ("scope", scopes.joined(separator: " ")),
            ])
        // No answer tells nothing: then the app is used as it is.
        guard let answer = try? await sender(instance).send(call) else { return false }
        return (400..<500).contains(answer.status) && ![408, 429].contains(answer.status)
    }

    func register(at instance: Instance, callbackURL: String, scopes: [String]) async throws -> Registration {
        let call = HTTPCall(
            "POST", "\(instance.url)/api/v1/apps",
            body: .form([
                ("client_name", "Postiz"), ("redirect_uris", callbackURL), ("scopes", scopes.joined(separator: " ")),
                ("website", callbackURL.components(separatedBy: "/api/").first ?? callbackURL),
            ]))
        let answer = try await api(instance).send(call, accepting: Set(300..<500).subtracting([408, 429]))
        if (300..<400).contains(answer.status) {
            throw Elsewhere(instance: answer.headers["location"].flatMap { self.instance(at: $0, from: call.url) })
        }
        if answer.isSuccess, let told = try? JSON.decode(AppAnswer.self, from: answer.body) {  // Any web site may answer 200.
            let app = RegisteredApp(clientId: told.id, clientSecret: told.secret)
            try await context.apps.save(app, platform: descriptor.id, instance: instance.url, callbackURL: callbackURL, scopes: scopes)
            return Registration(instance: instance, app: app, scopes: scopes)
        }
        guard !answer.isSuccess, answer.status != 404, let detail = answer.detail else { throw Elsewhere(instance: nil) }
        throw PlatformError(
            .invalidContent, code: "MASTODON_REGISTRATION_REFUSED", message: "\(instance.host) does not let Postiz register: \(detail)",
            platformAnswer: Redaction.platformAnswer("HTTP \(answer.status) \(answer.text)", secrets: []))
    }

    private struct AppAnswer: Decodable {
        let id: String
        let secret: String

        enum CodingKeys: String, CodingKey {
            case id = "client_id"
            case secret = "client_secret"
        }
    }
}

/// What a domain tells about the server behind it, all of it voluntary: nil when it is silent.
extension Mastodon {
    /// The name of a server's software as NodeInfo has it: `mastodon`, `takahe`.
    func software(of instance: Instance) async -> String? {
        guard let address = await nodeInfoAddress(of: instance) else { return nil }
        return await document(address, of: instance)?["software"]?["name"]?.string?.lowercased()
    }

    /// The server of a handle (`@name@domain`, by WebFinger, RFC 7033) or of a domain whose server lives under another name (by NodeInfo).
    private func home(of typed: String, at instance: Instance) async -> Instance? {
        if typed.contains("@"), !typed.contains("://") {
            let account = FormEncoding.escape("acct:\(typed.trimmingCharacters(in: ["@", " "]))")
            let links = await document("\(instance.url)/.well-known/webfinger?resource=\(account)", of: instance)?["links"]?.array ?? []
            return links.first { $0["rel"]?.string == "self" }?["href"]?.string.flatMap { self.instance(at: $0) }
        }
        return await nodeInfoAddress(of: instance).flatMap { self.instance(at: $0) }
    }

    private func nodeInfoAddress(of instance: Instance) async -> String? {
        await document("\(instance.url)/.well-known/nodeinfo", of: instance)?["links"]?.array?.last?["href"]?.string
    }

    /// What stands at `address`, which `instance` may have named: only the operator's own server is trusted with its own addresses.
    private func document(_ address: String, of instance: Instance) async -> JSONValue? {
        let isOwn = instance == ownInstance && self.instance(at: address) == ownInstance
        let sender: any HTTPSender = isOwn ? context.http : context.guarded
        guard let answer = try? await sender.send(HTTPCall("GET", address, headers: [("Accept", "application/json, application/jrd+json")])),
            answer.isSuccess
        else { return nil }
        return answer.document  // What is no JSON tells nothing.
    }
}
