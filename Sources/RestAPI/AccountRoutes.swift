import Application
import Domain
import Gateway
import Hummingbird

/// Accounts and sessions.
struct AccountRoutes: Sendable {
    let services: Services
    private var accounts: Accounts { services.accounts }

    struct ForgottenPassword: Codable, Sendable, Ruled {
        static let rules = ["email": Rule.email]
        let email: String
    }

    var routes: [Route] { signingIn + passwords + profile + sessions }

    private var signingIn: [Route] {
        [
            Route(
                .post, "/api/auth/register", "Make an account; the first one administers the instance", access: .everybody,
                body: .json(Registration.self), successes: [.init(.created, "Signed in: the session is in the cookie", type: Me.self)],
                errors: [.emailTaken, .registrationClosed, .rateLimited, .invalidTimeZone, .notFound]
            ) { call in
                let signedIn = try await accounts.register(try await call.read(Registration.self), from: call.client)
                return try await answer(signedIn, .created, call)
            },
            Route(
                .post, "/api/auth/login", "Sign in", access: .everybody, body: .json(Login.self),
                successes: [.init(.ok, "Signed in: the session is in the cookie", type: Me.self)],
                errors: [.wrongCredentials, .secondFactorRequired, .rateLimited, .forbidden, .notFound, .conflict]
            ) { call in
                let signedIn = try await accounts.login(try await call.read(Login.self), from: call.client)
                return try await answer(signedIn, .ok, call)
            },
            Route(
                .post, "/api/auth/logout", "End this session", access: .signedIn, successes: [.init(.noContent, "Signed out")],
                errors: [.forbidden]
            ) { call in
                try await accounts.logout(as: try call.caller)
                let cookie = SessionCookie.cleared(for: call.context, services.configuration)
                return Response(status: .noContent, headers: [.setCookie: cookie])
            },
        ]
    }

    private func answer(_ signedIn: SignedIn, _ status: HTTPResponse.Status, _ call: Call) async throws -> Response {
        var response = try Response.json(try await accounts.me(as: signedIn.caller), status: status)
        response.headers[values: .setCookie] += SessionCookie.values(signedIn, for: call.context, services.configuration)
        response.headers[.csrfToken] = signedIn.csrfToken
        return response
    }

    private var passwords: [Route] {
        [
            Route(
                .post, "/api/auth/forgot", "Mail a link to choose a new password; the answer does not tell whether the address is known",
                access: .everybody, status: .accepted, errors: [.rateLimited]
            ) { (forgotten: ForgottenPassword, call) in
                try await accounts.forgot(forgotten.email, from: call.client)
                return Nothing()
            },
            Route(
                .post, "/api/auth/reset", "Choose a new password by a mailed link; ends all sessions", access: .everybody,
                body: .json(PasswordReset.self), successes: [.init(.noContent, "The password is set")],
                errors: [.notFound, .badRequest, .rateLimited]
            ) { call in
                let device = try await accounts.reset(try await call.read(PasswordReset.self), from: call.client)
                let cookie = DeviceCookie.value(device, for: call.context, services.configuration)
                return Response(status: .noContent, headers: [.cacheControl: "no-store", .setCookie: cookie])
            },
            Route(
                .post, "/api/auth/activation", "Show by a mailed link that an address is one's own", access: .everybody, status: .noContent,
                errors: [.rateLimited]
            ) { (token: ActivationToken, call) in
                try await accounts.activate(token, from: call.client)
                return Nothing()
            },
            Route(
                .post, "/api/auth/activation/again", "Mail that link once more", access: .person,
                successes: [.init(.accepted, "It is on its way")], errors: [.forbidden, .rateLimited, .conflict]
            ) { call in
                try await accounts.resendActivation(as: try call.caller, from: call.client)
                return Response(status: .accepted, headers: [.cacheControl: "no-store"])
            },
            Route(
                .post, "/api/auth/password", "Change the password; ends all other sessions", access: .person, status: .noContent,
                errors: [.wrongCredentials, .rateLimited]
            ) { (change: PasswordChange, call) in
                try await accounts.changePassword(change, as: try call.caller)
                return Nothing()
            },
        ]
    }

    private var profile: [Route] {
        [
            Route(
                .get, "/api/auth/me", "Who this session or key is; a session's answer has its token in `X-CSRF-Token`", access: .signedIn,
                successes: [.init(.ok, "Who it is", type: Me.self)]
            ) { call in
                var response = try Response.json(try await accounts.me(as: try call.caller))
                // Who signed in again in another tab goes on in this one.
                response.headers[.csrfToken] = call.context.signedIn?.csrfToken
                return response
            },
            Route(
                .patch, "/api/auth/me", "Change the profile or the workspace; what is absent stays", access: .signedIn,
                errors: [.invalidTimeZone, .conflict]
            ) { (change: ProfileChange, call) in
                try await accounts.updateProfile(change, as: try call.caller)
            },
            Route(.get, "/api/auth/mails", "Which mails you get besides those that have to be", access: .person) { call in
                try await accounts.mailChoices(as: try call.caller)
            },
            Route(.patch, "/api/auth/mails", "Choose which mails you get; what is absent stays", access: .person) {
                (change: MailChoicesChange, call) in
                try await accounts.choose(change, as: try call.caller)
            },
        ]
    }

    private var sessions: [Route] {
        [
            Route(
                .get, "/api/auth/export", "Everything that is kept about the signed-in person, as a file", access: .person,
                successes: [.init(.ok, "What is kept", type: PersonalData.self)], errors: [.forbidden]
            ) { call in
                var response = try Response.json(try await accounts.personalData(as: try call.caller))
                response.headers[.contentDisposition] = "attachment; filename=\"postiz-account.json\""
                return response
            },
            Route(
                .get, "/api/auth/export/archive", "The same with one's own posts and files, as a tar archive that is made while it is sent",
                access: .person, successes: [.init(.ok, "The archive", mediaType: "application/x-tar")], errors: [.forbidden]
            ) { call in
                let archive = try await services.personalArchive.begin(as: try call.caller)
                let body = ResponseBody { writer in
                    for try await piece in archive.pieces { try await writer.write(piece) }
                    try await writer.finish(nil)
                }
                return Response(
                    status: .ok,
                    headers: [
                        .contentType: "application/x-tar", .contentDisposition: "attachment; filename=\"postiz-account.tar\"",
                        .cacheControl: "no-store",
                    ], body: body)
            },
            Route(.get, "/api/auth/sessions", "The browsers that are signed in", access: .person) { call in
                Page(items: try await accounts.sessions(as: try call.caller), nextCursor: nil)
            },
            Route(.delete, "/api/auth/sessions/{id}", "Sign a browser out", access: .person, status: .noContent) { call in
                try await accounts.revokeSession(try call.id(of: "session"), as: try call.caller)
                return Nothing()
            },
        ]
    }
}

extension Call {
    var client: ClientInfo { context.client(request) }
}
