import Application
import Domain
import Gateway
import Hummingbird

/// Codes besides the password.
struct SecondFactorRoutes: Sendable {
    let services: Services
    private var accounts: Accounts { services.accounts }

    var routes: [Route] { settingUp + going }

    private var settingUp: [Route] {
        [
            Route(.get, "/api/auth/second-factor", "Whether one signs in with a second factor", access: .person) { call in
                try await accounts.secondFactor(as: try call.caller)
            },
            Route(
                .post, "/api/auth/second-factor", "Make a secret for an authenticator app; it is in force once a code of it is confirmed",
                access: .person, body: .json(OwnPassword.self),
                successes: [.init(.created, "The secret, which is shown this once", type: SecondFactorSetup.self)],
                errors: [.wrongCredentials, .rateLimited, .conflict], secret: true
            ) { call in
                let setup = try await accounts.beginSecondFactor(try await call.read(OwnPassword.self), as: try call.caller)
                return try Response.json(setup, status: .created)
            },
            Route(
                .post, "/api/auth/second-factor/confirm", "Put it in force by a code that the app shows; all other sessions end",
                access: .person, body: .json(ShownCode.self),
                successes: [.init(.ok, "Ten recovery codes, which are shown this once", type: RecoveryCodes.self)],
                errors: [.wrongCredentials, .rateLimited, .conflict], secret: true
            ) { call in
                try Response.json(try await accounts.confirmSecondFactor(try await call.read(ShownCode.self), as: try call.caller))
            },
        ]
    }

    private var going: [Route] {
        [
            Route(
                .post, "/api/auth/second-factor/recovery-codes", "Make ten new recovery codes, by password or code; the earlier ones end",
                access: .person, body: .json(PersonProof.self),
                successes: [.init(.ok, "Ten recovery codes, which are shown this once", type: RecoveryCodes.self)],
                errors: [.wrongCredentials, .rateLimited, .conflict], secret: true
            ) { call in
                try Response.json(try await accounts.replaceRecoveryCodes(try await call.read(PersonProof.self), as: try call.caller))
            },
            Route(
                .post, "/api/auth/second-factor/off", "Turn the second factor off, by password or code", access: .person, status: .noContent,
                errors: [.wrongCredentials, .rateLimited, .conflict]
            ) { (proof: PersonProof, call) in
                try await accounts.endSecondFactor(proof, as: try call.caller)
                return Nothing()
            },
        ]
    }
}
