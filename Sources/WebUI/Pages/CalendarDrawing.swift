import Application
import Domain

/// Draws the fields of the calendar.
struct CalendarDrawing {
    /// A field and whether it holds anything.
    struct Field {
        let place: CalendarPlace
        let isEmpty: Bool
        let model: Model
    }

    let channels: [ChannelView]
    private let question: CalendarQuestion
    private let visit: Visit
    private let byId: [IntegrationID: ChannelView]
    private let now: Timestamp
    private var words: Words { visit.words }
    private var time: LocalTime { visit.time }

    init(_ question: CalendarQuestion, _ visit: Visit) async throws {
        (self.question, self.visit, now) = (question, visit, visit.services.time.now)
        channels = try await visit.services.channels.list(as: visit.caller)
        byId = channels.byId
    }

    func fields(_ places: [CalendarPlace]) async throws -> [Field] {
        // Free times are there to be filled.
        async let free = visit.mayWrite ? freeSlots(places.filter { !$0.isLater }) : []
        let cells = try await visit.services.posts.calendar(
            places.map(\.range), showing: question.shown.posts, of: question.query, as: visit.caller)
        let slots = try await free
        return zip(places, cells).map { place, cell in
            let here = slots.filter { place.range.contains($0.at) }
            return Field(place: place, isEmpty: cell.count == 0 && here.isEmpty, model: field(place, cell, here))
        }
    }

    /// The fields in their rows. Folded weeks and hours of the night in which nothing is are left out, but not the present hour.
    func rows(_ rows: [[CalendarPlace]], _ fields: [Field]) -> [Model] {
        var rest = fields[...]
        let today = time.wall(now)
        let isPresent = rows.joined().contains { $0.range.contains(now) }
        // On a phone a present month is two weeks, and what comes later.
        let later = isPresent && question.view == .month ? today.day - time.column(of: today) + DayGrid.agendaDays : Int.max
        return rows.compactMap { places -> Model? in
            let row = rest.prefix(places.count)
            rest = rest.dropFirst(places.count)
            guard let first = places.first else { return nil }
            let isNight = first.hour.map { !DayGrid.usualHours.contains($0) } ?? false
            let isNow = !first.isFolded && row.contains { $0.place.range.contains(now) }
            if isNight || first.isFolded || first.isLater, !isNow, !question.unfolded || first.isLater, row.allSatisfy(\.isEmpty) { return nil }
            let day = first.isLater ? words("calendar_later") : time.longDay(first.day)
            let head = first.hour.map { "\($0 < 10 ? "0" : "")\($0):00" } ?? (question.view == .agenda ? day : nil)
            return [
                "head": head, "kind": first.isFolded ? "folded" : first.day.day >= later ? "later" : "", "fields": row.map(\.model),
                "later": first.day.day >= later ? words("calendar_later") : nil,
            ]
        }
    }

    // MARK: One field

    private func field(_ place: CalendarPlace, _ cell: CalendarCell, _ slots: [FreeSlot]) -> Model {
        let date = place.day.dayText
        let label = place.isLater ? words("calendar_later") : time.longDay(place.day) + (place.hour.map { ", \($0 < 10 ? "0" : "")\($0):00" } ?? "")
        let isNow = place.range.contains(now) && !place.isFolded
        let isPast = place.range.upperBound <= now
        var model: Model = [
            "key": place.key, "date": date, "hour": place.hour.map(String.init), "folded": place.isFolded,
            "spoken": words.count("dayLabel", cell.count).replacing("{day}", with: label),
            "number": question.view == .month && !place.isFolded ? number(place.day) : nil,
            "class": [
                isOutside(place) ? "outside" : nil, isPast ? "past" : nil, isNow ? "present" : nil, cell.count > 0 ? "filled" : nil,
            ].compactMap(\.self).joined(separator: " "),
        ]
        if place.isFolded {
            let days = [place.day, place.day.adding(days: 6)].map { time.shortDay($0) }.joined(separator: " – ")
            model["fold"] =
                [
                    "href": question.address(unfolded: true), "text": words.count("calendar_week", cell.count).replacing("{days}", with: days),
                ] as Model
            return model
        }
        if isNow, place.hour != nil { model["quarter"] = String(time.wall(now).millisecond / 900_000 % 4) }
        let beyond = cell.count - cell.posts.count
        let slips = cell.posts.map { post -> (at: Timestamp, item: Model) in
            let day = place.isLater ? time.wall(post.at) : nil
            return (at: post.at, item: ["slip": slip(post, day?.dayText ?? date).merging(["day": day.map(time.shortDay)])] as Model)
        }
        let ghosts = Dictionary(grouping: slots) { Place(at: $0.at, tag: $0.tag) }
            .map { (at: $0.at, item: ["ghost": ghost($0, $1)] as Model) }
        model["items"] = (slips + ghosts.sorted { $0.at < $1.at }).sorted { $0.at < $1.at }.map(\.item)
        model["add"] = isPast || !visit.mayWrite ? nil : ["href": composer(place), "spoken": words("newPostOn", ["day": label])] as Model
        model["more"] = beyond > 0 ? ["href": beyondAddress(place), "text": words("more", ["count": String(beyond)])] as Model : nil
        return model
    }

