import Application
import Domain
import Foundation
import Gateway

/// Listing, deleting and changing posts in the shapes of Postiz.
struct PostizPosts: Sendable {
    let services: Services

    /// Everything from `startDate` up to and with `endDate`, without pages, as there.
    func list(_ call: Call) async throws -> JSONValue {
        let (from, to) = try span(call)
        let caller = try call.caller
        let channels = Dictionary(try await services.channels.list(as: caller).map { ($0.id, $0) }) { first, _ in first }
        let customer = call.query("customer")
        var rows: [JSONValue] = []
        var query = PostQuery(from: from, to: to + .milliseconds(1), limit: 200, newestFirst: false)
        repeat {
            let page = try await services.posts.list(query, as: caller)
            for post in page.items {
                for publication in post.publications {
                    guard let channel = channels[publication.integrationId], customer == nil || PostizCustomer.id(of: channel) == customer else {
                        continue
                    }
                    rows.append(try row(post, publication, channel))
                }
            }
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return ["posts": .array(rows)]
    }

    private func span(_ call: Call) throws -> (Timestamp, Timestamp) {
        if call.query("startDate") == nil, let legacy = PostizSpan(call) { return (legacy.from, legacy.to) }
        let times = ["startDate", "endDate"].map { name in (name, call.query(name).flatMap(PostizTime.read)) }
        guard let from = times[0].1, let to = times[1].1 else {
            throw ProblemReport.messages(times.filter { $0.1 == nil }.map { "\($0.0) must be a valid ISO 8601 date string" })
        }
        return (from, to)
    }

    private func row(_ post: PostView, _ publication: PublicationView, _ channel: ChannelView) throws -> JSONValue {
        let date = publication.publishedAt ?? post.scheduledFor ?? post.createdAt
        let settings = (post.settings[channel.id] ?? [:]).merging(["__type": .string(channel.platform.rawValue)]) { $1 }
        let text = (post.versions[channel.id] ?? post.parts).first?.text ?? ""
        let integration: JSONValue = [
            "id": .string(channel.id.text), "providerIdentifier": .string(channel.platform.rawValue), "name": .string(channel.displayName),
            "picture": channel.pictureUrl.map { .string($0) } ?? .null,
        ]
        var row: [String: JSONValue] = [
            "id": .string(PostizRow(post.id, on: channel.id, ofSeveral: post.platforms.count > 1).text), "group": .string(post.id.text),
            "content": .string(Self.html(text)), "publishDate": PostizTime.stamp(date), "intervalInDays": .null,
            "state": .string(Self.state(publication.status)), "creationMethod": .string(Self.method(post.origin)),
        ]
        row["settings"] = .string(try JSON.text(settings))
        row["tags"] = .array(post.tags.map { tag($0, of: post) })
        row["integration"] = integration
        row["releaseURL"] = publication.url.map { .string($0) } ?? .null
        row["releaseId"] = publication.platformPostId.map { .string($0) } ?? .null
        return .object(row)
    }

    /// Tags are words here and rows there.
    private func tag(_ name: String, of post: PostView) -> JSONValue {
        ["tag": ["id": .string(name), "name": .string(name), "color": "#64748b", "deletedAt": .null, "createdAt": PostizTime.stamp(post.createdAt)]]
    }

    /// There, texts are stored as HTML.
    private static func html(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private static func state(_ status: PublicationStatus) -> String {
        switch status {
        case .draft, .cancelled: "DRAFT"
        case .scheduled, .queued, .publishing, .processing, .unconfirmed, .onHold: "QUEUE"
        case .published: "PUBLISHED"
        case .failed: "ERROR"
        }
    }

    private static func method(_ origin: Origin) -> String {
        switch origin {
        case .web, .mcp, .api, .commandLine: origin.rawValue
        case .feed: "AUTOPOST"
        case .imported, .plug, .evergreen: "UNKNOWN"
        }
    }

    /// Any row of a post stands for all of it, as any row of a group does there.
    func remove(_ call: Call) async throws -> JSONValue {
        let post = try await post(call)
        try await services.posts.remove(post.id, as: try call.caller)
        return ["id": .string(post.id.text)]
    }

    /// Every post of ours that is public is known by its id.
    func release(_ call: Call) async throws -> JSONValue {
        _ = try await post(call)
        throw ProblemReport(.badRequest, "The platform's id of this post is not missing.")
    }

    func status(_ call: Call) async throws -> JSONValue {
        let draft: Bool
        switch try await call.postizBody()["status"]?.string {
        case "draft": draft = true
        case "schedule": draft = false
        default: throw ProblemReport.messages(["status must be one of the following values: draft, schedule"])
        }
        let post: PostView
        do { post = try await self.post(call) } catch let report as ProblemReport where report.code == .notFound {
            throw ProblemReport(.badRequest, "Post not found")
        }
        var change = PostChange(status: draft ? .draft : .scheduled)
        // A time that has passed, or none, means now.
        if !draft, post.scheduledFor.map({ $0 <= services.time.now }) ?? true { change = PostChange(schedule: .now) }
        _ = try await services.posts.update(post.id, change, as: try call.caller)
        return ["id": .string(try call.path("id")), "state": draft ? "DRAFT" : "QUEUE"]
    }

    func settings(_ call: Call) async throws -> JSONValue {
        guard let given = try await call.postizBody()["settings"]?.object else { throw ProblemReport.messages(["settings must be an object"]) }
        let post = try await post(call)
        guard [.draft, .inReview].contains(post.status) || (post.status == .scheduled && post.scheduledFor.map { $0 > services.time.now } ?? false)
        else {
            throw ProblemReport(.badRequest, "This post is out already, or its time has passed.")
        }
        let wanted = PostizRow(try call.path("id"))?.channel.map { [$0] } ?? post.platforms
        var change = PostChange(settings: [:])
        for channel in try await services.channels.list(as: try call.caller.reading) where wanted.contains(channel.id) {
            guard let descriptor = services.platforms[channel.platform]?.descriptor else { continue }
            change.settings?[channel.id.text] = try PostizSettings.ours(given, on: descriptor)
        }
        let changed = try await services.posts.update(post.id, change, as: try call.caller)
        return ["postId": .string(try call.path("id")), "publishDate": PostizTime.naive(changed.scheduledFor ?? changed.createdAt)]
    }

    private func post(_ call: Call) async throws -> PostView {
        guard let row = PostizRow(try call.path("id")) else { throw ProblemReport.notFound("post") }
        return try await services.posts.get(row.post, as: try call.caller.reading)
    }
}

/// How the span of a list was given until 2025: a day, a week (ISO 8601) or a month of a year.
struct PostizSpan {
    let from: Timestamp
    let to: Timestamp

    init?(_ call: Call) {
        guard let display = call.query("display"), let year = call.query("year").flatMap({ Int($0) }), (2000...9000).contains(year) else {
            return nil
        }
        let (number, month) = (call.query(display).flatMap { Int($0) } ?? 1, call.query("month").flatMap { Int($0) } ?? 1)
        var (start, days): (WallTime?, Int64) = (nil, 1)
        switch display {
        case "month":
            start = WallTime(year: year, month: number, day: 1)
            days = (28...31).last { WallTime(year: year, month: number, day: $0) != nil }.map { Int64($0) } ?? 0
        case "week":
            // The fourth of January is in the first week.
            start = (1...53).contains(number) ? WallTime(year: year, month: 1, day: 4) : nil
            start = start.map { WallTime($0.instant(offset: 0) + .days(Int64((number - 1) * 7 + 1 - $0.weekday)), offset: 0) }
            days = 7
        case "day": start = WallTime(year: year, month: month, day: number)
        default: return nil
        }
        guard let start else { return nil }
        from = start.instant(offset: 0)
        to = from + .days(days) - .milliseconds(1)
    }
}
