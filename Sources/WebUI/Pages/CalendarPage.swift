import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Posts by day: a month, a week or a day. On phones the same days are a list.
struct CalendarPage {
    /// How many posts a day of the month view shows before '+3 more'.
    static let shownPerDay = 4

    func show(_ visit: Visit) async throws -> Response {
        let now = visit.services.time.now
        let view = DayGrid.View(rawValue: visit.query.text("view")) ?? .month
        let date = visit.time.day(named: visit.query.text("date")) ?? visit.time.wall(now)
        let grid = DayGrid(view: view, containing: date, time: visit.time)
        async let posts = visit.services.posts.calendar(from: grid.range.lowerBound, to: grid.range.upperBound, as: visit.caller)
        async let channels = visit.services.channels.list(as: visit.caller)
        let days = try await days(grid, posts: posts, channels: channels.byId, now: now, visit: visit)
        let model: Model = [
            "heading": grid.heading, "view": view.rawValue, "columns": String(grid.columns), "zone": visit.time.zoneName(at: now), "days": days,
            "nothing": days.allSatisfy { !(($0["class"] as? String)?.contains("filled") ?? false) },
            "previous": address(view, grid.moved(by: -1), visit), "next": address(view, grid.moved(by: 1), visit),
            "today": "/calendar?view=\(view.rawValue)", "views": views(view, date: date, visit), "weekdays": weekdays(grid, visit),
        ]
        return try await visit.site.page("pages/calendar", title: grid.heading, model, for: visit, script: "elements/post-calendar.js")
    }

    private func address(_ view: DayGrid.View, _ day: WallTime, _ visit: Visit) -> String {
        "/calendar?view=\(view.rawValue)&date=\(day.dayText)"
    }

    private func views(_ current: DayGrid.View, date: WallTime, _ visit: Visit) -> [Model] {
        zip(DayGrid.View.allCases, ["1", "2", "3"]).map { view, key in
            ["label": visit.words("view_\(view.rawValue)"), "href": address(view, date, visit), "current": view == current, "key": key]
        }
    }

    private func weekdays(_ grid: DayGrid, _ visit: Visit) -> [Model] {
        guard grid.columns == 7 else { return [] }
        return visit.time.weekdays.enumerated().map { index, name in ["name": name.short, "first": index == 0, "last": index == 6] }
    }

    private func days(
        _ grid: DayGrid, posts: [PostView], channels: [IntegrationID: ChannelView], now: Timestamp, visit: Visit
    ) -> [Model] {
        let dated = posts.compactMap { post in PostWords.instant(of: post).map { (post: post, instant: $0) } }
        let byDay = Dictionary(grouping: dated) { visit.time.date($0.instant) }
        let today = visit.time.date(now)
        return grid.days.map { day in
            let date = day.dayText
            let posts = (byDay[date] ?? []).sorted { ($0.instant, $0.post.id) < ($1.instant, $1.post.id) }
            let classes = [
                grid.isOutside(day) ? "outside" : nil, date == today ? "today" : nil, date < today ? "past" : nil,
                posts.isEmpty ? nil : "filled",
            ]
            let beyond = posts.count - Self.shownPerDay
            let more: Model? =
                beyond > 0 ? ["href": "/calendar?view=day&date=\(date)", "label": visit.words("more", ["count": String(beyond)])] : nil
            return [
                "date": date, "label": visit.words.count("dayLabel", posts.count).replacing("{day}", with: visit.time.longDay(day)),
                "number": String(day.date.day), "long": visit.time.longDay(day),
                "addLabel": visit.words("newPostOn", ["day": visit.time.longDay(day)]),
                "class": classes.compactMap(\.self).joined(separator: " "),
                "posts": posts.enumerated().map { slip($1.post, $1.instant, date, isBeyond: $0 >= Self.shownPerDay, channels, visit) },
                "more": more,
            ]
        }
    }

    private func slip(
        _ post: PostView, _ instant: Timestamp, _ date: String, isBeyond: Bool, _ channels: [IntegrationID: ChannelView], _ visit: Visit
    ) -> Model {
        let look = StatusLook(post.status, visit.words)
        let clock = visit.time.clock(instant)
        let opening = PostWords.opening(of: post, words: visit.words, length: visit.query.text("view") == "" ? 60 : 200)
        let risk = post.warnings.first { ![.timeSkipped, .timeTwice].contains($0.code) }?.message
        let names = post.platforms.compactMap { channels[$0] }.map { "\($0.platformName) \($0.displayName)" }.joined(separator: ", ")
        return [
            "id": post.id.text, "tone": look.tone, "date": date, "time": clock, "clock": clock, "instant": instant.description,
            "words": opening, "marks": PostWords.marks(of: post, channels: channels), "beyond": isBeyond,
            "movable": PostWords.isMovable(post), "risk": risk.map { ["text": $0] as Model },
            "spoken": "\(clock) \(look.label): \(opening). \(names)\(risk.map { ". \($0)" } ?? "")",
        ]
    }
}
