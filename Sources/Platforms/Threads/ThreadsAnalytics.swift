import Domain
import Foundation

extension Threads {
    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> [String: [Metric: Int]] {
        var result = [String: [Metric: Int]]()
        for post in posts {
            let path = "\(FormEncoding.escape(post.platformPostId))/insights"
            let call = call("GET", path, [("metric", "views,likes,replies,reposts,quotes,shares")], account.credentials)
            do {
                let answer: Page<Insight> = try await api.value(call)
                result[post.platformPostId] = Self.figures(answer.data)
            } catch let error as PlatformError where ["THREADS_\(Self.notFoundCode)", "THREADS_\(Self.scopeCode)"].contains(error.code) {
                continue  // Deleted, or the app may not read figures: nothing is told of it.
            }
        }
        return result
    }

    private static func figures(_ insights: [Insight]) -> [Metric: Int]? {
        let values = Dictionary(insights.map { ($0.name, $0.total) }) { first, _ in first }
        guard !values.isEmpty else { return nil }
        var result = [Metric: Int]()
        for (metric, name) in [(Metric.impressions, "views"), (.likes, "likes"), (.comments, "replies"), (.quotes, "quotes")] {
            result[metric] = values[name] ?? nil
        }
        let passedOn = ["reposts", "quotes", "shares"].compactMap { values[$0] ?? nil }
        if !passedOn.isEmpty { result[.shares] = passedOn.reduce(0, +) }
        return result
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        var figures = AccountFigures()
        let range = [("since", String(earliest.milliseconds / 1000)), ("until", String(context.time.now.milliseconds / 1000))]
        let views: Page<Insight> = try await api.value(
            call("GET", "me/threads_insights", [("metric", "views")] + range, account.credentials))
        for value in views.data.flatMap({ $0.values ?? [] }) {
            // A day is told by its end.
            guard let end = value.endTime, let count = value.value else { continue }
            figures.days[String((end - .days(1)).description.prefix(10)), default: [:]][.views] = count
        }
        let followers: Page<Insight> = try await api.value(
            call("GET", "me/threads_insights", [("metric", "followers_count")], account.credentials))
        figures.now[.followers] = followers.data.first?.total
        return figures
    }

    /// Some figures come as a list by day, some as one sum.
    private struct Insight: Decodable, Sendable {
        struct Value: Decodable, Sendable {
            let value: Int?
            let endTime: Timestamp?

            enum CodingKeys: String, CodingKey {
                case value
                case endTime = "end_time"
            }
        }
        let name: String
        let values: [Value]?
        let totalValue: Value?

        enum CodingKeys: String, CodingKey {
            case name, values
            case totalValue = "total_value"
        }

        var total: Int? { totalValue?.value ?? values?.first?.value }
    }

    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        // The last part first: should one fail, what stays is the beginning of the thread and not its middle.
        let left = post.parts.indices.filter { post.parts[$0].id.isEmpty || post.repeatsEarlierID($0) }
        for number in post.parts.indices.reversed() where !left.contains(number) {
            do {
                _ = try await api.send(call("DELETE", FormEncoding.escape(post.parts[number].id), [], account.credentials))
            } catch let error as PlatformError where Self.saysGone.contains(error.code) {
                continue
            }
        }
        return left
    }

    /// How Threads says that a post does not exist.
    private static let saysGone = ["THREADS_\(notFoundCode)", "THREADS_\(notReadyCode)"]
}
