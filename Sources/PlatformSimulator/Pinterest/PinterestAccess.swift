import Foundation
import HTTPTypes

/// Consent, tokens, accounts and boards.
extension Pinterest {
    var authorisation: [Operation] {
        [
            Operation("pinterest.authorize", .get, "/oauth", handler: authorize),
            Operation("pinterest.authorize", .post, "/oauth", handler: authorize),
            Operation("pinterest.token", .post, "/v5/oauth/token", handler: token),
            Operation("pinterest.account", .get, "/v5/user_account", handler: api(["user_accounts:read"], showAccount)),
        ]
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            return consentRefused("Unknown client_id.")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else {
            return consentRefused("The redirect_uri is not registered with the app.")
        }
        let scopes = (call.query("scope") ?? "").split(separator: ",").map(String.init)
        guard call.query("response_type") == "code", !scopes.isEmpty, scopes.allSatisfy(allScopes.contains) else {
            return consentRefused("Invalid scope or response_type.")
        }
        func back(_ pairs: [(String, String)]) -> Reply {
            .redirect(Encoding.adding(pairs + (call.query("state").map { [("state", $0)] } ?? []), to: redirect))
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes)
        case .decline: return back([("error", "access_denied"), ("error_description", "The person declined")])
        case .allow(let account):
            let code = Encoding.token(bytes: 30)
            store.update {
                $0.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: account.id, redirectURI: redirect, scopes: scopes, expiresAt: call.now.addingTimeInterval(600))
            }
            return back([("code", code)])
        }
    }

    private func token(_ call: Call) throws -> Reply {
        do {
            return try store.update { state in
                guard call.isForm, call.basic != nil else { throw OAuth2Failure.invalidClient }
                let app = try state.client(call)
                let known: Set = ["grant_type", "code", "redirect_uri", "refresh_token", "scope", "continuous_refresh"]
                guard call.form.allSatisfy({ known.contains($0.0) }) else { throw OAuth2Failure.invalidRequest }
                switch call.form("grant_type") {
                case "authorization_code":
                    let code = try state.redeem(
                        code: call.form("code") ?? "", app: app, redirectURI: call.form("redirect_uri"), verifier: nil, now: call.now)
                    let grant = issueGrant(account: code.accountID, app: app.id, scopes: code.scopes, in: &state, now: call.now)
                    return tokenReply(grant, call)
                case "refresh_token":
                    let refresh = call.form("refresh_token") ?? ""
                    guard let old = state.grants.grant(refreshToken: refresh), old.appID == app.id, !old.isRevoked,
                        old.refreshExpiresAt.map({ $0 > call.now }) ?? false
                    else { throw OAuth2Failure.invalidGrant }
                    // A refresh token serves once; its successor has a term of its own.
                    state.grants.spend(refreshToken: refresh)
                    let grant = issueGrant(account: old.accountID, app: app.id, scopes: Array(old.scopes), in: &state, now: call.now)
                    return tokenReply(grant, call)
                // The app's own token, with which nobody posts.
                case "client_credentials":
                    guard let scope = call.form("scope") else { throw OAuth2Failure.invalidRequest }
                    return .json([
                        "access_token": .string(Encoding.token("pina_", bytes: 40)), "token_type": "bearer", "expires_in": 2_592_000,
                        "scope": .string(scope), "response_type": "client_credentials",
                    ])
                default: throw OAuth2Failure.unsupportedGrantType
                }
            }
        } catch let failure as OAuth2Failure {
            throw failure == .invalidClient
                ? PinterestProblem.refusal(401, 2, "Authentication failed.") : PinterestProblem.refusal(400, 283, failure.rawValue)
        }
    }

    private func tokenReply(_ grant: Grant, _ call: Call) -> Reply {
        .json(
            .compact([
                "access_token": .string(grant.token), "token_type": "bearer", "expires_in": 2_592_000,
                "scope": .string(grant.scopes.sorted().joined(separator: " ")), "response_type": .optional(call.form("grant_type")),
                "refresh_token": .optional(grant.refreshToken), "refresh_token_expires_in": 5_184_000,
                "refresh_token_expires_at": .int(Int(call.now.timeIntervalSince1970) + 5_184_000),
            ]))
    }

    private func showAccount(_ state: inout PlatformState, _ account: Account, _ call: Call) -> Reply {
        .json([
            "id": .string(account.id), "username": .string(account.username), "account_type": "BUSINESS", "business_name": .string(account.name),
            "profile_image": .string("\(call.base)/_media/avatar-\(account.id)"), "website_url": "https://example.com",
            "follower_count": .int(Popularity.followers(account.id)), "following_count": 12,
            "pin_count": .int(state.timeline.count(author: account.id)), "board_count": 2, "monthly_views": 0,
        ])
    }

    // MARK: Boards

    var boards: [Operation] {
        [
            Operation("pinterest.boards", .get, "/v5/boards", handler: api(["boards:read"], listBoards)),
            Operation("pinterest.sections", .get, "/v5/boards/{id}/sections", handler: api(["boards:read"], listSections)),
            Operation("pinterest.boardPins", .get, "/v5/boards/{id}/pins", handler: api(["boards:read", "pins:read"], listBoardPins)),
        ]
    }

    /// A page of `items`, and the bookmark of the next.
    func page(_ items: [JSON], _ call: Call, _ state: PlatformState) throws -> Reply {
        let size = call.query("page_size").flatMap(Int.init) ?? 25
        guard (1...250).contains(size) else { throw PinterestProblem.invalid("page_size must be 1 to 250") }
        let start = call.query("bookmark").flatMap { Int($0.dropFirst(1)) } ?? 0
        let page = items.dropFirst(start).prefix(min(size, state.number("pageSize")))
        let next = start + page.count
        return .json(["items": .array(Array(page)), "bookmark": next < items.count ? .string("b\(next)") : .null])
    }

    private func listBoards(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let sees = call.bearer.flatMap { state.grants[$0] }?.scopes.contains("boards:read_secret") ?? false
        let mine = state.records.filter { $0.key.hasPrefix("board:\(account.id):") }.sorted { $0.key < $1.key }.map(\.value)
        return try page(mine.filter { sees || $0["privacy"]?.string != "SECRET" }, call, state)
    }

    private func existing(_ account: Account, _ call: Call, _ state: PlatformState) throws -> JSON {
        guard let board = board(call.parameter("id"), of: account, state) else { throw PinterestProblem.refusal(404, 40, "Board not found.") }
        return board
    }

    private func listSections(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        try page(existing(account, call, state)["sections"]?.array ?? [], call, state)
    }

    private func listBoardPins(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let id = try existing(account, call, state)["id"]?.string
        let pins = state.timeline.latest(.max, by: account.id) { $0.details["board_id"]?.string == id }
        return try page(pins.map { pin($0, account, call, state) }, call, state)
    }
}
