import Domain
import Foundation

extension Reddit {
    /// What Reddit refuses within a success, with a status that says so; and of the other refusals the sentence that explains.
    static func restated(_ answer: HTTPAnswer) -> HTTPAnswer {
        func saying(_ reason: String?, _ message: String?, status: Int, wait: JSONValue? = nil) -> HTTPAnswer {
            var body = [String: JSONValue]()
            body["reason"] = reason.map { .string($0) }
            body["message"] = message.map { .string($0) }
            body["ratelimit"] = wait
            // Texts and a number that were JSON before.
            return HTTPAnswer(status: status, headers: answer.headers, body: (try? JSON.data(JSONValue.object(body))) ?? answer.body)
        }
        if answer.status == 403, answer.headers["www-authenticate"]?.contains("insufficient_scope") == true {
            return saying("insufficient_scope", nil, status: 403)
        }
        guard let body = answer.document else { return answer }
        if answer.isSuccess {
            if let error = body["error"]?.string { return saying(error, error, status: 400) }
            let (json, errors) = (body["json"], body["json"]?["errors"]?.array ?? [])
            // With an id it was made all the same.
            guard let code = errors.first?[0]?.string, json?["data"]?["id"]?.string == nil, json?["data"]?["name"]?.string == nil else {
                return answer
            }
            let words = errors.compactMap { $0[1]?.string }.joined(separator: " ")
            return saying(code, words, status: waitingReasons.contains(code) ? 429 : 400, wait: json?["ratelimit"])
        }
        guard let reason = body["reason"]?.string else { return answer }
        return saying(reason, body["explanation"]?.string ?? body["message"]?.string, status: answer.status)
    }

    private static let waitingReasons = ["RATELIMIT", "SUBREDDIT_RATELIMIT", "QUOTA_FILLED"]

