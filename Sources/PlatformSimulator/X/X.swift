import Foundation
import HTTPTypes

/// X: OAuth 1.0a and OAuth 2, API v2.
struct X: SimulatedPlatform {
    let name = "x"
    let title = "X"
    let colour = "oklch(0.35 0.01 260)"
    let allScopes = ["tweet.read", "tweet.write", "tweet.moderate.write", "users.read", "media.write", "offline.access"]
    let switches: [Switch]
    let store: Store

    init(_ options: SimulatorOptions) {
        switches = [
            .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
            Switch(name: "paymentRequired", initial: false, help: "402 to every write: the prepaid credit is used up"),
            Switch(name: "readOnlyApp", initial: false, help: "403 client-forbidden (453) to every write"),
            Switch(name: "selfServe", initial: true, help: "Replies only to own posts or where mentioned; no quote posts"),
            Switch(name: "duplicateWindow", initial: 43_200, help: "Seconds in which the same text by the same author is refused"),
            Switch(name: "processingPolls", initial: 2, help: "Status requests until a video or GIF is processed"),
            Switch(name: "checkAfterSeconds", initial: 1, help: "check_after_secs of processing_info"),
            Switch(name: "videoFailure", initial: false, help: "Processing of videos and GIFs ends in failed"),
            Switch(name: "timelineLag", initial: 0, help: "Seconds until a new post shows in the author's timeline"),
            Switch(name: "mediaLinksInText", initial: true, help: "Read text ends with a t.co link when the post has media"),
        ]
        var state = Self.initialState(switches: switches)
        state.apps["sim-x-key"] = RegisteredApp(id: "sim-x-key", secret: "sim-x-secret", name: "Postiz")
        store = Store(state) { state in
            for (username, name) in SamplePeople.all + [("verity", "Verity Example")] {
                var account = Self.account(name: name, username: username, in: &state, now: SamplePeople.since)
                account.verified = username == "verity"
                state.accounts.add(account)
            }
        }
    }

    var sampleApp: RegisteredApp { RegisteredApp(id: "sim-x-key", secret: "sim-x-secret", name: "Postiz") }

    var operations: [Operation] { authorisation + posts + reads + uploads + legacyUploads + articles + pages }

    private var pages: [Operation] {
        [
            .page("x.postPage", "/{username}/status/{id}") { call in PlatformPages.post(self, call.parameter("id"), now: call.now) },
            .page("x.postPage", "/i/web/status/{id}") { call in PlatformPages.post(self, call.parameter("id"), now: call.now) },
            .page("x.profile", "/{username}") { call in PlatformPages.profile(self, call.parameter("username"), now: call.now) },
        ]
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.account(name: name, username: username, in: &state, now: now)
    }

    private static func account(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Account(id: newID(in: &state, now: now), username: username, name: name, kind: .person, createdAt: now)
    }

    /// Numbers as X makes them: milliseconds since 2010-11-04 above 22 bits.
    static func newID(in state: inout PlatformState, now: Date) -> String { state.nextID(now: now, epoch: 1_288_834_974.657, shift: 22) }

    /// An OAuth 1.0a token: it has a secret and no end.
    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        let grant = Grant(
            token: Encoding.token(account + "-"), secret: Encoding.token(bytes: 32), appID: app, accountID: account, scopes: Set(scopes),
            issuedAt: now)
        state.grants.add(grant)
        return grant
    }

    func caller(of call: Call, in state: PlatformState) -> Account? {
        let signed = OAuth1Signature.header(call.request.headers[.authorization])?.first { $0.0 == "oauth_token" }?.1
        return (signed ?? call.bearer).flatMap { state.grants[$0] }.flatMap { state.accounts[$0.accountID] }
    }

    func rateHeaders(_ reading: RateReading) -> [(String, String)] {
        [
            ("x-rate-limit-limit", String(reading.limit)), ("x-rate-limit-remaining", String(reading.remaining)),
            ("x-rate-limit-reset", String(Int(reading.resetsAt.timeIntervalSince1970.rounded(.up)))),
        ]
    }

    func tooManyRequests(_ reading: RateReading) -> Reply { XProblem.tooManyRequests.reply }
    func failure(status: Int) -> Reply { XProblem(status: status, title: status == 404 ? "Not Found" : "Invalid Request").reply }

    func profilePath(_ account: Account) -> String { "/" + account.username }
    func postPath(_ publication: Publication, author: Account) -> String { "/\(author.username)/status/\(publication.id)" }

    func remarks(on publication: Publication) -> [String] {
        var remarks: [String] = []
        let details = publication.details
        if let options = details["poll"]?["options"]?.strings {
            remarks.append("Poll: " + options.joined(separator: " / ") + ", \(details["poll"]?["duration_minutes"]?.int ?? 0) minutes")
        }
        if let setting = details["reply_settings"]?.string { remarks.append("Who can reply: \(setting)") }
        if let quoted = details["quote_tweet_id"]?.string { remarks.append("Quotes post \(quoted)") }
        if let community = details["community_id"]?.string { remarks.append("In community \(community)") }
        remarks += Captioning.remark(on: details)
        if let place = details["geo"]?["place_id"]?.string { remarks.append("At place \(place)") }
        if let people = details["tagged"]?.strings { remarks.append("People shown: " + people.joined(separator: ", ")) }
        if details["for_super_followers_only"]?.bool == true { remarks.append("Subscribers only") }
        if details["made_with_ai"]?.bool == true { remarks.append("Made with AI") }
        if details["paid_partnership"]?.bool == true { remarks.append("Paid partnership") }
        if !publication.reposters.isEmpty { remarks.append("Reposted by \(publication.reposters.count)") }
        return remarks
    }

    func environment(origin: String) -> [(String, String)] {
        [("X_API_BASE_URL", origin + prefix), ("X_API_KEY", sampleApp.id), ("X_API_SECRET", sampleApp.secret)]
    }
}
