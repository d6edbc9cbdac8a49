import Domain
import Foundation

extension LinkedIn {
    /// Those who may read a page's statistics.
    private static let reading: Set = ["rw_organization_admin", "r_organization_social"]
    /// LinkedIn keeps them for twelve months.
    private static let kept = Duration.days(364)

    /// Of pages; about members LinkedIn tells apps nothing. Its days are those of UTC, and the one that is not over yet comes again.
    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        guard kind == .page, !Self.reading.isDisjoint(with: account.credentials.scopes) else { return AccountFigures() }
        let (page, credentials) = (FormEncoding.escape(author(account.account)), account.credentials)
        let size: JSONValue = try await api.value(
            call("GET", "/rest/networkSizes/\(page)?edgeType=COMPANY_FOLLOWED_BY_MEMBER", credentials))
        let span = interval(since: earliest)
        let visits: JSONValue = try await api.value(
            call("GET", "/rest/organizationPageStatistics?q=organization&organization=\(page)&\(span)", credentials))
        let shares: JSONValue = try await api.value(
            call(
                "GET", "/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity=\(page)&\(span)", credentials))
        var figures = AccountFigures()
        figures.now[.followers] = size["firstDegreeSize"]?.int
        for (day, element) in Self.days(visits) {
            figures.days[day, default: [:]][.profileVisits] = element["totalPageStatistics"]?["views"]?["allPageViews"]?["pageViews"]?.int
        }
        for (day, element) in Self.days(shares) { figures.days[day, default: [:]].merge(Self.ofDay(element)) { $1 } }
        return figures
    }

    /// Whole days, from midnight to midnight.
    private func interval(since earliest: Timestamp) -> String {
        let (day, now) = (Duration.days(1).milliseconds, context.time.now)
        let start = max(earliest, now - Self.kept).milliseconds
        let end = now.milliseconds - now.milliseconds % day + day
        return "timeIntervals=(timeRange:(start:\(start - start % day),end:\(end)),timeGranularityType:DAY)"
    }

    private static func days(_ answer: JSONValue) -> [(day: String, element: JSONValue)] {
        (answer["elements"]?.array ?? []).compactMap { element in
            element["timeRange"]?["start"]?.int.map {
                (WallTime(Timestamp(milliseconds: Int64($0)), in: .utc).dayText, element)
            }
        }
    }

    private static func ofDay(_ element: JSONValue) -> [AccountMetric: Int] {
        guard let told = element["totalShareStatistics"] else { return [:] }
        let reactions = ["likeCount", "commentCount", "shareCount"].compactMap { told[$0]?.int }
        var figures: [AccountMetric: Int] = told.figures([
            .views: "impressionCount", .reach: "uniqueImpressionsCount", .clicks: "clickCount",
        ])
        if !reactions.isEmpty { figures[.interactions] = reactions.reduce(0, +) }
        return figures
    }
}