    /// Seconds that are told, or words such as "Take a break for 11 minutes"; for calls the end of the window.
    static func retryAfter(_ answer: HTTPAnswer) -> Duration? {
        guard answer.status == 429 else { return nil }
        func wait(_ seconds: Double) -> Duration { .seconds(Int64(min(max(seconds.rounded(.up), 1), 86_400))) }
        let body = answer.document
        if let seconds = body?["ratelimit"]?.number { return wait(seconds) }
        let told = body?["message"]?.string?.firstMatch(of: /(\d+) (millisecond|second|minute|hour)/)?.output
        if let told, let number = Double(told.1) {
            return wait(number * (["millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600][String(told.2)] ?? 1))
        }
        if body?["reason"]?.string != nil { return .minutes(10) }
        return answer.headers["x-ratelimit-reset"].flatMap(Double.init).flatMap { $0.isFinite ? wait($0) : nil }
    }

    /// A rule for refusals with one of these reasons.
    private static func rule(
        _ reasons: [String], is kind: PublishingErrorKind = .invalidContent, _ code: String, _ message: String
    ) -> ErrorRule {
        ErrorRule([400, 403, 429], anyOf: reasons.map { "\"reason\":\"\($0)" }, is: kind, code, message)
    }

    /// While connecting and renewing.
    static let connectingRules = [
        ErrorRule(
            [400], is: .authentication, "GRANT_REFUSED", "Reddit no longer accepts this connection. Connect the account again."),
        ErrorRule(
            [401], is: .authentication, "APP_REFUSED",
            "Reddit refused the app. The operator checks REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET; then connect again."),
    ]

    static let errorRules = [
        rule(
            ["RATELIMIT", "SUBREDDIT_RATELIMIT", "QUOTA_FILLED"], is: .rateLimited, "POSTS_TOO_OFTEN",
            "Reddit lets this account post again only after a while. The post goes out by itself then; new accounts wait longest."),
        rule(
            ["insufficient_scope"], is: .authentication, "SCOPE_MISSING",
            "Reddit was not given the permission for this. Connect the account again and allow everything that is asked for."),
        rule(["USER_REQUIRED"], is: .authentication, "TOKEN_REJECTED", "Reddit no longer accepts this connection. Connect the account again."),
        rule(["SUBREDDIT_NOEXIST"], "COMMUNITY_UNKNOWN", "Reddit has no such community. Correct its name."),
        rule(
            ["SUBREDDIT_NOTALLOWED", "SUBREDDIT_NO_ACCESS"], "COMMUNITY_CLOSED",
            "This account may not post in this community: it is private or restricted. Ask its moderators, or choose another one."),
        rule(["BANNED_FROM_SUBREDDIT"], "BANNED", "The community has banned this account. Choose another one."),
        rule(["NO_SELFS"], "NO_TEXT_POSTS", "The community takes no text posts. Post a link or a picture, or choose another one."),
        rule(["NO_LINKS"], "NO_LINK_POSTS", "The community takes no links and no files. Post a text, or choose another one."),
        rule(["GALLERIES_DISABLED"], "NO_GALLERIES", "The community takes no galleries. Post one picture, or choose another one."),
        rule(["SUBMIT_VALIDATION_FLAIR_REQUIRED"], "FLAIR_REQUIRED", "The community wants a flair on every post. Choose one from its list."),
        rule(["BAD_FLAIR_TEMPLATE_ID"], "FLAIR_UNKNOWN", "The community has no such flair. Choose one from its list."),
        rule(["ALREADY_SUB"], duplicateCode, "This link was posted in the community before. Allow to post it again, or choose another one."),
        rule(["DOMAIN_BANNED"], "DOMAIN_BANNED", "Reddit or the community refuses links to this site. Use another link."),
        rule(["BAD_URL", "NO_URL"], "INVALID_LINK", "Reddit does not take the link. Correct it."),
        rule(["NO_TEXT"], "TEXT_MISSING", "Reddit wants a text or a title that is not there. Write it."),
        rule(["TOO_LONG"], "TEXT_TOO_LONG", "A text is longer than Reddit or the community takes. Shorten it."),
        rule(["TOO_SHORT"], "TEXT_TOO_SHORT", "A text is shorter than the community wants. Write more."),
        rule(["INVALID_OPTION"], "INVALID_SETTING", "Reddit does not take a setting of this post. Check its settings."),
        rule(
            ["INVALID_CROSSPOST_THING", "NO_CROSSPOSTS"], "CROSSPOST_REFUSED",
            "The post cannot be shared there: it is gone, or the community takes no crossposts. Share another one, or post a link."),
        rule(["DELETED_COMMENT", "DELETED_THING"], "PARENT_DELETED", "What is replied to was deleted at Reddit."),
        rule(["TOO_OLD", "THREAD_LOCKED"], "PARENT_LOCKED", "What is replied to takes no more comments."),
        rule(
            ["USER_BLOCKED", "USER_MUTED", "MUTED_FROM_SUBREDDIT"], "MUTED", "Reddit lets this account write nothing there: it is blocked or muted."),
        rule(["IN_TIMEOUT"], "ACCOUNT_SUSPENDED", "Reddit has suspended this account. Sign in at Reddit to see why."),
        rule(
            ["VERIFIED_USER_REQUIRED"], "EMAIL_UNCONFIRMED",
            "Reddit wants the account's e-mail address to be confirmed. Do that in Reddit's settings."),
        ErrorRule(
            [400], "EntityTooLarge", is: .invalidContent, "FILE_TOO_LARGE", "A file is larger than Reddit takes. Make it smaller."),
        ErrorRule(
            [403], "AccessDenied", "Policy expired", is: .transient, "UPLOAD_EXPIRED",
            "Reddit's address for the upload has expired; it is asked anew."),
        ErrorRule(
            [403], "\"Forbidden\"", is: .invalidContent, "FORBIDDEN",
            "Reddit does not let this account do that: the community is private, or has shut it out."),
        ErrorRule([404], is: .invalidContent, "NOT_FOUND", "Reddit has no such community or post (any more)."),
    ]

    static let duplicateCode = "ALREADY_POSTED"
}