    /// `23`, and `1 Dec` where a month begins.
    private func number(_ day: WallTime) -> String { day.date.day == 1 ? time.shortDay(day) : String(day.date.day) }

    /// Of another month than the one that is shown. From the present month on what comes is as good as what is left of it.
    private func isOutside(_ place: CalendarPlace) -> Bool {
        guard question.view == .month, place.day.date.month != question.date.date.month else { return false }
        let today = time.wall(now)
        let isPresent = today.date.month == question.date.date.month && today.date.year == question.date.date.year
        return !isPresent || place.day.day < today.day
    }

    /// The day opens from wider views; what is more than a day has room for stands in the list.
    private func beyondAddress(_ place: CalendarPlace) -> String {
        question.view == .month || question.view == .week
            ? question.address(view: .day, date: place.day.dayText)
            : link(
                "/posts",
                [
                    "tab": "all", "from": place.range.lowerBound.description, "to": place.range.upperBound.description,
                    "channel": question.channel, "tag": question.tag, "q": question.text,
                ])
    }

    /// Where one writes for this time. A day begins at nine, today at the next full hour.
    private func composer(_ place: CalendarPlace) -> String {
        let hour = place.hour ?? (place.range.contains(now) ? min(max(9, time.wall(now).hour + 1), 23) : 9)
        let minute = place.range.contains(now) && place.hour != nil ? min(59, time.wall(now).millisecond / 60_000 % 60 / 15 * 15 + 15) : 0
        return link(
            "/compose", ["date": place.day.dayText, "time": clock(hour, minute), "channel": byId.keys.first { $0.text == question.channel }?.text])
    }

    private func clock(_ hour: Int, _ minute: Int) -> String { "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)" }

    private func slip(_ post: CalendarPost, _ date: String) -> Model {
        let look = StatusLook(post.status, words)
        let clock = time.clock(post.at)
        let channels = post.channels.compactMap { byId[$0] }
        return [
            "id": post.id.text, "look": post.waits || post.isAtRisk ? "waits" : post.status.rawValue.lowercased(), "date": date, "clock": clock,
            "instant": post.at.description,
            "text": PostWords.line(post.text, length: question.shown.letters) ?? words(post.pictureURL == nil ? "noText" : "onlyMedia"),
            "marks": PostWords.marks(of: channels), "movable": post.isMovable && visit.mayWrite, "picture": post.pictureURL,
            "repeats": post.repeats ? words("series_one") : nil,
            "state":
                ([post.waits ? words("publication_ON_HOLD") : post.isAtRisk ? words("calendar_atRisk") : look.label]
                + channels.map(\.title))
                .joined(separator: ", "),
        ]
    }

    /// A time at which something may go out, and the tag that it is kept for.
    private struct Place: Hashable {
        let at: Timestamp
        let tag: String?
    }

    private func ghost(_ place: Place, _ slots: [FreeSlot]) -> Model {
        let (channels, instant) = (slots.compactMap { byId[$0.integrationId] }, place.at)
        let address = link("/compose", ["date": time.date(instant), "time": time.clock(instant), "tag": place.tag])
        // More channels than that are most of them: the composer then offers those that were used last.
        let named = slots.count <= 3 ? slots : []
        return [
            "href": named.reduce(address) { "\($0)&channel=\($1.integrationId)" }, "clock": time.clock(instant),
            "tag": place.tag.map { "#\($0)" }, "marks": PostWords.marks(of: channels),
            "free": words("calendar_free", ["channels": channels.map(\.title).joined(separator: ", ")]),
        ]
    }

    /// The free posting times in `places`, where there is room to show them: not in the month, nor among posts that were looked for.
    private func freeSlots(_ places: [CalendarPlace]) async throws -> [FreeSlot] {
        guard question.view != .month, question.status == nil, question.tag == nil, question.text == nil,
            let first = places.map(\.range.lowerBound).min(), let last = places.map(\.range.upperBound).max(), last > now,
            first < now + SlotSchedule.horizon
        else { return [] }
        return try await visit.services.posts.freeSlots(
            channels: question.channel.map { [$0] }, count: 50, from: first, to: last, basis: .queue, as: visit.caller)
    }
}

extension ChannelView {
    /// Its sign, with its name beside for those who point at it.
    var markModel: Model { ["platform": platform.rawValue, "mark": mark, "channel": title] }
}
