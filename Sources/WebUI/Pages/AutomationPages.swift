import Application
import Domain
import Gateway
import Hummingbird

/// For administrators of a workspace: feeds whose new items become posts, and what became of their items.
struct AutomationPages {
    private static let shown = 50
    private static let tones = ["POSTED": "positive", "FAILED": "danger", "HELD": "warning", "WAITING": "info"]
    private static let intervals = [15, 30, 60, 180, 360, 720, 1440]

    // MARK: All of them

    func list(_ visit: Visit) async throws -> Response { try await list(visit, form: nil, refusal: nil, preview: nil) }

    private func list(_ visit: Visit, form: FormFields?, refusal: ProblemReport?, preview: FeedPreview?) async throws -> Response {
        let sources = try await visit.services.sources.list(as: visit.caller)
        let held = try await visit.services.sources.attention(as: visit.caller).held
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .automations), "hasFeeds": !sources.isEmpty,
            "adding": sources.isEmpty || form != nil,
            "feeds": sources.map { source -> Model in
                let count = held[source.id] ?? 0
                return [
                    "id": source.id.text, "name": source.name, "url": source.url, "about": about(source, visit), "state": state(source, visit),
                    "tone": tone(source), "held": count == 0 ? nil : visit.words.count("feedHeldCount", count),
                ]
            },
            "banner": refusal.map { visit.voice.banner($0) }, "preview": preview.map { self.preview($0, visit) },
            "newURL": form?["url"] ?? "", "newName": form?["name"] ?? "",
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        let fields = try await self.fields(FeedSettings(form), visit)
        return try await visit.site.page(
            "pages/automations", title: visit.words("settings_automations"), model.merging(fields), for: visit, status: status)
    }

    /// One form, two buttons: what the feed holds is shown, or the feed is added.
    func create(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let settings = FeedSettings(form)
        let request = NewFeedSource(
            url: form.text("url"), name: form.given("name"), integrationIds: settings.channels, mode: settings.mode, pattern: settings.pattern,
            words: settings.words, withoutWords: settings.withoutWords, withPicture: settings.withPicture, postsPerDay: settings.postsPerDay,
            minutes: settings.minutes)
        do {
            if form["deed"] == "preview" {
                let preview = try await visit.services.sources.preview(request, as: visit.caller)
                return try await list(visit, form: form, refusal: nil, preview: preview)
            }
            let made = try await visit.services.sources.create(request, as: visit.caller)
            return try visit.redirect(to: "/settings/automations/feeds/\(made.id)", Toast(visit.words("done_feedAdd")))
        } catch let report as ProblemReport {
            return try await list(visit, form: form, refusal: report, preview: nil)
        }
    }

    private func preview(_ preview: FeedPreview, _ visit: Visit) -> Model {
        [
            "title": preview.title, "count": visit.words.count("feedItems", preview.count),
            "items": preview.items.map { item -> Model in
                [
                    "title": item.item.title, "when": item.item.published.map { visit.time.moment($0) }, "text": item.text, "fits": item.fits,
                ]
            },
        ]
    }

    // MARK: One

    func show(_ visit: Visit) async throws -> Response { try await show(visit, refusal: nil) }

    private func show(_ visit: Visit, refusal: ProblemReport?, ideas: Model? = nil) async throws -> Response {
        let id: FeedSourceID = try visit.id("feed")
        let source = try await visit.services.sources.get(id, as: visit.caller)
        let entries = try await visit.services.sources.entries(
            of: id, before: visit.query.given("before").flatMap(FeedEntryID.init), limit: Self.shown, as: visit.caller)
        let held = try await visit.services.sources.attention(as: visit.caller).held[id] ?? 0
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .automations), "id": id.text, "feed": id.text, "name": source.name, "url": source.url,
            "newName": source.name, "state": state(source, visit), "tone": tone(source), "active": source.status == .active,
            "about": about(source, visit), "reason": (source.pausedReason ?? source.lastError).map(visit.say),
            "banner": refusal.map { visit.voice.banner($0) }, "held": held == 0 ? nil : ["count": visit.words.count("feedHeldCount", held)] as Model,
            "ai": visit.services.ai.isConfigured, "ideas": ideas, "hasEntries": !entries.isEmpty, "entries": entries.map { entry($0, visit) },
            "more": entries.count == Self.shown ? entries.last.map { link("/settings/automations/feeds/\(id)", ["before": $0.id.text]) } : nil,
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        let fields = try await self.fields(FeedSettings(source), visit)
        return try await visit.site.page("pages/feed", title: source.name, model.merging(fields), for: visit, status: status)
    }

    private func entry(_ entry: FeedEntry, _ visit: Visit) -> Model {
        [
            "id": entry.id.text, "title": entry.item.title.unlessEmpty ?? entry.item.summary.shortened(to: 80).unlessEmpty ?? entry.item.link ?? "?",
            "link": entry.item.link, "when": visit.time.moment(entry.item.published ?? entry.seenAt),
            "state": visit.words("feedItem_\(entry.status.rawValue)"), "tone": Self.tones[entry.status.rawValue] ?? "",
            "reason": entry.reason.map(visit.say), "post": entry.postId?.text, "waits": [.held, .waiting].contains(entry.status),
            "open": entry.postId == nil && entry.status != .posted,
        ]
    }

    func save(_ visit: Visit) async throws -> Response {
        let (id, form): (FeedSourceID, FormFields) = (try visit.id("feed"), try await visit.form())
        let settings = FeedSettings(form)
        return try await change(visit, "done_save") {
            let change = FeedSourceChange(
                name: form.given("name"), integrationIds: settings.channels, mode: settings.mode, pattern: settings.pattern, words: settings.words,
                withoutWords: settings.withoutWords, withPicture: settings.withPicture, postsPerDay: settings.postsPerDay, minutes: settings.minutes)
            _ = try await visit.services.sources.update(id, change, as: visit.caller)
        }
    }

    func set(_ status: FeedSource.Status, _ visit: Visit) async throws -> Response {
        let id: FeedSourceID = try visit.id("feed")
        return try await change(visit, "done_save") {
            _ = try await visit.services.sources.update(id, FeedSourceChange(status: status), as: visit.caller)
        }
    }

    func read(_ visit: Visit) async throws -> Response {
        let id: FeedSourceID = try visit.id("feed")
        return try await change(visit, "done_feedRead") { _ = try await visit.services.sources.readNow(id, as: visit.caller) }
    }

    func decide(areNew: Bool, _ visit: Visit) async throws -> Response {
        let id: FeedSourceID = try visit.id("feed")
        return try await change(visit, "done_save") { _ = try await visit.services.sources.decide(held: id, areNew: areNew, as: visit.caller) }
    }

    func post(_ visit: Visit) async throws -> Response {
        try await change(visit, "done_feedPost") { _ = try await visit.services.sources.post(try await entry(visit), as: visit.caller) }
    }

    func ignore(_ visit: Visit) async throws -> Response {
        try await change(visit, "done_save") { _ = try await visit.services.sources.ignore(try await entry(visit), as: visit.caller) }
    }

    private func entry(_ visit: Visit) async throws -> FeedEntryID {
        guard let id = FeedEntryID(try await visit.form().text("entry")) else { throw ProblemReport.notFound("item") }
        return id
    }

    /// Shows what the language model suggests about an item; nothing is stored of it.
    func ideas(_ visit: Visit) async throws -> Response {
        let (id, entryId): (FeedSourceID, FeedEntryID) = (try visit.id("feed"), try await entry(visit))
        try await RateCounting(visit.services).count(.drafting, for: visit.caller)
        do {
            let source = try await visit.services.sources.get(id, as: visit.caller)
            guard let item = try await visit.services.sources.entry(entryId, of: id, as: visit.caller)?.item else {
                throw ProblemReport.notFound("item")
            }
            let request = AIRequest(task: .ideas, platforms: source.integrationIds.map(\.text), itemId: entryId)
            let found = try await visit.services.ai.suggest(request, as: visit.caller)
            return try await show(visit, refusal: nil, ideas: Self.ideas(found, about: item, visit))
        } catch let report as ProblemReport {
            return try await show(visit, refusal: report)
        }
    }

    private static func ideas(_ found: AISuggestions, about item: FeedItem, _ visit: Visit) -> Model {
        [
            "title": visit.words("ai_ideasAbout", ["title": item.title.shortened(to: 100)]),
            "by": visit.words("ai_by", ["model": found.model ?? ""]), "sent": found.sent.joined(separator: "\n\n"),
            "texts": found.suggestions.map { idea -> Model in
                ["text": idea.text, "href": link("/compose", ["text": idea.text, "url": item.link])]
            },
        ]
    }

    func remove(_ visit: Visit) async throws -> Response {
        try await visit.services.sources.remove(try visit.id("feed"), as: visit.caller)
        return try visit.redirect(to: "/settings/automations", Toast(visit.words("done_feedRemove")))
    }

    /// A refusal is shown on the page itself.
    private func change(_ visit: Visit, _ done: String, _ work: () async throws -> Void) async throws -> Response {
        let id: FeedSourceID = try visit.id("feed")
        do {
            try await work()
            return try visit.redirect(to: "/settings/automations/feeds/\(id)", Toast(visit.words(done)))
        } catch let report as ProblemReport {
            return try await show(visit, refusal: report)
        }
    }

    // MARK: Words

    private func fields(_ settings: FeedSettings, _ visit: Visit) async throws -> Model {
        let offered = try await visit.services.channels.list(as: visit.caller)
        return [
            "hasChannels": !offered.isEmpty,
            "channels": offered.map { channel -> Model in
                [
                    "value": channel.id.text, "label": channel.title,
                    "on": settings.channels.contains(channel.id),
                ]
            },
            "modes": FeedSource.Mode.allCases.map { mode -> Model in
                ["value": mode.rawValue, "label": visit.words("feedMode_\(mode.rawValue)"), "selected": mode == settings.mode]
            },
            "intervals": Self.intervals.map { minutes -> Model in
                [
                    "value": String(minutes), "selected": minutes == settings.minutes,
                    "label": minutes < 60 ? visit.words.count("feedMinutes", minutes) : visit.words.count("feedHours", minutes / 60),
                ]
            },
            "pattern": settings.pattern, "words": settings.words.joined(separator: ", "),
            "withoutWords": settings.withoutWords.joined(separator: ", "), "withPicture": settings.withPicture,
            "postsPerDay": String(settings.postsPerDay),
        ]
    }

    private func about(_ source: FeedSource, _ visit: Visit) -> String {
        let read = source.lastReadAt.map { visit.words("feedReadAt", ["time": visit.time.moment($0)]) }
        return [visit.words("feedMode_\(source.mode.rawValue)"), read].compactMap(\.self).joined(separator: " · ")
    }

    private func state(_ source: FeedSource, _ visit: Visit) -> String {
        if source.status == .active, source.failingSince != nil { return visit.words("feedFailing") }
        return visit.words("feed_\(source.status.rawValue)")
    }

    private func tone(_ source: FeedSource) -> String {
        if source.status == .paused { return source.pausedReason == nil ? "" : "danger" }
        return source.failingSince == nil ? "positive" : "warning"
    }
}

