import Application
import Domain
import Foundation
import Hummingbird

/// One post: where it stands on every channel, what it says, and every try so far.
struct PostPage {
    func show(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        async let post = visit.services.posts.get(id, as: visit.caller)
        async let attempts = visit.services.posts.attempts(id, as: visit.caller)
        async let replans = visit.services.posts.replans(id, as: visit.caller)
        async let channels = visit.services.channels.list(as: visit.caller)
        async let figures = visit.services.analytics.post(id, as: visit.caller)
        async let versions = visit.services.posts.versions(id, as: visit.caller)
        async let comments = visit.services.comments.list(of: id, as: visit.caller)
        async let clicks = visit.services.shortLinks.clicks(of: id, as: visit.caller)
        let detail = PostDetail(
            post: try await post, channels: try await channels.byId, replans: try await replans,
            figures: try await figures.publications, clicks: try await clicks.channels, visit: visit)
        let media = try await detail.media()
        let model = detail.model(attempts: try await attempts, media: media).merging(detail.versions(try await versions))
            .merging(["samples": detail.samples(media), "line": try await ReviewLine(from: detail.post, visit).model()])
            .merging(detail.keyedActions).merging(try detail.repeating())
            .merging(try await PostPlugs(post: detail.post, channels: detail.channels, visit: visit).model())
            .merging(try await PostEvergreen(post: detail.post, channels: detail.channels, visit: visit).model())
            .merging(
                PostCommentsSection(
                    post: detail.post, comments: try await comments,
                    customers: Set(detail.post.platforms.compactMap { detail.channels[$0]?.customer }).sorted(), visit: visit
                ).model)
        return try await visit.site.page(
            "pages/post", title: PostWords.opening(of: detail.post, words: visit.words, length: 60), model, for: visit)
    }

    /// The post in short, for the calendar to show beside it.
    func card(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        async let post = visit.services.posts.get(id, as: visit.caller)
        async let channels = visit.services.channels.list(as: visit.caller)
        let detail = PostDetail(post: try await post, channels: try await channels.byId, replans: [], figures: [], clicks: [], visit: visit)
        return try visit.site.fragment("pages/post-card", detail.model(attempts: [], media: try await detail.media()), for: visit)
    }
}

/// What the page of one post shows.
struct PostDetail {
    let post: PostView
    let channels: [IntegrationID: ChannelView]
    let replans: [Replan]
    /// What the platforms told about it so far.
    let figures: [PostAnalytics.Channel]
    /// How often its short links were followed.
    let clicks: [PostClicks.Channel]
    let visit: Visit
    private var words: Words { visit.words }

    func media() async throws -> [MediaID: MediaView] {
        var found: [MediaID: MediaView] = [:]
        for id in Set((post.parts + post.versions.values.joined()).flatMap(\.mediaIds)) {
            do {
                found[id] = try await visit.services.media.get(id, as: visit.caller)
            } catch let report as ProblemReport where report.code == .notFound {
                continue
            }
        }
        return found
    }

    /// What can be done with it, with a key for a copy: on a page of one post it is clear which is meant.
    var keyedActions: Model {
        [
            "actions": PostWords.actions(for: post, visit).map { $0["name"] as? String == "duplicate" ? $0.merging(["key": "d"]) : $0 }
        ]
    }

    func model(attempts: [AttemptView], media: [MediaID: MediaView]) -> Model {
        let look = StatusLook(post.status, words)
        let instant = PostWords.instant(of: post)
        let movable = visit.mayWrite && PostWords.isMovable(post)
        return [
            "id": post.id.text, "revision": String(post.revision), "status": look.label, "tone": look.tone, "busy": look.busy,
            "canEdit": visit.mayWrite && PostWords.isEditable(post), "actions": PostWords.actions(for: post, visit), "here": "/posts/\(post.id)",
            "when": instant.map { visit.time.moment($0) }, "warnings": post.warnings.map { ["text": clockWords($0)] as Model },
            "replans": replans.map(replan), "wasReplanned": !replans.isEmpty,
            "whenZone": zones, "publications": post.publications.map(publication), "parts": post.parts.map { part($0, media) },
            "attempts": attempts.reversed().map(attempt), "hasAttempts": !attempts.isEmpty, "facts": facts, "movable": movable,
            "review": ReviewCard(post: post, visit: visit).model,
            "date": instant.map(visit.time.date) ?? visit.time.date(visit.services.time.now + .days(1)),
            "time": instant.map(visit.time.clock) ?? "09:00",
        ]
    }

