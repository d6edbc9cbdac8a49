import Foundation
import HTTPTypes

/// YouTube: Google's OAuth 2, the Data API v3 with resumable uploads, and reports of the Analytics API v2.
struct YouTube: SimulatedPlatform {
    let name = "youtube"
    let title = "YouTube"
    let colour = "oklch(0.55 0.22 27)"
    let switches: [Switch]
    let store: Store

    static let scopePrefix = "https://www.googleapis.com/auth/"
    static let scopes = [
        "youtube", "youtube.force-ssl", "youtube.readonly", "youtube.upload", "youtubepartner", "yt-analytics.readonly", "userinfo.profile",
        "userinfo.email",
    ].map { scopePrefix + $0 }
    var allScopes: [String] { Self.scopes }

    init(_ options: SimulatorOptions) {
        switches = [
            .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
            Switch(name: "unticked", initial: "", help: "A scope's last part that the person unticks: youtube.upload"),
            Switch(name: "noChannel", initial: false, help: "The Google account has no channel"),
            Switch(name: "unaudited", initial: false, help: "The project's API use is not audited: every video is locked to private"),
            Switch(name: "phoneVerified", initial: true, help: "Off: no thumbnails, and 15 minutes at most"),
            Switch(name: "uploadLimit", initial: false, help: "400 uploadLimitExceeded to every new upload"),
            Switch(name: "notConfigured", initial: false, help: "403 accessNotConfigured to reports"),
            Switch(name: "commentsDisabled", initial: false, help: "403 commentsDisabled to every comment"),
            Switch(name: "acceptBytes", initial: 0, help: "The most bytes kept of one request's piece; 0: all"),
            Switch(name: "sessionsEnd", initial: false, help: "Upload sessions that have bytes are forgotten: 404"),
            Switch(name: "processingPolls", initial: 1, help: "Status requests until a video is processed"),
            Switch(name: "videoFailure", initial: "", help: "failureReason in which processing ends: codec"),
            Switch(name: "videoRejection", initial: "", help: "rejectionReason in which processing ends: duplicate"),
        ]
        var state = Self.initialState(switches: switches)
        let app = RegisteredApp(id: "sim-youtube-id", secret: "sim-youtube-secret", name: "Postiz")
        state.apps[app.id] = app
        store = Store(state) { state in
            for (username, name) in SamplePeople.all {
                let channel = Self.channel(name: name, username: username, now: SamplePeople.since)
                state.accounts.add(channel)
                Self.addPlaylist("\(name)'s talks", of: channel, &state)
            }
        }
    }

    var operations: [Operation] { authorisation + uploads + videos + comments + lists + reports + pages }

    private var pages: [Operation] {
        [
            .page("youtube.watch", "/watch") { call in PlatformPages.post(self, call.query("v") ?? "", now: call.now) },
            .page("youtube.short", "/shorts/{id}") { call in PlatformPages.post(self, call.parameter("id"), now: call.now) },
            .page("youtube.channel", "/channel/{id}") { call in PlatformPages.profile(self, call.parameter("id"), now: call.now) },
        ]
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.channel(name: name, username: username, now: now)
    }

    private static func channel(name: String, username: String, now: Date) -> Account {
        let hash = String(Encoding.stableHash(username), radix: 36) + String(Encoding.stableHash(username + "-"), radix: 36)
        return Account(
            id: "UC" + String((hash + String(repeating: "0", count: 22)).prefix(22)), username: username, name: name, kind: .person, createdAt: now)
    }

    /// The playlist of all uploads of a channel.
    static func uploadsPlaylist(of channel: String) -> String { "UU" + channel.dropFirst(2) }

    static func addPlaylist(_ title: String, of channel: Account, _ state: inout PlatformState) {
        let id = "PL" + String(Encoding.stableHash(channel.id + title), radix: 36)
        state.records["playlist:\(channel.id):\(id)"] = ["id": .string(id), "title": .string(title), "videos": []]
    }

    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        let grant = Grant(
            token: Encoding.token("ya29.", bytes: 60), refreshToken: Encoding.token("1//", bytes: 40), appID: app, accountID: account,
            scopes: Set(scopes), issuedAt: now, expiresAt: now.addingTimeInterval(3599))
        state.grants.add(grant)
        return grant
    }

    func caller(of call: Call, in state: PlatformState) -> Account? {
        call.bearer.flatMap { state.grants[$0] }.flatMap { state.accounts[$0.accountID] }
    }

    /// YouTube tells nothing in headers.
    func rateHeaders(_ reading: RateReading) -> [(String, String)] { [] }

    func tooManyRequests(_ reading: RateReading) -> Reply {
        GoogleProblem(
            403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.", domain: "youtube.quota"
        ).reply
    }

    func failure(status: Int) -> Reply {
        GoogleProblem(status, status == 404 ? "notFound" : status == 413 ? "uploadTooLarge" : "badRequest", "The request cannot be served.").reply
    }

    func profilePath(_ account: Account) -> String { "/channel/\(account.id)" }
    func postPath(_ publication: Publication, author: Account) -> String { "/watch?v=\(publication.parent ?? publication.id)" }

    func remarks(on publication: Publication) -> [String] {
        let (snippet, status) = (publication.details["snippet"], publication.details["status"])
        guard let title = snippet?["title"]?.string else { return [] }
        var remarks = ["Title: \(title)"]
        if let privacy = status?["privacyStatus"]?.string { remarks.append("Who can see it: \(privacy)") }
        if let tags = snippet?["tags"]?.strings { remarks.append("Tags: " + tags.joined(separator: ", ")) }
        if let category = snippet?["categoryId"]?.string { remarks.append("Category \(category)") }
        if status?["selfDeclaredMadeForKids"]?.bool == true { remarks.append("Made for kids") }
        if status?["containsSyntheticMedia"]?.bool == true { remarks.append("Altered or synthetic") }
        if publication.details["paidProductPlacementDetails"]?["hasPaidProductPlacement"]?.bool == true { remarks.append("Paid promotion") }
        remarks += Captioning.remark(on: publication.details)
        if status?["license"]?.string == "creativeCommon" { remarks.append("Creative Commons") }
        return remarks
    }

    func environment(origin: String) -> [(String, String)] {
        [
            ("YOUTUBE_API_BASE_URL", origin + prefix), ("YOUTUBE_CLIENT_ID", sampleApp.id), ("YOUTUBE_CLIENT_SECRET", sampleApp.secret),
        ]
    }
}

/// An error as Google's APIs write it.
struct GoogleProblem {
    let status: Int
    let reason: String
    let message: String
    let domain: String

    init(_ status: Int, _ reason: String, _ message: String, domain: String = "global") {
        (self.status, self.reason, self.message, self.domain) = (status, reason, message, domain)
    }

    var reply: Reply {
        let body: JSON = [
            "error": [
                "code": .int(status), "message": .string(message),
                "errors": [["domain": .string(domain), "reason": .string(reason), "message": .string(message)]],
            ]
        ]
        return .json(body, status: status)
    }

    var refusal: Refusal { Refusal(reply) }

    static let noCredentials = GoogleProblem(
        401, "authError", "Request had invalid authentication credentials. Expected OAuth 2 access token.")
    static let noScope = GoogleProblem(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    static func noVideo(_ message: String = "The video that you are trying to use cannot be found.") -> GoogleProblem {
        GoogleProblem(404, "videoNotFound", message, domain: "youtube.video")
    }
}
