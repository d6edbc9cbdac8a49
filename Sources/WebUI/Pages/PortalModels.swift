import Application
import Domain
import Foundation

/// What a client sees first: what waits for a decision, and what is planned and out in a month.
struct PortalList {
    let visit: PortalVisit
    let portal: Portal
    let words: Words
    let site: Site
    private var time: LocalTime { LocalTime(zone: visit.timeZone, locale: words.language) }

    func model(month text: String) async throws -> Model {
        let time = time
        let month = WallTime("\(text)-01T00:00") ?? first(of: time.wall(site.services.time.now))
        let next = first(of: month.adding(days: 31))
        let (start, end) = (month.instant(in: time.zone), next.instant(in: time.zone))
        async let waiting = portal.waiting(visit)
        let posts = try await portal.list(from: start, to: end, visit)
        let days = Dictionary(grouping: posts.filter { $0.time != nil }) { $0.time.map(time.date) ?? "" }.sorted { $0.key < $1.key }
        let waits = try await waiting
        return [
            "open": true, "waiting": waits.map(row), "hasWaiting": !waits.isEmpty, "waitingCount": String(waits.count),
            "month": time.month(month),
            "earlier": address(of: first(of: month.adding(days: -1))), "later": address(of: next), "hasDays": !days.isEmpty,
            "days": days.map { day, posts -> Model in
                [
                    "day": WallTime("\(day)T00:00").map(time.longDay) ?? day,
                    "posts": posts.map { post in row(post).merging(["when": post.time.map(time.clock) ?? ""]) },
                ]
            },
            "zone": words("portal_zone", ["zone": visit.timeZone]), "full": posts.count >= Portal.most,
        ]
    }

    private func first(of day: WallTime) -> WallTime { WallTime("\(day.dayText.prefix(8))01T00:00") ?? day }
    private func address(of month: WallTime) -> String { "\(PortalPages.path(of: visit))?month=\(month.dayText.prefix(7))" }

    private func row(_ post: PortalPost) -> Model {
        let parts = post.channels.first?.parts ?? []
        let (text, files) = (parts.first?.text ?? "", parts.flatMap(\.mediaIds).count)
        return [
            "href": "\(PortalPages.path(of: visit))/posts/\(post.id)",
            "text": PostWords.line(text, length: 160) ?? words(files > 0 ? "onlyMedia" : "noText"),
            "instant": post.time?.description, "when": post.time.map(time.moment) ?? words("noTime"),
            "state": words("portal_\(post.state.rawValue)"), "tone": PortalPostModel.tone(post.state),
            "files": files > 0 ? ["number": String(files), "spoken": words.count("files", files)] as Model : nil,
            "marks": post.channels.map { channel -> Model in
                [
                    "platform": channel.platform.rawValue, "mark": mark(channel.platform),
                    "name": PostSample.title(channel.platform, channel.name, site),
                ]
            },
        ]
    }

    private func mark(_ platform: PlatformID) -> String { site.services.platforms[platform]?.descriptor.mark ?? "–" }
}

/// One post as its platforms show it, what is said about it, and what is to be decided.
struct PortalPostModel {
    let page: PortalPostPage
    let visit: PortalVisit
    let words: Words
    let site: Site
    private var post: PortalPost { page.post }
    private var time: LocalTime { LocalTime(zone: visit.timeZone, locale: words.language) }

    static func tone(_ state: PortalPost.State) -> String {
        switch state {
        case .waits: "warning"
        case .planned: "info"
        case .out: "positive"
        }
    }

    var model: Model {
        [
            "action": "\(PortalPages.path(of: visit))/posts/\(post.id)", "token": page.token, "revision": String(post.revision),
            "state": words("portal_\(post.state.rawValue)"), "tone": Self.tone(post.state),
            "when": post.time.map { "\(time.moment($0)) \(time.zoneName(at: $0))" }, "decide": post.mayDecide, "elsewhere": post.goesElsewhere,
            "longest": String(PostComment.longest), "channels": post.channels.map(card), "hasComments": !page.comments.isEmpty,
            "comments": page.comments.map { comment -> Model in
                [
                    "author": author(of: comment), "text": comment.text, "instant": comment.createdAt.description,
                    "when": time.moment(comment.createdAt), "sentBack": comment.kind == .sentBack,
                ]
            },
        ]
    }

    /// Clients are told no addresses: somebody whose name is one speaks for the workspace.
    private func author(of comment: PostComment) -> String {
        comment.author.isEmpty || comment.author.contains("@") ? visit.workspace : comment.author
    }

    private func card(_ channel: PortalPost.Channel) -> Model {
        PostSample(
            platform: channel.platform, name: channel.name, handle: channel.handle, parts: channel.parts, settings: channel.settings,
            files: page.files.mapValues(PostSample.File.init), site: site
        ).model.merging(["url": channel.url])
    }
}
