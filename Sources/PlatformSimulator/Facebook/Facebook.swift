import Foundation
import HTTPTypes

/// Facebook: people, the pages they work on, and the businesses that pages belong to.
struct Facebook: InstagramPlatform {
    let name = "facebook"
    let title = "Facebook"
    let colour = "oklch(0.5 0.17 262)"
    let usage = "pages"
    let limitCode = 80_001
    let permissions = "instagram_"
    static let scopes = [
        "public_profile", "email", "pages_show_list", "business_management", "pages_manage_posts", "pages_manage_engagement",
        "pages_read_engagement", "pages_read_user_content", "read_insights", "instagram_basic", "instagram_content_publish",
        "instagram_manage_comments", "instagram_manage_insights", "instagram_manage_contents",
    ]
    let allScopes = Facebook.scopes
    let switches: [Switch]
    let store: Store

    /// The pages, and how one comes to them.
    static let pages = [
        (id: "61550000000001", username: "example-widgets", name: "Example Widgets"),
        (id: "61550000000002", username: "example-foods", name: "Example Foods"),
        (id: "61550000000003", username: "example-garden", name: "Example Garden"),
        (id: readers, username: "example-readers", name: "Example Readers"),
    ]
    /// The person may only look at its figures: its entry carries no token.
    static let readers = "61550000000004"
    static let business = "2001001"
    static let owned = ["61550000000002", "61550000000003"]

    init(_ options: SimulatorOptions) {
        switches =
            [
                .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
                Switch(name: "requireProof", initial: false, help: "The app requires appsecret_proof with every call"),
                Switch(name: "processingPolls", initial: 1, help: "Status requests until a video is processed"),
                Switch(name: "videoFailure", initial: 0, help: "Processing of reels and stories ends in this error code; 0: it succeeds"),
                Switch(name: "retiredPreset", initial: "", help: "This background gives 500 with code 1, as retired ones do"),
                Switch(name: "refuseDuplicates", initial: true, help: "506 for the same text directly after the same post"),
                Switch(name: "uploadsNeedPageToken", initial: false, help: "Resumable uploads refuse a person's token"),
            ] + Self.instagramSwitches
        store = Store(Self.initialState(switches: switches)) { state in
            state.apps["sim-facebook-id"] = RegisteredApp(id: "sim-facebook-id", secret: "sim-facebook-secret", name: "Postiz")
            for (username, name) in SamplePeople.all {
                state.accounts.add(Self.person(name: name, username: username, in: &state, now: SamplePeople.since))
            }
            for page in Self.pages {
                state.accounts.add(
                    Account(id: page.id, username: page.username, name: page.name, kind: .organization, createdAt: SamplePeople.since))
            }
            // Two of the pages have an Instagram account.
            for page in Self.pages.prefix(2) {
                state.accounts.add(
                    Account(
                        id: Self.instagramID(ofPage: page.id), username: page.username.replacingOccurrences(of: "-", with: "."), name: page.name,
                        kind: .organization, createdAt: SamplePeople.since))
            }
        }
    }

    var operations: [Operation] {
        authorisation + people + audio + photos + films + posts + reading + statistics + instagramOperations(Self.limits) + nodes + pages
    }

    private var audio: [Operation] {
        [Operation("facebook.audio", .get, "/v{version}/ig_audio", limits: Self.limits, handler: graph(searchAudio))]
    }

    /// The token of the page that it belongs to, or of somebody who works on that page.
    func acts(_ caller: GraphCaller, for account: String, _ state: PlatformState) -> Bool {
        guard let page = Self.pages.first(where: { Self.instagramID(ofPage: $0.id) == account }) else { return false }
        if let own = caller.page { return own == page.id }
        return state.accounts[page.id]?.isAdministered(by: caller.person.id) ?? false
    }

    /// Ids tell nothing of what they name: an edge that both have is answered by the one whose thing it is.
    func either(_ instagram: @escaping GraphHandler, _ own: @escaping GraphHandler) -> @Sendable (Call) async throws -> Reply {
        graph { state, parameters, call in
            try isInstagram(call.parameter("id"), state) ? instagram(&state, parameters, call) : own(&state, parameters, call)
        }
    }

    /// What one page may be asked for in a day.
    static let limits = [RateLimit("pages", 4800, .seconds(86_400))]

    private var pages: [Operation] {
        let show: @Sendable (Call) -> Reply = { call in PlatformPages.post(self, call.parameter("id"), now: call.now) }
        return [
            .page("facebook.reelPage", "/reel/{id}", handler: show), .page("facebook.storyPage", "/stories/{id}", handler: show),
            .page("facebook.postPage", "/posts/{id}", handler: show),
        ]
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.person(name: name, username: username, in: &state, now: now)
    }

    private static func person(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Account(id: newID(in: &state, now: now), username: username, name: name, kind: .person, createdAt: now)
    }

    static func newID(in state: inout PlatformState, now: Date) -> String { state.nextID(now: now, shift: 8) }

    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        let grant = Grant(
            token: Encoding.token("EAA", bytes: 60), appID: app, accountID: account, scopes: Set(scopes), issuedAt: now,
            expiresAt: now.addingTimeInterval(5_184_000))
        state.grants.add(grant)
        return grant
    }

    func profilePath(_ account: Account) -> String { "/@" + account.username }

    func postPath(_ publication: Publication, author: Account) -> String {
        if publication.details["instagram"] != nil { return instagramPath(publication) }
        let root = publication.parent ?? publication.id
        switch publication.details["kind"]?.string {
        case "story": return "/stories/" + root
        case "reel": return "/reel/" + root
        default: return "/posts/" + root
        }
    }

    func remarks(on publication: Publication) -> [String] {
        let details = publication.details
        if details["instagram"] != nil { return instagramRemarks(details) }
        var remarks: [String] = []
        if let link = details["link"]?.string { remarks.append("Link card: \(link)") }
        if let preset = details["text_format_preset_id"]?.string { remarks.append("Background \(preset)") }
        if let title = details["title"]?.string { remarks.append("Title: \(title)") }
        for (name, words) in [
            ("targeting", "Only for"), ("feed_targeting", "First for"), ("call_to_action", "Button"), ("place", "At"), ("tags", "With"),
            ("backdated_time", "Dated back to"), ("collaborator", "Invited"),
        ] {
            if let value = details[name]?.string { remarks.append("\(words) \(value)") }
        }
        remarks += Captioning.remark(on: details)
        if details["kind"]?.string == "story" { remarks.append("Story: gone after a day") }
        return remarks
    }

    func environment(origin: String) -> [(String, String)] {
        [("FACEBOOK_API_BASE_URL", origin + prefix), ("FACEBOOK_APP_ID", sampleApp.id), ("FACEBOOK_APP_SECRET", sampleApp.secret)]
    }
}
