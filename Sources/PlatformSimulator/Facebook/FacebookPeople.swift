import Foundation
import HTTPTypes

extension Facebook {
    var people: [Operation] {
        [
            Operation("facebook.me", .get, "/v{version}/me", limits: Self.limits, handler: graph(me)),
            Operation("facebook.permissions", .get, "/v{version}/{id}/permissions", limits: Self.limits, handler: graph(permissions)),
            Operation("facebook.revoke", .delete, "/v{version}/{id}/permissions", handler: graph(revoke)),
            Operation("facebook.accounts", .get, "/v{version}/{id}/accounts", limits: Self.limits, handler: graph(accounts)),
            Operation("facebook.businesses", .get, "/v{version}/{id}/businesses", limits: Self.limits, handler: graph(businesses)),
            Operation("facebook.ownedPages", .get, "/v{version}/{id}/owned_pages", limits: Self.limits, handler: graph(businessPages)),
            Operation("facebook.clientPages", .get, "/v{version}/{id}/client_pages", limits: Self.limits, handler: graph(businessPages)),
        ]
    }

    private func me(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try authenticate(parameters, call, state)
        return .json(try personNode(caller, &state, parameters, call))
    }

    func personNode(_ caller: GraphCaller, _ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> JSON {
        if let page = caller.page { return try pageNode(page, caller, &state, parameters, call) }
        let picture: JSON = ["data": ["url": .string("\(call.base)/_media/avatar-\(caller.person.id)"), "is_silhouette": false]]
        return try Self.select(
            ["id": .string(caller.person.id), "name": .string(caller.person.name), "picture": picture], type: "User", parameters,
            usual: ["id", "name"])
    }

    private func permissions(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try own(parameters, call, state)
        let declined = state.records["declined:\(caller.person.id)"]?.strings ?? []
        let all = caller.grant.scopes.sorted().map { ($0, "granted") } + declined.map { ($0, "declined") }
        return Self.page(all.map { ["permission": .string($0.0), "status": .string($0.1)] }, parameters, call)
    }

    /// What is a person's is for that person only, by `me` or by the number.
    private func own(_ parameters: GraphParameters, _ call: Call, scope: String? = nil, _ state: PlatformState) throws -> GraphCaller {
        let caller = try authenticate(parameters, call, scope: scope, state)
        guard ["me", caller.person.id].contains(call.parameter("id")) else { throw GraphFailure.unknown(call.parameter("id")).refusal }
        return caller
    }

    /// Ends everything that the person gave the app.
    private func revoke(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try own(parameters, call, state)
        let app = caller.grant.appID
        _ = state.grants.change(account: caller.person.id) { if $0.appID == app { $0.isRevoked = true } }
        return .json(["success": true])
    }

    private func accounts(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try own(parameters, call, scope: "pages_show_list", state)
        let direct = state.accounts.organizations.filter {
            $0.id != Self.owned.last && Self.isPage($0) && $0.isAdministered(by: caller.person.id)
        }
        let entries = try direct.map { try pageNode($0.id, caller, &state, parameters, call) }
        return Self.page(entries, parameters, call, most: 2)
    }

    static func isPage(_ account: Account) -> Bool { account.kind == .organization && !account.id.hasPrefix("17841") }

    private func businesses(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        _ = try own(parameters, call, scope: "business_management", state)
        return Self.page([["id": .string(Self.business), "name": "Example Holding"]], parameters, call)
    }

    private func businessPages(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try authenticate(parameters, call, scope: "business_management", state)
        guard call.parameter("id") == Self.business else { throw GraphFailure.unknown(call.parameter("id")).refusal }
        guard call.path.hasSuffix("owned_pages") else {
            throw GraphFailure(10, "(#10) This endpoint requires the 'business_management' permission or feature.", status: 403).refusal
        }
        return Self.page(try Self.owned.map { try pageNode($0, caller, &state, parameters, call) }, parameters, call)
    }

    func pageNode(
        _ id: String, _ caller: GraphCaller, _ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call
    ) throws -> JSON {
        guard let page = state.accounts[id], Self.isPage(page) else { throw GraphFailure.unknown(id).refusal }
        let mayPost = id != Self.readers && page.isAdministered(by: caller.person.id)
        let token = mayPost ? pageToken(id, of: caller, &state, now: call.now) : nil
        let mayKnowInstagram = caller.grant.scopes.contains("instagram_basic")
        let linked = state.accounts[Self.instagramID(ofPage: id)]
        return try Self.select(
            [
                "id": .string(id), "name": .string(page.name), "username": .string(page.username),
                "link": .string(call.base + profilePath(page)), "access_token": token.map { .string($0) },
                "tasks": .array((mayPost ? ["ANALYZE", "CREATE_CONTENT", "MODERATE"] : ["ANALYZE"]).map { .string($0) }),
                "picture": ["data": ["url": .string("\(call.base)/_media/avatar-\(id)")]],
                "followers_count": .int(Popularity.followers(id)), "fan_count": .int(Popularity.followers(id)),
                "instagram_business_account": mayKnowInstagram ? linked.map { ["id": .string($0.id)] } : nil,
            ], type: "Page", parameters, usual: ["id", "name", "access_token", "tasks"])
    }

    static func instagramID(ofPage id: String) -> String { "17841" + id.dropFirst(3) }
}
