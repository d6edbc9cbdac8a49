import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Posts by their time: a month, a week or a day by the hour, or a list of days. All are rows of fields, and each field is read, drawn and
/// replaced by itself.
struct CalendarPage {
    func show(_ visit: Visit) async throws -> Response {
        if let begun = try await visit.begun(at: .calendar) { return begun }
        let menu = try await ViewMenu(at: .calendar, visit)
        let (question, now) = (CalendarQuestion(visit, withoutChannel: menu.gone.contains(.channel)), visit.services.time.now)
        let today = visit.time.wall(now)
        let grid = DayGrid(view: question.view, containing: question.date, time: visit.time, today: today)
        let rows = grid.rows(today: today, unfolded: question.unfolded)
        async let busy = visit.services.posts.areBusy(MiniMonth.spans(question.date, time: visit.time), as: visit.caller)
        async let tags = visit.services.posts.tags(as: visit.caller)
        let drawing = try await CalendarDrawing(question, visit)
        let fields = try await drawing.fields(rows.flatMap(\.self))
        let mini = MiniMonth(question: question, isBusy: try await busy, today: now, time: visit.time)
        let model: Model = [
            "viewMenu": menu.model, "heading": grid.heading, "view": question.view.rawValue, "zone": visit.time.zoneName(at: now),
            "minimonth": mini.model,
            "rows": drawing.rows(rows, fields), "columns": columns(grid, today: visit.time.date(now)), "corner": question.view == .week,
            "hasColumns": [.month, .week].contains(question.view), "cellsAt": question.address(path: "/calendar/cells"),
            "previous": question.address(date: grid.moved(by: -1).dayText), "next": question.address(date: grid.moved(by: 1).dayText),
            "today": question.address(date: visit.time.date(now)), "views": views(question, visit),
            "unfold": question.view == .agenda ? nil : unfold(question, visit),
            "filters": CalendarFilters(question, channels: drawing.channels, tags: try await tags, visit).model,
        ]
        return try await visit.site.page("pages/calendar", title: grid.heading, model, for: visit, script: "elements/post-calendar.js")
    }

    /// The fields in which the instants `at` lie, for a page that has heard that something changed there.
    func cells(_ visit: Visit) async throws -> Response {
        let question = CalendarQuestion(visit)
        let today = visit.time.wall(visit.services.time.now)
        let grid = DayGrid(view: question.view, containing: question.date, time: visit.time, today: today)
        let instants = visit.query.all("at").compactMap(Timestamp.init)
        let places = grid.rows(today: today, unfolded: question.unfolded).flatMap(\.self)
            .filter { place in instants.contains { place.range.contains($0) } }
        let fields = try await CalendarDrawing(question, visit).fields(places)
        return try visit.site.fragment("pages/calendar-cells", ["fields": fields.map(\.model)], for: visit)
    }

    private func views(_ question: CalendarQuestion, _ visit: Visit) -> [Model] {
        zip(DayGrid.View.allCases, ["1", "2", "3", "4"]).map { view, key in
            [
                "label": visit.words("view_\(view.rawValue)"), "href": question.address(view: view, unfolded: false),
                "current": view == question.view, "key": key,
            ]
        }
    }

    private func unfold(_ question: CalendarQuestion, _ visit: Visit) -> Model {
        [
            "href": question.address(unfolded: !question.unfolded),
            "label": visit.words("calendar_\(question.unfolded ? "fold" : "unfold")_\(question.view == .month ? "weeks" : "hours")"),
        ]
    }

    private func columns(_ grid: DayGrid, today: String) -> [Model] {
        zip(grid.time.week, grid.days).map { name, day in
            let isWeek = grid.view == .week
            return [
                "short": name.short, "long": name.long, "number": isWeek ? String(day.date.day) : nil,
                "class": isWeek && day.dayText == today ? "today" : "",
            ]
        }
    }
}

/// What the calendar can be narrowed to.
struct CalendarFilters {
    let model: Model

    init(_ question: CalendarQuestion, channels: [ChannelView], tags: [String], _ visit: Visit) {
        func option(_ value: String, _ label: String, _ chosen: String?) -> Model {
            ["value": value, "label": label, "selected": value == (chosen ?? "")]
        }
        let words = visit.words
        let byPlatform = Dictionary(grouping: channels, by: \.platform.rawValue).sorted { $0.key < $1.key }
        let choices = byPlatform.flatMap { platform, channels -> [Model] in
            let name = channels[0].platformName
            let all = channels.count > 1 ? [option(platform, words("calendar_allOf", ["platform": name]), question.channel)] : []
            return all + channels.map { option($0.id.text, "\(name) \($0.handle)", question.channel) }
        }
        let customers = Set(channels.compactMap(\.customer)).sorted().map { customer in
            option(Channels.customerMark + customer, words("calendar_customer", ["customer": customer]), question.channel)
        }
        let states = PostStatus.allCases.map { option($0.rawValue, words("status_\($0.rawValue)"), question.status?.rawValue) }
        model = [
            "view": question.view.rawValue, "date": question.date.dayText, "query": question.text,
            "channels": [option("", words("anyChannel"), question.channel)] + customers + choices,
            "statuses": [option("", words("anyStatus"), question.status?.rawValue)] + states,
            "tags": tags.isEmpty
                ? nil : ["options": [option("", words("anyTag"), question.tag)] + tags.map { option($0, "#\($0)", question.tag) }] as Model,
            "clear": question.isNarrowed ? question.address(filtered: false) : nil,
        ]
    }
}
