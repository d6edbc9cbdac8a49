import Application
import Domain
import Gateway

/// What the calendar's address asks for: a view, a day, and what posts are narrowed to. Addresses of other periods and views keep the rest.
struct CalendarQuestion: Sendable {
    let view: DayGrid.View
    let date: WallTime
    /// Past weeks and the hours of the night, too.
    let unfolded: Bool
    /// The id of a channel, or a platform for all of its channels.
    let channel: String?
    let status: PostStatus?
    let tag: String?
    let text: String?

    /// `withoutChannel` where the channel is gone.
    init(_ visit: Visit, withoutChannel: Bool = false) {
        let fields = visit.query
        view = DayGrid.View(rawValue: fields.text("view")) ?? .month
        date = visit.time.day(named: fields.text("date")) ?? visit.time.wall(visit.services.time.now)
        unfolded = fields.text("all") == "1"
        channel = withoutChannel ? nil : fields.given("channel")
        status = fields.given("status").flatMap(PostStatus.init)
        tag = fields.given("tag")
        text = fields.given("q")
    }

    var isNarrowed: Bool { [channel, status?.rawValue, tag, text].contains { $0 != nil } }

    var query: PostQuery {
        PostQuery(statuses: status.map { [$0] } ?? [], integrations: channel.map { [$0] } ?? [], tag: tag, text: text)
    }

    func address(
        path: String = "/calendar", view: DayGrid.View? = nil, date: String? = nil, unfolded: Bool? = nil, filtered: Bool = true
    ) -> String {
        link(
            path,
            [
                "view": (view ?? self.view).rawValue, "date": date ?? self.date.dayText, "all": unfolded ?? self.unfolded ? "1" : nil,
                "channel": filtered ? channel : nil, "status": filtered ? status?.rawValue : nil, "tag": filtered ? tag : nil,
                "q": filtered ? text : nil,
            ])
    }

    /// How many posts a field shows before '+3 more', and how many letters of each.
    var shown: (posts: Int, letters: Int) {
        switch view {
        case .month: (3, 70)
        case .week: (2, 45)
        case .day: (12, 200)
        case .agenda: (12, 160)
        }
    }
}
