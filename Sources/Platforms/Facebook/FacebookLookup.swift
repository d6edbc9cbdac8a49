import Domain
import Foundation

/// Facebook knows no idempotency key: what may have gone out is looked for among what the page shows.
extension Facebook {
    func findPost(_ draft: Draft, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        let fields = "id,message,created_time,permalink_url,attachments{target,subattachments{target}}"
        return try await search("\(draft.account.account.id)/published_posts", fields, draft.account, intent) { post in
            guard GraphAPI.same(post["message"]?.string, draft.text), let id = post["id"]?.string else { return nil }
            let shown = Self.files(of: post)
            guard draft.photos.isEmpty || shown.isEmpty || !shown.isDisjoint(with: draft.photos) else { return nil }
            return PublishedPart(id: id, url: post["permalink_url"]?.string ?? address(id))
        }
    }

    private static func files(of post: JSONValue) -> Set<String> {
        let attachments = post["attachments"]?["data"]?.array ?? []
        let all = attachments + attachments.flatMap { $0["subattachments"]?["data"]?.array ?? [] }
        return Set(all.compactMap { $0["target"]?["id"]?.string })
    }

    func findFilm(_ draft: Draft, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        try await search("\(draft.account.account.id)/videos", "id,description,created_time", draft.account, intent) { video in
            guard GraphAPI.same(video["description"]?.string, draft.text) else { return nil }
            return video["id"]?.string.map(film)
        }
    }

    func findComment(
        _ draft: Draft, below post: PublishedPart, _ intent: CommitIntent
    ) async throws -> Finding<PublishedPart> {
        let (query, account) = ([("filter", "stream"), ("order", "reverse_chronological")], draft.account)
        let fields = "id,message,created_time,from,permalink_url,attachment{target}"
        return try await search("\(post.id)/comments", fields, account, intent, query) { comment in
            // Who wrote it is not shown to every app.
            guard GraphAPI.same(comment["message"]?.string, draft.text), comment["from"]?["id"].map({ $0.string == account.account.id }) ?? true,
                let id = comment["id"]?.string
            else { return nil }
            let shown = comment["attachment"]?["target"]?["id"]?.string
            guard draft.photos.isEmpty ? shown == nil : shown.map(draft.photos.contains) ?? true else { return nil }
            return PublishedPart(id: id, url: comment["permalink_url"]?.string ?? post.url)
        }
    }

    /// A reel or a film of a story has its id before it is public. `part` gets the id of its post, where there is one.
    func findReel(
        _ id: String, _ account: ConnectedAccount, _ intent: CommitIntent, _ part: (_ post: String?) -> PublishedPart
    ) async throws -> Finding<PublishedPart> {
        let video = try await graph.get(id, [("fields", "status,post_id")], token: token(account))
        let status = video["status"] ?? .null
        let publishing = status["publishing_phase"]?["status"]?.string
        if Self.isLive(status) || publishing == "in_progress" || publishing == "complete" { return .found(part(video["post_id"]?.string)) }
        return context.finding(nil, complete: true, intent)
    }

    /// Facebook documents no way to tell that a photo has not become a story: only one that is seen is certain.
    func findPhotoStory(_ photo: String, _ account: ConnectedAccount, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        let list = try? await graph.list("\(account.account.id)/stories", [("limit", "25")], token: token(account), pages: 2)
        let match = list?.elements.first { $0["media_id"]?.string == photo }
        return match?["post_id"]?.string.map { .found(story($0)) } ?? .undecidable
    }

    /// Reads newest first, back to before the first try.
    private func search(
        _ path: String, _ fields: String, _ account: ConnectedAccount, _ intent: CommitIntent, _ more: [(String, String)] = [],
        _ part: (JSONValue) -> PublishedPart?
    ) async throws -> Finding<PublishedPart> {
        func isNew(_ entry: JSONValue) -> Bool { GraphAPI.time(entry["created_time"]?.string).map { $0 >= intent.earliest } ?? true }
        let (entries, complete) = try await graph.list(
            path, more + [("fields", fields), ("limit", "25")], token: token(account), pages: lookUpPages
        ) { page in
            page.contains { isNew($0) && part($0) != nil } || page.last.map { !isNew($0) } ?? true
        }
        return context.finding(entries.lazy.filter(isNew).compactMap(part).first, complete: complete, intent)
    }
}
