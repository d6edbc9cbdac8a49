import Foundation
import HTTPTypes

/// LinkedIn: members and the organizations they administer.
struct LinkedIn: SimulatedPlatform {
    let name = "linkedin"
    let title = "LinkedIn"
    let colour = "oklch(0.48 0.13 245)"
    static let scopes = [
        "openid", "profile", "email", "w_member_social", "r_basicprofile", "rw_organization_admin", "w_organization_social",
        "r_organization_social", "r_organization_admin", "r_member_social", "w_member_social_feed", "w_organization_social_feed",
        "r_organization_social_feed", "r_member_postAnalytics", "r_member_profileAnalytics",
    ]
    /// What an app with Community Management asks for.
    let allScopes = [
        "openid", "profile", "w_member_social", "r_basicprofile", "rw_organization_admin", "w_organization_social", "r_organization_social",
        "r_member_postAnalytics",
    ]
    let switches: [Switch]
    let store: Store

    init(_ options: SimulatorOptions) {
        switches = [
            .autoApprove(options.autoApprove), .enforceRateLimits(options.enforceRateLimits),
            Switch(name: "noRefreshToken", initial: false, help: "The app has no programmatic refresh: no refresh tokens"),
            Switch(name: "throttled", initial: false, help: "429 with serviceErrorCode 101 to every create"),
            Switch(name: "duplicateWindow", initial: 600, help: "Seconds in which the same content by the same author is refused"),
            Switch(name: "processingPolls", initial: 1, help: "Status requests until a video is AVAILABLE"),
            Switch(name: "stillProcessingPolls", initial: 0, help: "The same for images and documents; a refused create counts too"),
            Switch(name: "videoFailure", initial: false, help: "Processing of videos ends in PROCESSING_FAILED"),
            Switch(name: "memberCanReadComments", initial: false, help: "Members may read comments on their own posts"),
            Switch(name: "memberCanListPosts", initial: false, help: "Members may list their own posts (closed r_member_social)"),
            Switch(name: "restCommentsDenied", initial: false, help: "403 on /rest/socialActions; only /v2 takes comments"),
            Switch(name: "oldestVersion", initial: "202512", help: "LinkedIn-Version before it is sunset (426)"),
            Switch(name: "newestVersion", initial: "202611", help: "LinkedIn-Version after it does not exist yet (426)"),
        ]
        store = Store(Self.initialState(switches: switches)) { state in
            state.apps["sim-linkedin-id"] = RegisteredApp(id: "sim-linkedin-id", secret: "sim-linkedin-secret", name: "Postiz")
            // For pages, where the product is set up with an app of their own.
            state.apps["sim-linkedin-page-id"] = RegisteredApp(
                id: "sim-linkedin-page-id", secret: "sim-linkedin-page-secret", name: "Postiz for pages")
            for (username, name) in SamplePeople.all {
                state.accounts.add(Self.person(name: name, username: username, in: &state, now: SamplePeople.since))
            }
            for (id, username, name) in [("5501001", "example-widgets", "Example Widgets"), ("5501002", "example-foods", "Example Foods")] {
                state.accounts.add(Account(id: id, username: username, name: name, kind: .organization, createdAt: SamplePeople.since))
            }
        }
    }

    var operations: [Operation] { authorisation + profiles + uploads + posts + comments + statistics + pages }

    private var pages: [Operation] {
        let post: @Sendable (Call) -> Reply = { call in
            let id = store.update { state in Self.resolve(call.parameter("urn"), state)?.id }
            return PlatformPages.post(self, id ?? "", now: call.now)
        }
        return [
            .page("linkedin.postPage", "/feed/update/{urn}", handler: post),
            .page("linkedin.postPage", "/embed/feed/update/{urn}", handler: post),
            .page("linkedin.profilePage", "/in/{username}") { call in
                PlatformPages.profile(self, call.parameter("username"), kind: .person, now: call.now)
            },
            .page("linkedin.companyPage", "/company/{username}") { call in
                PlatformPages.profile(self, call.parameter("username"), kind: .organization, now: call.now)
            },
        ]
    }

    /// A post by its own URN, or by the activity URN with the same number.
    static func resolve(_ urn: String, _ state: PlatformState) -> Publication? {
        if let post = state.timeline[urn] { return post }
        guard urn.hasPrefix("urn:li:activity:") else { return nil }
        let number = urn.dropFirst("urn:li:activity:".count)
        return state.timeline["urn:li:share:\(number)"] ?? state.timeline["urn:li:ugcPost:\(number)"]
    }

    func makeAccount(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        Self.person(name: name, username: username.replacingOccurrences(of: "_", with: "-"), in: &state, now: now)
    }

    /// Member ids are short opaque words.
    private static func person(name: String, username: String, in state: inout PlatformState, now: Date) -> Account {
        let id = String(Encoding.stableHash(newID(in: &state, now: now)), radix: 36).prefix(10)
        return Account(id: String(id), username: username, name: name, kind: .person, createdAt: now)
    }

