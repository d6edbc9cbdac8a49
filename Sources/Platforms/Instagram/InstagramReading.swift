import Domain
import Foundation

extension Instagram {
    /// What a published container became: nothing but text and time names it.
    func find(_ draft: Draft, _ intent: CommitIntent) async throws -> PublishedPart? {
        let (list, _) = try await graph.list(
            "\(draft.account.account.id)/\(draft.isStory ? "stories" : "media")",
            [("fields", "id,caption,timestamp,permalink,media_type"), ("limit", "10")], token: token(draft.account), pages: 2)
        let match = list.first { media in
            guard let id = media["id"]?.string, !draft.earlier.contains(id), isNew(media, intent) else { return false }
            return draft.isStory || GraphAPI.same(media["caption"]?.string, draft.text)
        }
        return match?["id"]?.string.map { id in
            PublishedPart(id: id, url: match?["permalink"]?.string ?? profile(draft.account.account.username))
        }
    }

    func findComment(
        _ text: String, below post: PublishedPart, _ account: ConnectedAccount, _ intent: CommitIntent
    ) async throws -> Finding<PublishedPart> {
        let (list, complete) = try await graph.list(
            "\(post.id)/comments", [("fields", "id,text,timestamp,username"), ("limit", "50")], token: token(account), pages: lookUpPages)
        let match = list.first { comment in
            isNew(comment, intent) && GraphAPI.same(comment["text"]?.string, text)
                && comment["username"].map { $0.string == account.account.username } ?? true
        }
        return context.finding(match?["id"]?.string.map { PublishedPart(id: $0, url: post.url) }, complete: complete, intent)
    }

    private func isNew(_ entry: JSONValue, _ intent: CommitIntent) -> Bool {
        GraphAPI.time(entry["timestamp"]?.string).map { $0 >= intent.earliest } ?? true
    }

    /// Only with a permission that few apps have; the comments below a post go with it.
    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        guard kind == .facebook, may("manage_contents", account) else {
            throw PlatformError(
                .invalidContent, code: "CANNOT_REMOVE",
                message: "Instagram does not let this app remove posts. Delete it at Instagram yourself.")
        }
        return try await post.removeParts { id, _ in
            do {
                _ = try await graph.api.send(graph.call("DELETE", FormEncoding.escape(id), token: token(account)))
            } catch let error as PlatformError where error.code == "INSTAGRAM_ACCOUNT_GONE" {
                // The same answer for what is gone and for what is not shown: whether the account itself is there tells.
                _ = try await graph.get(account.account.id, [("fields", "id")], token: token(account))
            }
        }
    }

    /// Music from Instagram's library.
    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        guard kind == .facebook, field == Self.audio.name else { return descriptor.options(of: field, matching: query) }
        let words = query?.trimmingCharacters(in: .whitespaces) ?? ""
        let found = try await graph.get(
            "ig_audio",
            [("audio_type", "music"), ("user_id", account.account.id)] + (words.isEmpty ? [] : [("search_query", words)]),
            token: token(account))
        return (found["audio"]?.array ?? []).compactMap { audio in
            guard let id = audio["audio_id"]?.string, let title = audio["title"]?.string else { return nil }
            return ChannelOption(value: id, label: title, hint: (audio["display_artist"] ?? audio["ig_username"])?.string)
        }
    }

    // MARK: Figures

    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        guard may("manage_insights", account) else { return PostReadings() }
        let token = token(account)
        var result = PostReadings()
        for post in posts {
            do {
                let media = try await graph.get(post.platformPostId, [("fields", "media_product_type")], token: token)
                // One name that the kind of post does not know spoils the whole call.
                let isStory = media["media_product_type"]?.string == "STORY"
                let names: [(Metric, String)] =
                    [(.impressions, "views"), (.reach, "reach"), (.shares, "shares")]
                    + (isStory ? [(.comments, "replies")] : [(.likes, "likes"), (.comments, "comments"), (.saves, "saved")])
                let insights = try await graph.get(
                    "\(post.platformPostId)/insights", [("metric", names.map(\.1).joined(separator: ","))], token: token)
                let values = insights["data"]?.array ?? []
                for (metric, name) in names {
                    let entry = values.first { $0["name"]?.string == name }
                    result[post.platformPostId, default: [:]][metric] = entry.map { GraphAPI.sum($0["values"]?[0]?["value"]) }
                }
            } catch let error as PlatformError where error.code == "INSTAGRAM_ACCOUNT_GONE" || error.code == "INSTAGRAM_PERMISSION_MISSING" {
                // It was deleted, or it is a story that fewer than five people have seen.
            }
        }
        return result
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let (id, token, now) = (account.account.id, token(account), context.time.now)
        let profile = try await graph.get(id, [("fields", "followers_count,media_count")], token: token)
        var figures = AccountFigures()
        figures.now[.followers] = profile["followers_count"]?.int
        figures.now[.posts] = profile["media_count"]?.int
        guard may("manage_insights", account) else { return figures }
        let since = max(earliest, now - .days(30))
        let answer = try await graph.get(
            "\(id)/insights",
            [
                ("metric", "reach"), ("period", "day"), ("since", String(since.milliseconds / 1000)),
                ("until", String(now.milliseconds / 1000)),
            ], token: token)
        for value in answer["data"]?[0]?["values"]?.array ?? [] {
            guard let end = GraphAPI.time(value["end_time"]?.string) else { continue }
            figures.days[String((end - .days(1)).date.formatted(Date.ISO8601FormatStyle()).prefix(10)), default: [:]][.reach] =
                GraphAPI.sum(value["value"])
        }
        return figures
    }
}
