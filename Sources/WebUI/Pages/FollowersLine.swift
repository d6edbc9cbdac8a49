import Application
import Domain
import Foundation

/// How many follow a channel, how that changed, and a small line of it.
struct FollowersLine {
    /// The sides of the drawing, as its template has them.
    private static let (width, height) = (100.0, 24.0)
    private let account: AccountSeries
    private let visit: Visit
    private let now: Int

    /// Nil where the platform has not told it yet.
    init?(_ account: AccountSeries, visit: Visit) {
        guard let now = account.latest[AccountMetric.followers.rawValue] else { return nil }
        (self.account, self.visit, self.now) = (account, visit, now)
    }

    var model: Model {
        let words = visit.words
        let change = account.change[AccountMetric.followers.rawValue]
        let changed = change.map { words("followersChange", ["change": $0 < 0 ? "−\(number(-$0))" : "+\(number($0))"]) }
        return [
            "count": number(now), "label": words(now == 1 ? "followers_one" : "followers_other"), "change": changed, "points": points,
            "spoken": [words("followersLine"), changed].compactMap(\.self).joined(separator: ": "),
        ]
    }

    private func number(_ number: Int) -> String { number.formatted(.number.locale(Locale(identifier: visit.words.language))) }

    /// Days from left to right, numbers from below; nil where a line would have one point.
    private var points: String? {
        let known = account.series.compactMap { $0.figures[AccountMetric.followers.rawValue] }
        guard known.count > 1, let least = known.min(), let most = known.max() else { return nil }
        let range = Double(max(1, most - least))
        return known.enumerated().map { index, value in
            let x = Self.width * Double(index) / Double(known.count - 1)
            let y = most == least ? Self.height / 2 : Self.height - 1 - (Self.height - 2) * Double(value - least) / range
            return "\((x * 10).rounded() / 10),\((y * 10).rounded() / 10)"
        }.joined(separator: " ")
    }
}