    /// How it looks on each of its channels, in the order in which they were chosen; the first is seen at once.
    func samples(_ media: [MediaID: MediaView]) -> [Model] {
        let files = media.mapValues(PostSample.File.init)
        let inOrder = post.platforms.compactMap { id in post.publications.first { $0.integrationId == id } }
        return inOrder.enumerated().map { index, publication in
            let (id, channel) = (publication.integrationId, channels[publication.integrationId])
            return PostSample(
                platform: publication.platform, name: channel?.displayName ?? publication.channel, handle: channel?.handle ?? "",
                parts: post.versions[id] ?? post.parts, settings: post.settings[id] ?? [:], files: files, site: visit.site
            ).model.merging(["open": index == 0, "own": post.versions[id] != nil])
        }
    }

    /// How it repeats, and what can be done about that.
    func repeating() throws -> Model {
        guard let id = post.seriesId, let rule = post.recurrence, let start = post.plannedFor else { return [:] }
        let repeats: Model = [
            "seriesId": id.text, "id": post.id.text, "canDelete": PostWords.isMovable(post), "csrf": visit.signedIn.csrfToken,
            "words": try SeriesPages.words(rule, start: start, zone: post.timeZone ?? visit.time.zone.name, visit),
        ]
        return ["repeats": repeats]
    }

    /// The reader's zone, and the author's where it is another.
    private var zones: String {
        guard let zone = post.timeZone, zone != visit.time.zone.name, let instant = PostWords.instant(of: post) else {
            return visit.time.zoneName(at: PostWords.instant(of: post) ?? visit.services.time.now)
        }
        let theirs = LocalTime(zone: zone, locale: visit.signedIn.user.locale)
        return "\(visit.time.zoneName(at: instant)) · \(theirs.clock(instant)) \(theirs.zoneName(at: instant))"
    }

    /// What the clocks do at its time, in the reader's language; other warnings as they are.
    private func clockWords(_ warning: Problem) -> String {
        let zone = LocalTime(zone: post.timeZone ?? "UTC", locale: visit.signedIn.user.locale)
        guard let wall = post.wallTime else { return visit.say(warning.message) }
        guard [.timeSkipped, .timeTwice].contains(warning.code) else { return visit.say(warning.message) }
        let shown = String(wall.minuteText.suffix(5))
        switch ClockChange(wall, in: zone.zone) {
        case nil: return visit.say(warning.message)
        case .skipped(let read): return words("timeSkipped", ["zone": zone.zone.name, "time": shown, "read": zone.clock(read)])
        case .twice(let second):
            let utc = LocalTime(zone: "UTC", locale: visit.signedIn.user.locale)
            let first = wall.instant(in: zone.zone)
            return words(
                "timeTwice", ["zone": zone.zone.name, "time": shown, "first": utc.clock(first), "second": utc.clock(second)])
        }
    }

    /// That the rules of its zone changed, and what became of its time.
    private func replan(_ replan: Replan) -> Model {
        let utc = LocalTime(zone: "UTC", locale: visit.signedIn.user.locale)
        let text = words(
            "replanned",
            [
                "zone": replan.timeZone, "wall": String(replan.wallTime.minuteText.suffix(5)), "after": utc.clock(replan.after),
                "before": utc.clock(replan.before),
            ])
        return ["when": visit.time.moment(replan.at), "instant": replan.at.description, "text": text]
    }

    private var facts: [Model] {
        [
            ("created", visit.time.moment(post.createdAt)), ("changed", visit.time.moment(post.updatedAt)),
            ("madeBy", words("origin_\(post.origin.rawValue)")), ("tags", post.tags.map { "#\($0)" }.joined(separator: " ")),
            ("links", post.linksAsWritten ? words("linksAsWrittenFact") : ""),
        ].filter { !$0.1.isEmpty }.map { ["name": words($0.0), "value": $0.1] }
    }

    private func part(_ part: PostPart, _ media: [MediaID: MediaView]) -> Model {
        let files: [Model] = part.mediaIds.compactMap { media[$0] }.map { file in
            let picture = file.thumbnailUrl ?? ([.image, .animation].contains(file.kind) ? file.url : nil)
            // What is not seen of a file but goes out with it is shown in words: nobody approves unseen.
            let spoken = [[.video, .document].contains(file.kind) ? file.name : nil, file.altText].compactMap(\.self)
            return [
                "thumbnail": picture, "alt": file.altText ?? file.name, "kind": words("kind_\(file.kind.rawValue)"),
                "words": spoken.isEmpty ? nil : spoken.joined(separator: " · "),
            ]
        }
        return ["text": part.text, "media": files, "hasMedia": !files.isEmpty]
    }

    /// The latest of what it said; nothing of a post that was never changed.
    func versions(_ versions: [PostVersion]) -> Model {
        guard versions.count > 1 else { return [:] }
        let words = VersionWords(visit: visit, channels: channels)
        return ["savedVersions": versions.prefix(5).map(words.row), "hasVersions": true]
    }

    // MARK: One channel

