import Application
import Domain
import Gateway
import Hummingbird

/// Posts that go out again and again: all of them, and one with its outings.
struct EvergreenPages {
    static let home = "/settings/automations/evergreen"

    // MARK: All of them

    func list(_ visit: Visit) async throws -> Response { try await list(visit, form: nil, refusal: nil) }

    private func list(_ visit: Visit, form: FormFields?, refusal: ProblemReport?) async throws -> Response {
        let evergreen = visit.services.evergreen
        let channels = try await visit.services.channels.list(as: visit.caller)
        let entries = try await evergreen.list(as: visit.caller)
        let planned = Dictionary(grouping: try await evergreen.planned(as: visit.caller), by: \.entryId)
        let fields = try await EvergreenFields(form, visit)
        let words = EvergreenWords(channels: channels.byId, visit: visit)
        let mayChange = visit.mayPublish
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .evergreen), "hasEntries": !entries.isEmpty,
            "adding": entries.isEmpty || fields.post != nil || refusal != nil,
            "entries": entries.map { words.row($0, next: planned[$0.id]?.first) }, "banner": refusal.map { visit.voice.banner($0) },
            "canAdd": mayChange && !channels.isEmpty, "post": fields.post.map { ["id": $0.text] as Model },
            "channels": channels.map { channel -> Model in
                [
                    "value": channel.id.text, "label": channel.title,
                    "selected": channel.id == fields.channel,
                ]
            },
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page(
            "pages/evergreen", title: visit.words("settings_evergreen"), model.merging(fields.model), for: visit, status: status)
    }

    func create(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        do {
            let fields = try await EvergreenFields(form, visit)
            guard let channel = fields.channel else { throw ProblemReport.notFound("channel") }
            let made = try await visit.services.evergreen.create(
                NewEvergreenEntry(
                    integrationId: channel, postId: fields.post, texts: fields.texts, tags: fields.tags, everyDays: fields.everyDays,
                    most: fields.most, endsAt: fields.endsAt(visit)), as: visit.caller)
            return try visit.redirect(to: "\(Self.home)/\(made.id)", Toast(visit.words("done_evergreenAdd")))
        } catch let report as ProblemReport {
            return try await list(visit, form: form, refusal: report)
        }
    }

    // MARK: One

    func show(_ visit: Visit) async throws -> Response { try await show(visit, form: nil, refusal: nil) }

    private func show(_ visit: Visit, form: FormFields?, refusal: ProblemReport?) async throws -> Response {
        let id: EvergreenEntryID = try visit.id("evergreen post")
        let entry = try await visit.services.evergreen.get(id, as: visit.caller)
        let outings = try await visit.services.evergreen.outings(of: id, as: visit.caller)
        let words = EvergreenWords(channels: try await visit.services.channels.list(as: visit.caller).byId, visit: visit)
        let now = visit.services.time.now
        let fields = form == nil ? EvergreenFields(entry, visit) : try await EvergreenFields(form, visit)
        let row = words.row(entry, next: outings.last { $0.at > now && $0.postId != nil && $0.status != .cancelled })
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .evergreen), "active": entry.active, "mayChange": visit.mayPublish,
            "reason": entry.pausedReason.map(visit.say), "hasOutings": !outings.isEmpty, "outings": outings.map(words.outing),
            "source": entry.postId.map { ["href": "/posts/\($0)"] as Model }, "banner": refusal.map { visit.voice.banner($0) },
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page(
            "pages/evergreen-entry", title: PostWords.line(entry.texts.first ?? "", length: 60) ?? visit.words("noText"),
            model.merging(row).merging(fields.model), for: visit, status: status)
    }

    func save(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        return try await change(visit, form, "done_save") { id in
            let fields = try await EvergreenFields(form, visit)
            let change = EvergreenChange(
                texts: fields.texts, tags: fields.tags, everyDays: fields.everyDays, most: fields.most, endsAt: fields.endsAt(visit), endless: true)
            _ = try await visit.services.evergreen.update(id, change, as: visit.caller)
        }
    }

    /// Pauses it, or lets it go on.
    func turn(_ visit: Visit) async throws -> Response {
        let wish = EvergreenChange(active: try await visit.form().text("active") == "yes")
        return try await change(visit, nil, "done_save") { _ = try await visit.services.evergreen.update($0, wish, as: visit.caller) }
    }

    func remove(_ visit: Visit) async throws -> Response {
        try await visit.services.evergreen.remove(try visit.id("evergreen post"), as: visit.caller)
        return try visit.redirect(to: Self.home, Toast(visit.words("done_evergreenRemove")))
    }

    /// A refusal is shown on the page itself, with what was written.
    private func change(
        _ visit: Visit, _ form: FormFields?, _ done: String, _ work: (EvergreenEntryID) async throws -> Void
    ) async throws -> Response {
        let id: EvergreenEntryID = try visit.id("evergreen post")
        do {
            try await work(id)
            return try visit.redirect(to: "\(Self.home)/\(id)", Toast(visit.words(done)))
        } catch let report as ProblemReport where report.code != .notFound {
            return try await show(visit, form: form, refusal: report)
        }
    }
}

/// What the forms hold, as it was written.
private struct EvergreenFields {
    var post: PostID?
    var channel: IntegrationID?
    var texts: [String] = []
    var tags: [String] = []
    private var (days, count, lastDay) = ("30", "", "")

