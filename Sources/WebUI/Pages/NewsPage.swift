import Application
import Domain
import Hummingbird

/// What a person is told of, the newest first, with what they have not looked at yet marked.
struct NewsPage {
    private static let pageSize = 30

    func show(_ visit: Visit) async throws -> Response {
        let before = visit.query.given("before").flatMap(Int.init)
        async let channels = visit.services.channels.list(as: visit.caller)
        let found = try await visit.services.news.list(before: before, limit: Self.pageSize + 1, as: visit.caller)
        let (shown, known) = (found.prefix(Self.pageSize), try await channels.byId)
        let older = found.count > Self.pageSize ? shown.last.map { link("/notifications", ["before": String($0.position)]) } : nil
        let newest = before == nil && shown.contains(where: \.isUnread) ? shown.first.map { String($0.position) } : nil
        let model: Model = [
            "entries": shown.map { NewsLine($0, known, visit).model }, "hasEntries": !shown.isEmpty, "newest": newest,
            "byMail": visit.services.mail.configured ? "\(SettingsSection.general.rawValue)#mails" : nil,
            "pager": older == nil && before == nil ? nil : ["nextPage": older, "firstPage": before != nil] as Model,
        ]
        return try await visit.site.page("pages/notifications", title: visit.words("news"), model, for: visit)
    }

    /// Up to there they have looked: the newest that was on the page, so that nothing counts as seen that came meanwhile.
    func seen(_ visit: Visit) async throws -> Response {
        guard let position = Int(try await visit.form().text("position")) else {
            throw ProblemReport.invalid("position", "Say up to where you have looked.")
        }
        try await visit.services.news.markSeen(upTo: position, as: visit.caller)
        return try visit.redirect(to: "/notifications")
    }

    func forgetAbsence(_ visit: Visit) async throws -> Response {
        try await visit.services.news.forgetAbsence(as: visit.caller)
        return try visit.redirect(to: "/today")
    }
}

/// One of them in words.
struct NewsLine {
    private let entry: NewsEntry
    private let channels: [IntegrationID: ChannelView]
    private let visit: Visit
    private var words: Words { visit.words }

    init(_ entry: NewsEntry, _ channels: [IntegrationID: ChannelView], _ visit: Visit) {
        (self.entry, self.channels, self.visit) = (entry, channels, visit)
    }

    var model: Model {
        let (icon, tone) = look
        return [
            "icon": icon, "tone": tone, "what": what, "href": href, "unread": entry.isUnread,
            "about": entry.postId.map { _ in entry.opening.flatMap { PostWords.line($0, length: 90) } ?? words("noText") },
            "said": entry.said.flatMap { PostWords.line($0, length: 200) } ?? entry.data["problem"]?.string.map(visit.say),
            "instant": entry.at.description, "when": visit.time.moment(entry.at),
        ]
    }

    private var href: String? {
        if let post = entry.postId { return "/posts/\(post)" }
        switch entry.type {
        case .integrationEnding, .integrationNeedsReconnect:
            return entry.integrationId.flatMap { channels[$0] }.map { "/channels/\($0.id)" } ?? "/channels"
        case .webhookStopped: return SettingsSection.webhooks.rawValue
        case .memberJoined, .memberLeft: return SettingsSection.team.rawValue
        case .zoneRulesChanged: return "/calendar"
        default: return nil
        }
    }

    private var channel: String {
        entry.integrationId.flatMap { channels[$0] }.map(\.title) ?? words("removedChannel")
    }

    private var person: String { entry.person?.unlessEmpty ?? words("news_somebody") }

    private var what: String {
        switch entry.type {
        case .postInReview: words("news_inReview")
        case .postCommented: words("news_commented", ["person": person])
        case .postUpdated: words(entry.isApproval ? "news_approved" : "news_sentBack", ["person": person])
        case .postAtRisk where entry.integrationId != nil: words("news_atRiskOn", ["channel": channel])
        case .postAtRisk: words("news_atRisk")
        case .postOverdue: words("news_overdue")
        case .postPartiallyPublished: words("news_partly")
        case .postFailed: words("news_failed")
        case .integrationEnding:
            words("news_ending", ["channel": channel, "time": entry.data["endsAt"]?.string.flatMap(Timestamp.init).map(visit.time.moment) ?? ""])
        case .integrationNeedsReconnect: words("news_reconnect", ["channel": channel])
        case .publishingPaused: words("news_paused")
        case .publishingResumed: words("news_resumed")
        case .zoneRulesChanged:
            words.count("attentionReplanned", entry.data["posts"]?.int ?? 0)
                .replacing("{zones}", with: entry.data["zones"]?.array?.compactMap(\.string).joined(separator: ", ") ?? "")
        case .webhookStopped: words("news_webhookStopped", ["name": entry.data["name"]?.string ?? ""])
        case .memberJoined: words("news_joined", ["person": person])
        default: words("news_left", ["person": person])
        }
    }

    private var look: (icon: String, tone: String) {
        switch entry.type {
        case .postFailed, .postPartiallyPublished: ("alert", "danger")
        case .postAtRisk, .postOverdue, .integrationEnding, .integrationNeedsReconnect, .webhookStopped: ("alert", "warning")
        case .postInReview: ("check", "warning")
        case .postCommented: ("reply", "neutral")
        case .postUpdated: entry.isApproval ? ("check", "positive") : ("reply", "warning")
        case .publishingPaused: ("pause", "neutral")
        case .publishingResumed: ("play", "neutral")
        case .zoneRulesChanged: ("clock", "neutral")
        default: ("info", "neutral")
        }
    }
}
