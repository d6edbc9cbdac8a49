import Application
import Domain
import Gateway

/// Figures and notifications in the shapes of Postiz.
struct PostizFigures: Sendable {
    let services: Services

    private static let pageLength = 100
    /// What a person would be told of.
    private static let noted: [EventType] = [
        .postPublished, .postPartiallyPublished, .postFailed, .postInReview, .integrationEnding, .integrationNeedsReconnect,
    ]
    private static let memory = Duration.days(30)

    /// Newest first, of the last thirty days.
    func notifications(_ call: Call) async throws -> JSONValue {
        let given = call.query("page") ?? "0"
        guard let page = Int(given), (0...1_000_000).contains(page) else { throw ProblemReport.messages(["page must not be less than 0"]) }
        let all = Array(try await events(as: try call.caller).reversed())
        let shown = all.dropFirst(page * Self.pageLength).prefix(Self.pageLength)
        let main = services.configuration.mainURL
        let items = shown.map { event -> JSONValue in
            [
                "id": .string(event.id.text), "content": .string(event.message), "createdAt": PostizTime.stamp(event.at),
                "link": event.postId.map { .string(main.appending(path: "posts/\($0)").absoluteString) } ?? .null,
            ]
        }
        return [
            "notifications": .array(items), "total": .number(Double(all.count)), "page": .number(Double(page)),
            "limit": .number(Double(Self.pageLength)), "hasMore": .bool((page + 1) * Self.pageLength < all.count),
        ]
    }

    private func events(as caller: Caller) async throws -> [EventRecord] {
        var (events, position) = ([EventRecord](), EventPosition.time(services.time.now - Self.memory))
        while true {
            let page = try await services.eventLog.list(since: position, types: Self.noted, limit: 200, as: caller)
            events += page.items
            guard page.items.count == 200, let next = page.nextCursor else { return events }
            position = .cursor(next)
        }
    }

    func channel(_ call: Call) async throws -> JSONValue {
        let (id, to): (IntegrationID, Timestamp) = (try call.id(of: "channel"), services.time.now)
        _ = try await services.channels.get(id, as: try call.caller.reading)
        let series = try await services.analytics.accounts(
            channel: id.text, from: to - .days(Int64(try days(call))), to: to, as: try call.caller)
        return .array(
            series.flatMap { series in
                series.metrics.compactMap { metric in
                    line(
                        metric.rawValue, series.series.compactMap { day in day.figures[metric.rawValue].map { (day.day, $0) } }, level: metric.isLevel
                    )
                }
            })
    }

    /// Nothing where nothing is known of the post, nor of its figures.
    func post(_ call: Call) async throws -> JSONValue {
        guard let row = PostizRow(try call.path("id")) else { return [] }
        let (caller, since) = (try call.caller, services.time.now - .days(Int64(try days(call))))
        do {
            let channels = try await services.analytics.post(row.post, as: caller).publications
            return .array(channels.filter { row.channel == nil || $0.integrationId == row.channel }.flatMap { lines($0, since: since) })
        } catch let report as ProblemReport where report.code == .notFound {
            return []
        }
    }

    private func lines(_ channel: PostAnalytics.Channel, since: Timestamp) -> [JSONValue] {
        Metric.allCases.compactMap { metric in
            let known = channel.history.filter { $0.fetchedAt >= since }.compactMap { sample in
                sample.figures[metric.rawValue].map { (String(sample.fetchedAt.description.prefix(10)), $0) }
            }
            // The last of each day.
            let daily = Dictionary(known) { _, last in last }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            return line(metric.rawValue, daily, level: true)
        }
    }

    private func line(_ name: String, _ days: [(String, Int)], level: Bool) -> JSONValue? {
        guard let first = days.first?.1, let last = days.last?.1 else { return nil }
        let change = level && first != 0 ? Double(last - first) / Double(first) * 100 : 0
        return [
            "label": .string(name.prefix(1).uppercased() + name.dropFirst()), "percentageChange": .number((change * 100).rounded() / 100),
            "data": .array(days.map { ["total": .string("\($0.1)"), "date": .string($0.0)] }),
        ]
    }

    private func days(_ call: Call) throws -> Int {
        guard let days = Int(call.query("date") ?? "7"), (1...365).contains(days) else {
            throw ProblemReport.messages(["date must be a number of days from 1 to 365"])
        }
        return days
    }
}
