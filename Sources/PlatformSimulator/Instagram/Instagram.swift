import Foundation
import HTTPTypes

/// Instagram by its own login: every person has a professional account.
struct Instagram: InstagramPlatform {
    let name = "instagram"
    let title = "Instagram"
    let colour = "oklch(0.55 0.2 5)"
    let usage = "instagram"
    let limitCode = 80_002
    let permissions = "instagram_business_"
    static let scopes = [
        "instagram_business_basic", "instagram_business_content_publish", "instagram_business_manage_comments",
        "instagram_business_manage_insights", "instagram_business_manage_messages",
    ]
    let allScopes = Instagram.scopes
    let switches: [Switch]
    let store: Store

    init(_ options: SimulatorOptions) {
        switches =
            [.autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits)] + Self.instagramSwitches + [
                Switch(name: "listsGrants", initial: true, help: "Short tokens come in a list, as documented, with permissions as a list"),
                Switch(name: "accountType", initial: "BUSINESS", help: "BUSINESS, MEDIA_CREATOR, or PERSONAL, which apps cannot post to"),
            ]
        store = Store(Self.initialState(switches: switches)) { state in
            state.apps["sim-instagram-id"] = RegisteredApp(id: "sim-instagram-id", secret: "sim-instagram-secret", name: "Postiz")
            for (username, name) in SamplePeople.all {
                state.accounts.add(Self.person(name: name, username: username, in: &state, now: SamplePeople.since))
            }
        }
    }

    var operations: [Operation] {
        let limits = [RateLimit("instagram", 4800, .seconds(86_400))]
        let story: @Sendable (Call) -> Reply = { call in PlatformPages.post(self, call.parameter("id"), now: call.now) }
        return authorisation + instagramOperations(limits) + [
            Operation("instagram.stories", .get, "/v{version}/{id}/stories", limits: limits, handler: graph(listMedia(true))),
            Operation("instagram.comment", .post, "/v{version}/{id}/comments", limits: limits, handler: graph(commentOnInstagram)),
            Operation("instagram.comments", .get, "/v{version}/{id}/comments", limits: limits, handler: graph(listInstagramComments)),
            Operation("instagram.insights", .get, "/v{version}/{id}/insights", limits: limits, handler: graph(instagramInsights)),
            Operation("instagram.me", .get, "/v{version}/me", limits: limits, handler: graph(me)),
            Operation("instagram.node", .get, "/v{version}/{id}", limits: limits, handler: graph(readInstagram)),
            Operation("instagram.change", .post, "/v{version}/{id}", limits: limits, handler: graph(changeInstagram)),
            .page("instagram.reelPage", "/reel/{id}", handler: story), .page("instagram.storyPage", "/stories/{id}", handler: story),
        ]
    }

    func acts(_ caller: GraphCaller, for account: String, _ state: PlatformState) -> Bool { caller.person.id == account }

    private func me(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try authenticate(parameters, call, scope: "instagram_business_basic", state)
        let person = caller.person
        return .json(
            try Self.select(
                [
                    // Only for this app: nothing can be published with it.
                    "id": .string("26" + person.id.dropFirst(2)), "user_id": .string(person.id), "username": .string(person.username),
                    "name": .string(person.name), "account_type": state.switches["accountType"],
                    "profile_picture_url": .string("\(call.base)/_media/avatar-\(person.id)"),
                    "followers_count": .int(Popularity.followers(person.id)), "media_count": .int(state.timeline.count(author: person.id)),
                ], type: "IGUser", parameters, usual: ["id"]))
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.person(name: name, username: username, in: &state, now: now)
    }

    private static func person(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        let number = state.nextID(now: now, shift: 8)
        return Account(id: "17841" + number.suffix(12), username: username, name: name, kind: .person, createdAt: now)
    }

    /// A long token.
    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        let grant = Grant(
            token: Encoding.token("IGAA", bytes: 60), appID: app, accountID: account, scopes: Set(scopes), issuedAt: now,
            expiresAt: now.addingTimeInterval(5_184_000))
        state.grants.add(grant)
        return grant
    }

    func profilePath(_ account: Account) -> String { "/@" + account.username }
    func postPath(_ publication: Publication, author: Account) -> String { instagramPath(publication) }
    func remarks(on publication: Publication) -> [String] { instagramRemarks(publication.details) }

    func environment(origin: String) -> [(String, String)] {
        [("INSTAGRAM_API_BASE_URL", origin + prefix), ("INSTAGRAM_APP_ID", sampleApp.id), ("INSTAGRAM_APP_SECRET", sampleApp.secret)]
    }
}
