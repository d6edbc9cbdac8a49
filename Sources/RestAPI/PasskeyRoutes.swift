import Application
import Domain
import Gateway
import Hummingbird

/// Passkeys (WebAuthn): the options go to `navigator.credentials`, whose answer comes back with the cookie that came with them.
struct PasskeyRoutes: Sendable {
    let services: Services
    private var accounts: Accounts { services.accounts }

    var routes: [Route] { own + signingIn }

    private var own: [Route] {
        [
            Route(.get, "/api/auth/passkeys", "The passkeys by which one signs in, oldest first", access: .person) { call in
                Page(items: try await accounts.passkeys(as: try call.caller), nextCursor: nil)
            },
            Route(
                .post, "/api/auth/passkeys/options", "Begin to make a passkey: what navigator.credentials.create takes, by the password",
                access: .person, body: .json(PasskeyProof.self),
                successes: [.init(.ok, "The options; a cookie belongs to them for five minutes", type: PasskeyCreation.self)],
                errors: [.wrongCredentials, .rateLimited, .conflict], secret: true
            ) { call in
                try answer(try await accounts.beginPasskey(try await call.read(PasskeyProof.self), as: try call.caller), call)
            },
            Route(
                .post, "/api/auth/passkeys", "Store the passkey that was made", access: .person, body: .json(NewPasskey.self),
                successes: [.init(.created, "It signs in from now on", type: Passkey.self)],
                errors: [.badRequest, .stateExpired, .alreadyConnected, .conflict]
            ) { call in
                let passkey = try await accounts.addPasskey(try await call.read(NewPasskey.self), cookie: cookie(call), as: try call.caller)
                var response = try Response.json(passkey, status: .created)
                PendingCookie.passkey.clear(on: &response, for: call.context, services.configuration)
                return response
            },
            Route(.patch, "/api/auth/passkeys/{id}", "Rename a passkey", access: .person) { (change: PasskeyName, call) in
                try await accounts.renamePasskey(try call.id(of: "passkey"), change, as: try call.caller)
            },
            Route(
                .post, "/api/auth/passkeys/{id}/remove", "Remove a passkey, by the password; all other sessions end", access: .person,
                status: .noContent, errors: [.wrongCredentials, .rateLimited, .conflict]
            ) { (proof: PasskeyProof, call) in
                try await accounts.removePasskey(try call.id(of: "passkey"), proof, as: try call.caller)
                return Nothing()
            },
        ]
    }

    private var signingIn: [Route] {
        [
            Route(
                .post, "/api/auth/passkey-login/options", "Begin to sign in with a passkey: what navigator.credentials.get takes",
                access: .everybody, body: .json(PasskeyLogin.self),
                successes: [.init(.ok, "The options; a cookie belongs to them for five minutes", type: PasskeyRequest.self)],
                errors: [.unauthenticated, .wrongCredentials, .conflict], secret: true
            ) { call in
                try answer(try await accounts.beginPasskeyLogin(try await call.read(PasskeyLogin.self)), call)
            },
            Route(
                .post, "/api/auth/passkey-login", "Sign in with a passkey", access: .everybody, body: .json(PasskeyAnswer.self),
                successes: [.init(.ok, "Signed in: the session is in the cookie", type: Me.self)],
                errors: [.stateExpired, .wrongCredentials, .unauthenticated, .rateLimited, .forbidden, .notFound, .conflict]
            ) { call in
                let signedIn = try await accounts.finishPasskeyLogin(
                    try await call.read(PasskeyAnswer.self), cookie: cookie(call), from: call.client)
                var response = try Response.json(try await accounts.me(as: signedIn.caller))
                response.headers[values: .setCookie] += SessionCookie.values(signedIn, for: call.context, services.configuration)
                PendingCookie.passkey.clear(on: &response, for: call.context, services.configuration)
                response.headers[.csrfToken] = signedIn.csrfToken
                return response
            },
        ]
    }

    private func cookie(_ call: Call) -> String? { PendingCookie.passkey.value(in: call.request) }

    private func answer<Options: Codable & Sendable>(_ begun: BegunPasskey<Options>, _ call: Call) throws -> Response {
        var response = try Response.json(begun.options)
        PendingCookie.passkey.put(begun.cookie, on: &response, for: call.context, services.configuration)
        return response
    }
}
