import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// A post that repeats: what its rule means while one chooses it, and its next times.
struct SeriesPages {
    /// What a choice of the composer means, for its script: the rule, in words, and the first times.
    func preview(_ visit: Visit) async throws -> Response {
        let (date, time) = (visit.query.text("date"), visit.query.given("time") ?? "09:00")
        let zone = visit.query.given("zone") ?? visit.time.zone.name
        var model: Model = [:]
        do {
            if let rule = try RepeatForm.rule(visit.query) {
                model["rule"] = rule
                guard !date.isEmpty else { throw ProblemReport.invalid("scheduledFor", "Choose the date and time of the first post.") }
                let question = RecurrenceQuestion(recurrence: rule, scheduledFor: "\(date)T\(time)", timeZone: zone)
                let preview = try visit.services.posts.preview(question, as: visit.caller)
                let clock = LocalTime(zone: zone, locale: visit.signedIn.user.locale)
                model["words"] = try Self.words(preview.recurrence, start: "\(date)T\(time)", zone: zone, visit)
                model["times"] = preview.times.map { time -> Model in
                    ["when": clock.moment(time.scheduledFor), "day": clock.day(time.scheduledFor), "moved": time.isMoved]
                }
                model["lastDay"] = preview.lastDayOfMonth == nil ? nil : "FREQ=MONTHLY;BYMONTHDAY=-1"
            }
        } catch let report as ProblemReport where report.code.status < 500 {
            model["refusal"] = visit.say(report.message)
        }
        return try visit.site.fragment("pages/repeat-preview", model, for: visit)
    }

    /// A rule in the reader's words.
    static func words(_ rule: String, start: String, zone: String, _ visit: Visit) throws -> String {
        let (zone, read) = (try Schedule.timeZone(zone), try Schedule.read(start, zone: zone))
        let start = read.wall ?? WallTime(read.instant, in: zone)
        let time = LocalTime(zone: zone.name, locale: visit.signedIn.user.locale)
        let recurrence = Recurrence(try RecurrenceRule(rule), start: start, zone: zone)
        let words = visit.words
        return RecurrenceWords(
            weekdays: time.weekdays.map(\.long), months: time.months, day: { time.day($0.instant(in: zone)) }
        ) { words("recur_\($0)") }.say(recurrence)
    }

    static func words(_ series: SeriesView, _ visit: Visit) throws -> String {
        try words(series.recurrence, start: series.start.description, zone: series.timeZone, visit)
    }

    /// The series of the workspace.
    func list(_ visit: Visit) async throws -> Response {
        let all = try await visit.services.posts.allSeries(as: visit.caller)
        let model: Model = [
            "hasSeries": !all.isEmpty,
            "series": try all.map { series -> Model in
                [
                    "id": series.id.text, "text": PostWords.line(series.content, length: 80) ?? visit.words("noText"),
                    "words": try Self.words(series, visit), "state": visit.words("series_\(series.status.rawValue)"),
                    "tone": series.status == .active ? "positive" : "neutral", "next": series.next.first.map { visit.time.moment($0.scheduledFor) },
                ]
            },
        ]
        return try await visit.site.page("pages/series-list", title: visit.words("series"), model, for: visit)
    }

    func show(_ visit: Visit) async throws -> Response {
        let series = try await visit.services.posts.series(try visit.id("series"), as: visit.caller)
        let mayWrite = visit.caller.scopes.contains(.postsWrite)
        let model: Model = [
            "id": series.id.text, "text": PostWords.line(series.content, length: 200) ?? visit.words("noText"),
            "words": try Self.words(series, visit), "zone": series.timeZone, "state": visit.words("series_\(series.status.rawValue)"),
            "tone": series.status == .active ? "positive" : "neutral", "hasTimes": !series.next.isEmpty,
            "approved": series.approvedAt.map { at -> String in
                let time = visit.time.moment(at)
                return series.approvedBy.map { visit.words("series_approvedBy", ["name": $0, "time": time]) }
                    ?? visit.words("series_approved", ["time": time])
            },
            "mayPause": mayWrite && series.status == .active, "mayResume": mayWrite && series.status == .paused,
            "mayEnd": mayWrite && series.status != .ended,
            "times": series.next.map { time -> Model in
                let status = time.status.map { StatusLook($0, visit.words) }
                return [
                    "id": series.id.text, "day": time.day, "when": visit.time.moment(time.scheduledFor), "instant": time.scheduledFor.description,
                    "postId": time.postId?.text, "skipped": time.isSkipped, "changed": time.isChanged, "status": status?.label, "tone": status?.tone,
                    "skip": mayWrite && !time.isSkipped && series.status == .active, "unskip": mayWrite && time.isSkipped,
                    "csrf": visit.signedIn.csrfToken,
                ]
            },
        ]
        return try await visit.site.page("pages/series", title: visit.words("series_one"), model, for: visit)
    }

    /// The buttons of that page: their name in the address, and what they do.
    static let deeds: [String: @Sendable (SeriesID, Visit) async throws -> Void] = [
        "pause": { _ = try await $1.services.posts.pause($0, as: $1.caller) },
        "resume": { _ = try await $1.services.posts.resume($0, as: $1.caller) },
        "end": { _ = try await $1.services.posts.pause($0, forGood: true, as: $1.caller) },
        "skip": { _ = try await $1.services.posts.skip(try await $1.form().text("day"), of: $0, as: $1.caller) },
        "unskip": { _ = try await $1.services.posts.unskip(try await $1.form().text("day"), of: $0, as: $1.caller) },
    ]

    func perform(_ deed: @Sendable (SeriesID, Visit) async throws -> Void, _ visit: Visit) async throws -> Response {
        let id: SeriesID = try visit.id("series")
        return try await visit.orSay("/series/\(id)") {
            try await deed(id, visit)
            return try visit.redirect(to: "/series/\(id)", Toast(visit.words("done_save")))
        }
    }
}
