import Domain
import Foundation

extension Mastodon {
    /// As many statuses as a server gives at once, and how many such pages are read.
    private static let page = 40
    private static let mostPages = 25
    /// How many statuses are asked for their source.
    private static let mostSources = 100

    /// Looks for `draft` among the account's statuses. The idempotency key is no reason not to look: most servers other than Mastodon ignore it.
    func find(_ draft: Draft, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        let own = try await ownStatuses(backTo: intent.earliest, draft.account)
        let candidates = own.statuses.filter { $0.isFrom(intent.earliest) && $0.parent == draft.parent }
        if let match = candidates.first(where: { Self.comparable($0.plainText) == Self.comparable(draft.text) }) {
            return .found(part(match, draft))
        }
        // Servers render a text each in their own way. Asked for the source they say what they were sent.
        for status in candidates.prefix(Self.mostSources) {
            let source = try await source(of: status, draft.account)
            if let source, Self.comparable(source) == Self.comparable(draft.text) { return .found(part(status, draft)) }
            if source == nil, Self.skeleton(status.plainText) == Self.skeleton(draft.text) { return .undecidable }
        }
        guard await shows(draft, own.statuses) else { return .undecidable }
        // More than can be read at once is no reason to ask a person.
        guard own.isComplete, candidates.count <= Self.mostSources else { return .lookAgain(after: .minutes(1)) }
        return context.finding(nil, complete: true, intent)
    }

    struct OwnStatuses: Sendable {
        var statuses: [Status] = []
        /// Whether nothing from the time that was asked for is missing.
        var isComplete = false
    }

    /// The account's own statuses, back to a time or to `limit` pages.
    func ownStatuses(backTo earliest: Timestamp, pages limit: Int = mostPages, _ account: ConnectedAccount) async throws -> OwnStatuses {
        let api = api(instance(of: account.credentials))
        let id = account.account.id.split(separator: ":").last.map(String.init) ?? ""
        var (found, seen, more) = (OwnStatuses(), Set<String>(), "")
        for _ in 0..<limit {
            let path = "/api/v1/accounts/\(FormEncoding.escape(id))/statuses?limit=\(Self.page)&exclude_reblogs=true\(more)"
            let call = call("GET", path, account.credentials)
            let answer = try await api.send(call)
            let page: [Status] = try api.decode(answer, to: call)
            let fresh = page.filter { seen.insert($0.id).inserted }
            found.statuses += fresh
            guard let last = fresh.last else {
                // A server that gives the same page again has no pages: what it gave was all, or reached far enough back.
                found.isComplete = page.count < Self.page / 2 || found.statuses.contains { !$0.isFrom(earliest) }
                break
            }
            // Not every server begins with the newest: one old status may stand anywhere, a page of them is the end.
            if !fresh.contains(where: { $0.isFrom(earliest) }) || answer.isLastPage {
                found.isComplete = true
                break
            }
            more = "&max_id=\(FormEncoding.escape(answer.nextPage ?? last.id))"
        }
        return found
    }

    /// What was sent, as the server keeps it; nil where it does not say.
    private func source(of status: Status, _ account: ConnectedAccount) async throws -> String? {
        let api = api(instance(of: account.credentials))
        let call = call("GET", "/api/v1/statuses/\(FormEncoding.escape(status.id))/source", account.credentials)
        let answer = try await api.send(call, accepting: [400, 403, 404, 405, 410, 501])
        guard answer.isSuccess else { return nil }
        let source: Source = try api.decode(answer, to: call)
        return source.text
    }

    private struct Source: Decodable {
        let text: String?
    }

    /// Whether the account's list would show `draft`: some servers leave one's own private and direct posts out of it (snac, Takahē).
    /// Believed where one stands in it, or from Mastodon itself.
    private func shows(_ draft: Draft, _ own: [Status]) async -> Bool {
        guard ["private", "direct"].contains(draft.visibility) else { return true }
        if own.contains(where: { $0.visibility == draft.visibility }) { return true }
        return await software(of: instance(of: draft.account.credentials)) == "mastodon"
    }

    /// Without what servers change on the way: the host of a mention, too.
    static func comparable(_ text: String) -> String {
        text.comparable.replacing(/(@\w+)@[\w.-]+\w/) { String($0.output.1) }
    }

    /// What no rendering changes: letters and digits.
    private static func skeleton(_ text: String) -> String { comparable(text).filter { $0.isLetter || $0.isNumber } }

    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        var result = PostReadings()
        for post in posts {
            guard let status = try await status(post.platformPostId, account) else { continue }
            let figures: [Metric: Int?] = [
                .likes: status.likes, .shares: status.shares, .comments: status.comments, .quotes: status.quotes,
            ]
            result[post.platformPostId] = figures.compactMapValues { $0 }
        }
        return result
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let told: JSONValue = try await api(instance(of: account.credentials)).value(call("GET", Self.whoAmI, account.credentials))
        // Servers that hide it from others tell -1.
        return AccountFigures(now: told.figures([.followers: "followers_count", .posts: "statuses_count"]).filter { $0.value >= 0 })
    }

    /// The status of that id; nil when there is none.
    func status(_ id: String, _ account: ConnectedAccount) async throws -> Status? {
        let api = api(instance(of: account.credentials))
        let call = call("GET", "/api/v1/statuses/\(FormEncoding.escape(id))", account.credentials)
        let answer = try await api.send(call, accepting: [404, 410])
        return answer.isSuccess ? try api.decode(answer, to: call) : nil
    }
}

extension HTTPAnswer {
    /// The `max_id` with which the page after this one is asked for (RFC 8288).
    fileprivate var nextPage: String? {
        headers["link"]?.split(separator: ",").first { $0.contains("rel=\"next\"") }?
            .firstMatch(of: /[?&]max_id=([^&>]+)/).map { String($0.output.1).removingPercentEncoding ?? String($0.output.1) }
    }

    /// A server that says where other pages are, and names none after this one.
    fileprivate var isLastPage: Bool { headers["link"].map { $0.contains("rel=") && !$0.contains("rel=\"next\"") } ?? false }
}