    private func publication(_ publication: PublicationView) -> Model {
        let look = StatusLook(publication.status, words)
        let channel = channels[publication.integrationId]
        let progress = publication.progress
        let sending = look.busy && progress.total > 1
        return [
            "publicationId": publication.id.text, "platform": publication.platform.rawValue, "mark": channel?.mark ?? "–",
            "channel": publication.channel, "handle": channel?.handle ?? publication.channel, "picture": channel?.picturePath,
            "initial": String((channel?.displayName ?? publication.channel).prefix(1)).uppercased(),
            "platformName": channel?.platformName ?? words("removedChannel"),
            "status": sending ? words("sendingPart", ["done": String(progress.done), "total": String(progress.total)]) : look.label,
            "tone": look.tone, "busy": look.busy, "url": publication.url, "figures": told(of: publication) + followed(of: publication),
            "hasFigures": !told(of: publication).isEmpty || !followed(of: publication).isEmpty, "detail": detail(publication),
            "progress": sending ? ["done": String(progress.done), "total": String(progress.total)] as Model : nil,
            "error": publication.status == .unconfirmed ? nil : publication.error.map { reason($0, of: publication) },
            "notes": publication.notes.map { ["text": visit.say($0)] as Model }, "unconfirmed": doubt(about: publication),
        ]
    }

    /// Its figures, those that are known and not nothing.
    private func told(of publication: PublicationView) -> [Model] {
        let known = figures.first { $0.integrationId == publication.integrationId }?.figures ?? [:]
        return Metric.allCases.compactMap { metric in
            known[metric.rawValue].flatMap { value in
                value == 0
                    ? nil
                    : [
                        "number": value.formatted(.number.locale(visit.time.locale)), "label": words("metric_\(metric.rawValue)"),
                    ]
            }
        }
    }

    /// How often its short links were followed; nothing where it has none.
    private func followed(of publication: PublicationView) -> [Model] {
        clicks.filter { $0.integrationId == publication.integrationId }.map { clicks in
            [
                "number": clicks.people.formatted(.number.locale(visit.time.locale)),
                "label": words(clicks.people == 1 ? "linkClicks_one" : "linkClicks_other"),
            ]
        }
    }

    /// What is to be said while nobody knows whether it is there: as long as the server looks by itself, a person need not.
    private func doubt(about publication: PublicationView) -> Model? {
        guard publication.status == .unconfirmed else { return nil }
        if let next = publication.nextAttemptAt { return ["checking": words("checkingExplained", ["time": visit.time.moment(next)])] }
        return ["ask": words(publication.error?.code == PublicationError.restored ? "restoredExplained" : "unconfirmedExplained")]
    }

    private func detail(_ publication: PublicationView) -> String? {
        if let published = publication.publishedAt { return words("publishedAt", ["time": visit.time.moment(published)]) }
        if let next = publication.nextAttemptAt, publication.attempts > 0, !publication.status.isFinal, publication.status != .unconfirmed {
            return words.count("nextAttempt", publication.attempts).replacing("{time}", with: visit.time.moment(next))
        }
        return publication.dueAt.map { words("dueAt", ["time": visit.time.moment($0)]) }
    }

    private func reason(_ error: PublicationError, of publication: PublicationView) -> Model {
        [
            "message": visit.say(error.message), "answer": error.platformAnswer, "tone": publication.status == .failed ? "danger" : "warning",
            "retry": publication.status == .failed, "send": error.code == Hold.overdue.rawValue && publication.status == .onHold,
            "mend": mend(error, of: publication),
        ]
    }

    /// The page on which the reason can be put right.
    private func mend(_ error: PublicationError, of publication: PublicationView) -> Model? {
        switch error.kind {
        case .authentication: ["href": "/channels#channel-\(publication.integrationId)", "label": words("reconnect")]
        case .invalidContent where PostWords.isEditable(post): ["href": "/posts/\(post.id)/edit", "label": words("editPost")]
        case _ where PostWords.isAmendable(publication, of: post):
            ["href": "/posts/\(post.id)/edit?channel=\(publication.integrationId)", "label": words("editForChannel")]
        default: nil
        }
    }

    private func attempt(_ attempt: AttemptView) -> Model {
        let publication = post.publications.first { $0.id == attempt.publicationId }
        let look = attempt.outcome.map { StatusLook($0, words) }
        let took = attempt.finishedAt.map { $0 - attempt.startedAt }
        return [
            "when": visit.time.moment(attempt.startedAt), "instant": attempt.startedAt.description,
            "channel": publication?.channel ?? words("removedChannel"), "outcome": look?.label ?? words("running"),
            "tone": look?.tone ?? "info",
            "took": took.map { String(format: "%.1f s", Double($0.milliseconds) / 1000) } ?? "", "message": attempt.errorMessage.map(visit.say),
            "answer": attempt.platformAnswer,
        ]
    }
}