    static func newID(in state: inout PlatformState, now: Date) -> String { state.nextID(now: now, shift: 22) }

    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        var grant = Grant(
            token: Encoding.token("AQ", bytes: 60), appID: app, accountID: account, scopes: Set(scopes), issuedAt: now,
            expiresAt: now.addingTimeInterval(5_184_000))
        if !state.isOn("noRefreshToken") {
            grant.refreshToken = Encoding.token("AQ", bytes: 60)
            grant.refreshExpiresAt = now.addingTimeInterval(31_536_000)
        }
        state.grants.add(grant)
        return grant
    }

    func caller(of call: Call, in state: PlatformState) -> Account? {
        call.bearer.flatMap { state.grants[$0] }.flatMap { state.accounts[$0.accountID] }
    }

    /// LinkedIn shows usage in its developer portal only.
    func rateHeaders(_ reading: RateReading) -> [(String, String)] { [] }

    func tooManyRequests(_ reading: RateReading) -> Reply { LinkedInError.throttled.reply }

    func failure(status: Int) -> Reply {
        LinkedInError(
            status, status == 404 ? "RESOURCE_NOT_FOUND" : "INVALID_REQUEST", status == 404 ? "No virtual resource found" : "Bad request"
        )
        .reply
    }

    func profilePath(_ account: Account) -> String { (account.kind == .person ? "/in/" : "/company/") + account.username }

    func postPath(_ publication: Publication, author: Account) -> String {
        "/feed/update/" + (publication.parent ?? publication.id)
    }

    func remarks(on publication: Publication) -> [String] {
        let details = publication.details
        let content = details["content"]
        var remarks: [String] = []
        if let article = content?["article"] {
            remarks.append("Link card: \(article["title"]?.string ?? "untitled") \(article["source"]?.string ?? "")")
        }
        if let poll = content?["poll"] {
            let options = (poll["options"]?.array ?? []).compactMap { $0["text"]?.string }
            remarks.append("Poll: \(poll["question"]?.string ?? "") " + options.joined(separator: " / "))
        }
        if let title = content?["media"]?["title"]?.string { remarks.append("Title: \(title)") }
        if let visibility = details["visibility"]?.string, visibility != "PUBLIC" { remarks.append("Visibility: \(visibility)") }
        if let parent = details["reshareContext"]?["parent"]?.string { remarks.append("Reposts \(parent)") }
        if details["wasTruncated"]?.bool == true { remarks.append("Cut at an unescaped reserved character") }
        return remarks
    }

    func environment(origin: String) -> [(String, String)] {
        [
            ("LINKEDIN_API_BASE_URL", origin + prefix), ("LINKEDIN_CLIENT_ID", sampleApp.id), ("LINKEDIN_CLIENT_SECRET", sampleApp.secret),
        ]
    }
}

/// LinkedIn's error body `{status, code, serviceErrorCode, message}`.
struct LinkedInError {
    var status: Int
    var code: String
    var message: String
    var serviceErrorCode: Int?
    /// `errorDetails.inputErrors[].input.inputPath.fieldPath`.
    var field: String?

    init(_ status: Int, _ code: String, _ message: String, service: Int? = nil, field: String? = nil) {
        (self.status, self.code, self.message, serviceErrorCode, self.field) = (status, code, message, service, field)
    }

    var reply: Reply {
        let details: JSON? = field.map { field in
            [
                "inputErrors": [
                    ["code": .string(code), "description": .string(message), "input": ["inputPath": ["fieldPath": .string(field)]]]
                ]
            ]
        }
        return .json(
            .compact([
                "status": .int(status), "code": .string(code), "message": .string(message),
                "serviceErrorCode": serviceErrorCode.map { .int($0) }, "errorDetails": details,
            ]), status: status)
    }

    var refusal: Refusal { Refusal(reply) }

    static let throttled = LinkedInError(
        429, "TOO_MANY_REQUESTS", "Resource level throttle MEMBER DAY limit for calls to this resource is reached.", service: 101)

    static func denied(_ what: String) -> LinkedInError {
        LinkedInError(403, "ACCESS_DENIED", "Not enough permissions to access: \(what)", service: 100)
    }

    static func missing(_ field: String) -> LinkedInError { LinkedInError(400, "MISSING_FIELD", "\(field) is required", field: field) }

    static func invalid(_ field: String, _ message: String) -> LinkedInError {
        LinkedInError(400, "INVALID_VALUE_FOR_FIELD", message, field: field)
    }

    static func tooLong(_ field: String, _ limit: Int) -> LinkedInError {
        LinkedInError(400, "FIELD_LENGTH_TOO_LONG", "\(field) exceeds \(limit) characters", field: field)
    }
}
