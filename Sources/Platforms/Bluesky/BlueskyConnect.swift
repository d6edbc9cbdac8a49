import Domain
import Foundation

extension Bluesky {
    private static let service = "service"
    private static let identifier = "identifier"
    private static let password = "password"

    func connect(form: [String: String]) async throws -> Credentials {
        let typed = form[Self.service] ?? Self.defaultService
        var server = hosts.url(Self.defaultService)
        // Only the server counts of an address: people paste one with a path.
        if typed != Self.defaultService, !hosts.owns(typed, domains: ["bsky.social", "bsky.app"]), let parts = URLComponents(string: typed),
            let scheme = parts.scheme, let host = parts.host
        {
            server = "\(scheme)://\(host.lowercased())\(parts.port.map { ":\($0)" } ?? "")"
            try await context.guarded.check(server)
        }
        // Handles are copied with an @, and with unseen signs that steer the direction of writing.
        let handle = String(
            String.UnicodeScalarView(
                (form[Self.identifier] ?? "").unicodeScalars.filter {
                    !$0.properties.isWhitespace && !$0.properties.isDefaultIgnorableCodePoint && !$0.properties.isBidiControl
                }))
        return try await signIn(
            at: server, identifier: handle.hasPrefix("@") ? String(handle.dropFirst()) : handle, password: form[Self.password] ?? "")
    }

    private func signIn(at server: String, identifier: String, password: String) async throws -> Credentials {
        var call = xrpc(
            "POST", "com.atproto.server.createSession", at: server,
            body: try .json(["identifier": .string(identifier), "password": .string(password)] as JSONValue))
        call.secrets = [password]
        let session: Session = try await api(server).value(call)
        return try credentials(session, extra: [Self.service: server, Self.identifier: identifier, Self.password: password])
    }

    private func credentials(_ session: Session, extra: [String: String]) throws -> Credentials {
        guard session.active != false else {
            throw PlatformError(
                .authentication, code: "BLUESKY_ACCOUNT_RESTRICTED",
                message: "The account is \(session.status ?? "not active"). Sign in at its server to see why, then connect it again.")
        }
        var extra = extra
        extra["did"] = session.did
        return Credentials(
            accessToken: session.accessJwt, refreshToken: session.refreshJwt, expiresAt: Self.expiry(of: session.accessJwt),
            instanceURL: session.server ?? extra[Self.service], extra: extra)
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let profile: Profile = try await query("app.bsky.actor.getProfile", [("actor", credentials.extra["did"] ?? "")], credentials)
        return [
            PlatformAccount(
                id: profile.did, username: profile.handle,
                displayName: profile.displayName.flatMap { $0.isEmpty ? nil : $0 } ?? profile.handle, pictureURL: profile.avatar,
                profileURL: hosts.url("https://bsky.app/profile/\(profile.handle)"))
        ]
    }

    /// Servers allow few sign-ins a day, so the session is renewed, and the password only used when that fails.
    func refresh(_ credentials: Credentials) async throws -> Credentials {
        let server = server(of: credentials)
        let refusal: PlatformError
        do {
            let session: Session = try await api(server).value(
                xrpc("POST", "com.atproto.server.refreshSession", at: server, token: credentials.refreshToken ?? ""))
            return try self.credentials(session, extra: credentials.extra)
        } catch let error as PlatformError where error.kind == .authentication {
            refusal = error
        }
        let extra = credentials.extra
        guard let service = extra[Self.service], let identifier = extra[Self.identifier], let password = extra[Self.password] else { throw refusal }
        return try await signIn(at: service, identifier: identifier, password: password)
    }

    /// Ends the session. The app password stays until the person removes it at the server.
    func revoke(_ credentials: Credentials) async throws {
        guard let token = credentials.refreshToken else { return }
        let server = server(of: credentials)
        _ = try await api(server).send(xrpc("POST", "com.atproto.server.deleteSession", at: server, token: token), accepting: [400, 401])
    }

    /// The end of a token, from its claim `exp` (RFC 7519 §4.1.4); nil where it cannot be read: then the server's refusal tells.
    static func expiry(of token: String) -> Timestamp? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let base64 = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
        let padded = base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard let claims = Data(base64Encoded: padded), let exp = (try? JSON.decode(JSONValue.self, from: claims))?["exp"]?.int,
            (0...100_000_000_000).contains(exp)
        else { return nil }
        return Timestamp(milliseconds: Int64(exp) * 1000)
    }

    private struct Session: Decodable {
        let accessJwt: String
        let refreshJwt: String
        let did: String
        let active: Bool?
        let status: String?
        let didDoc: JSONValue?

        /// The account's own server, which the document of its identity names.
        var server: String? {
            let services = didDoc?["service"]?.array ?? []
            let address = services.first { $0["id"]?.string?.hasSuffix("#atproto_pds") == true }?["serviceEndpoint"]?.string
            return address.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        }
    }

    private struct Profile: Decodable {
        let did: String
        let handle: String
        let displayName: String?
        let avatar: String?
    }
}
