import Domain
import Foundation

extension YouTube {
    private static let videosPerCall = 50

    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        var result = PostReadings()
        for group in posts.groups(of: Self.videosPerCall) {
            let ids = group.map(\.platformPostId).joined(separator: ",")
            let list = try await get("/youtube/v3/videos", [("part", "statistics"), ("id", ids)], account.credentials)
            for video in list["items"]?.array ?? [] {
                guard let id = video["id"]?.string else { continue }
                // What the owner hides is absent.
                let names: [(Metric, String)] = [(.views, "viewCount"), (.likes, "likeCount"), (.comments, "commentCount")]
                result[id] = Dictionary(
                    uniqueKeysWithValues: names.compactMap { metric, name in video["statistics"]?[name]?.count.map { (metric, $0) } })
            }
            let known = group.filter { result[$0.platformPostId] != nil }
            for row in try await shares(of: known, account) { result[row.key]?[.shares] = row.value }
        }
        return result
    }

    /// Only YouTube Analytics tells how often a video was shared, two or three days late.
    private func shares(of posts: [PublishedPost], _ account: ConnectedAccount) async throws -> [String: Int] {
        guard let first = posts.map(\.publishedAt).min() else { return [:] }
        let rows = try await report(
            [
                ("metrics", "views,shares"), ("dimensions", "video"), ("filters", "video==\(posts.map(\.platformPostId).joined(separator: ","))"),
                ("maxResults", "200"),
            ], since: first, account)
        return Dictionary(
            rows.compactMap { row in
                guard let id = row["video"]?.string, let count = row["shares"]?.count else { return nil }
                return (id, count)
            }
        ) { $1 }
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let list = try await get("/youtube/v3/channels", [("part", "statistics"), ("id", account.account.id)], account.credentials)
        let statistics = list["items"]?[0]?["statistics"]
        var figures = AccountFigures()
        figures.now[.followers] = statistics?["hiddenSubscriberCount"]?.bool == true ? nil : statistics?["subscriberCount"]?.count
        figures.now[.posts] = statistics?["videoCount"]?.count
        let rows = try await report(
            [("metrics", "views,likes,comments,shares"), ("dimensions", "day"), ("sort", "day")], since: earliest, account)
        for row in rows {
            guard let day = row["day"]?.string else { continue }
            let interactions = ["likes", "comments", "shares"].compactMap { row[$0]?.count }
            figures.days[day, default: [:]][.views] = row["views"]?.count
            if !interactions.isEmpty { figures.days[day, default: [:]][.interactions] = interactions.reduce(0, +) }
        }
        return figures
    }

    /// A report of YouTube Analytics, its rows by the names of their columns. Empty where the permission was not given, or the project does not
    /// use that API: neither keeps the other figures back.
    private func report(
        _ query: [(String, String)], since earliest: Timestamp, _ account: ConnectedAccount
    ) async throws -> [[String: JSONValue]] {
        guard account.credentials.scopes.isEmpty || account.credentials.scopes.contains(Self.analyticsScope) else { return [] }
        let range = [
            ("ids", "channel==\(account.account.id)"), ("startDate", Self.day(of: earliest)), ("endDate", Self.day(of: context.time.now)),
        ]
        let url = hosts.url("https://youtubeanalytics.googleapis.com/v2/reports")
        do {
            let table: JSONValue = try await api.value(
                signed("GET", "\(url)?\(FormEncoding.encode(range + query))", account.credentials))
            let names = (table["columnHeaders"]?.array ?? []).compactMap { $0["name"]?.string }
            return (table["rows"]?.array ?? []).map { row in Dictionary(zip(names, row.array ?? [])) { $1 } }
        } catch let error as PlatformError where error.code == "YOUTUBE_\(Self.notEnabledCode)" {
            return []
        }
    }

    /// Days are those of California.
    private static func day(of instant: Timestamp) -> String {
        String(Timestamp(milliseconds: instant.milliseconds + pacificOffset(at: instant) * 1000).description.prefix(10))
    }
}