/// The fields that a new feed and one that changes have in common.
private struct FeedSettings {
    var channels: [IntegrationID] = []
    var mode = FeedSource.Mode.draft
    var pattern = FeedPattern.standard
    var words: [String] = []
    var withoutWords: [String] = []
    var withPicture = false
    var postsPerDay = 10
    var minutes = 60

    init(_ form: FormFields?) {
        guard let form else { return }
        channels = form.all("channel").compactMap(IntegrationID.init)
        mode = form.given("mode").flatMap(FeedSource.Mode.init) ?? mode
        pattern = form["pattern"] ?? pattern
        (words, withoutWords) = (Self.list(form.text("words")), Self.list(form.text("withoutWords")))
        withPicture = form.text("withPicture") == "yes"
        postsPerDay = Int(form.text("postsPerDay")) ?? 0
        minutes = Int(form.text("minutes")) ?? minutes
    }

    init(_ source: FeedSource) {
        (channels, mode, pattern) = (source.integrationIds, source.mode, source.pattern)
        (words, withoutWords, withPicture) = (source.filter.words, source.filter.withoutWords, source.withPicture)
        (postsPerDay, minutes) = (source.postsPerDay, source.minutes)
    }

    private static func list(_ text: String) -> [String] { Keywords.list(text) }
}