    /// What was sent; else what the address of the page names: a post to be used again, and on which channel.
    init(_ form: FormFields?, _ visit: Visit) async throws {
        guard let form else {
            channel = visit.query.given("channel").flatMap(IntegrationID.init)
            guard let id = visit.query.given("post").flatMap(PostID.init) else { return }
            let source = try await visit.services.posts.get(id, as: visit.caller)
            (post, channel, tags) = (id, channel ?? source.platforms.first, source.tags)
            texts = [channel.flatMap { source.versions[$0] } ?? source.parts].compactMap { $0.first?.text }
            return
        }
        (post, channel) = (PostID(form.text("post")), IntegrationID(form.text("channel")))
        texts = form.all("text").map { $0.replacing("\r\n", with: "\n") }.filter { !$0.allSatisfy(\.isWhitespace) }
        tags = form.text("tags").split { $0.isWhitespace || $0 == "," || $0 == "#" }.map(String.init)
        (days, count, lastDay) = (form.text("everyDays"), form.text("most"), form.text("lastDay"))
    }

    init(_ entry: EvergreenEntry, _ visit: Visit) {
        (channel, texts, tags) = (entry.integrationId, entry.texts, entry.tags)
        (days, count) = (String(entry.everyDays), entry.most.map { String($0) } ?? "")
        lastDay = entry.endsAt.map(visit.time.date) ?? ""
    }

    /// What is no number stays none, and is refused as such.
    var everyDays: Int { Int(days) ?? 0 }
    var most: Int? { count.isEmpty ? nil : Int(count) ?? 0 }

    /// The end of the last day by the reader's clocks.
    func endsAt(_ visit: Visit) -> Timestamp? {
        visit.time.day(named: lastDay).map { $0.adding(days: 1).instant(in: visit.time.zone) - .milliseconds(1) }
    }

    /// The texts there are, and an empty field for another.
    var model: Model {
        let shown = (texts + [""]).prefix(Evergreen.mostTexts)
        return [
            "texts": shown.enumerated().map { ["number": String($0 + 1), "text": $1] as Model }, "tags": tags.joined(separator: " "),
            "everyDays": days, "most": count, "lastDay": lastDay,
        ]
    }
}

/// How entries and their outings are told.
struct EvergreenWords {
    let channels: [IntegrationID: ChannelView]
    let visit: Visit
    private var words: Words { visit.words }

    func row(_ entry: EvergreenEntry, next: EvergreenOuting?) -> Model {
        let (state, tone) = state(of: entry)
        return [
            "id": entry.id.text, "title": PostWords.line(entry.texts.first ?? "", length: 120), "state": words(state), "tone": tone,
            "about": [
                channels.name(of: entry.integrationId, words), words.count("evergreenEvery", entry.everyDays),
                words.count("evergreenOutings", entry.outings), entry.tags.map { "#\($0)" }.joined(separator: " ").unlessEmpty,
            ].compactMap(\.self).joined(separator: " · "),
            "next": next.map { next -> Model in
                [
                    "label": words("evergreenNext", ["time": visit.time.moment(next.at)]), "href": next.postId.map { "/posts/\($0)" },
                ]
            },
        ]
    }

    private func state(of entry: EvergreenEntry) -> (String, tone: String) {
        if entry.isOver(at: visit.services.time.now) { return ("evergreenOver", "") }
        if entry.active { return ("evergreenOn", "positive") }
        return ("evergreenPaused", entry.pausedReason == nil ? "" : "danger")
    }

    func outing(_ outing: EvergreenOuting) -> Model {
        let look = outing.status.map { StatusLook($0, words) }
        return [
            "when": visit.time.moment(outing.at), "instant": outing.at.description, "text": outing.text,
            "status": look?.label ?? words("evergreenGone"), "tone": look?.tone ?? "", "busy": look?.busy ?? false, "url": outing.url,
            "outing": outing.postId.map { ["href": "/posts/\($0)"] as Model },
        ]
    }
}

/// What a post has to do with evergreen ones, and where it is used again.
struct PostEvergreen {
    let post: PostView
    let channels: [IntegrationID: ChannelView]
    let visit: Visit

    func model() async throws -> Model {
        let related = try await visit.services.evergreen.related(to: post.id, as: visit.caller)
        let words = EvergreenWords(channels: channels, visit: visit)
        let links = isUsable && visit.mayPublish ? post.publications.filter { $0.status == .published } : []
        return [
            "outingOf": related.outingOf.map { ["href": "\(EvergreenPages.home)/\($0)"] as Model },
            "hasMade": !related.made.isEmpty,
            "made": related.made.map { words.row($0, next: nil) },
            "again": PostPlugs.offer(
                links.compactMap { publication -> Model? in
                    guard channels[publication.integrationId] != nil else { return nil }
                    return [
                        "href": link(EvergreenPages.home, ["post": post.id.text, "channel": publication.integrationId.text]),
                        "label": channels.name(of: publication.integrationId, visit.words),
                    ]
                }),
        ]
    }

    /// What goes out again by itself, or is about another post, is not used again.
    private var isUsable: Bool { post.parts.count == 1 && ![.plug, .evergreen].contains(post.origin) }
}

extension Visit {
    /// Whether the person may have posts go out without anybody's approval.
    var mayPublish: Bool { caller.may(.publish) && caller.may(.postsWrite) }
}
