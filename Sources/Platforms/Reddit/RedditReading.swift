import Domain

extension Reddit {
    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        var result = PostReadings()
        for group in posts.groups(of: 100) {
            let ids = group.map { FormEncoding.escape($0.platformPostId) }.joined(separator: ",")
            let list: JSONValue = try await api.value(call("GET", "/api/info?id=\(ids)&raw_json=1", account.credentials))
            for post in (list["data"]?["children"]?.array ?? []).compactMap({ $0["data"] }) {
                guard let id = post["name"]?.string else { continue }
                if let by = post["removed_by_category"]?.string { result.note(Self.removed(by: by), about: id) }
                result[id] = post.figures([
                    .likes: post["ups"]?.int == nil ? "score" : "ups", .comments: "num_comments", .shares: "num_crossposts",
                ])
            }
        }
        return result
    }

    /// What became of a post that Reddit itself took: its author alone still sees it, so that nothing else tells.
    private static func removed(by category: String) -> String {
        switch category {
        case "automod_filtered", "anti_evil_ops", "reddit":
            "Reddit's filters removed it from the community. Ask the community's moderators to approve it."
        case "moderator": "A moderator removed it from the community. Read the community's rules, or ask its moderators."
        case "author", "deleted": "It was deleted at Reddit."
        case "copyright_takedown", "content_takedown", "community_ops":
            "Reddit took it down. The account's messages at Reddit say why."
        default: "It was removed from the community. The account's messages at Reddit may say why."
        }
    }

    /// Those who follow the account's profile.
    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let followers = try await me(account.credentials)["subreddit"]?["subscribers"]?.int
        return AccountFigures(now: followers.map { [.followers: $0] } ?? [:])
    }

    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        // Reddit says yes to what is gone, too.
        try await post.removeParts { id, _ in
            _ = try await api.send(call("POST", "/api/del", account.credentials, body: .form([("id", id)])))
        }
    }

    static let communities = LookupField(
        name: "subreddit", label: "Community", help: "A part of its name; without it the communities that the account has joined.",
        needsQuery: false)
    static let flairs = LookupField(
        name: "flair_id", label: "Flair", help: "Give the community; put the value into the setting Flair.")

    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        let query = query?.trimmingCharacters(in: .whitespaces) ?? ""
        switch field {
        case Self.communities.name: return try await communities(query, account)
        case Self.flairs.name: return try await flairs(of: Self.community(query), account)
        default: return descriptor.options(of: field, matching: query)
        }
    }

    private func communities(_ query: String, _ account: ConnectedAccount) async throws -> [ChannelOption] {
        let path =
            query.isEmpty
            ? "/subreddits/mine/subscriber?limit=100"
            : "/subreddits/search?q=\(FormEncoding.escape(query))&show=public&sort=activity&show_users=false&limit=10"
        let list: JSONValue = try await api.value(call("GET", "\(path)&raw_json=1", account.credentials))
        return (list["data"]?["children"]?.array ?? []).compactMap { $0["data"] }.filter {
            !query.isEmpty ? $0["subreddit_type"]?.string == "public" : true
        }
        .compactMap { community in
            community["display_name"]?.string.map {
                ChannelOption(value: $0, label: "r/\($0)", hint: community["title"]?.string)
            }
        }
    }

    /// None where the community has no flairs: then Reddit refuses to list them.
    private func flairs(of community: String, _ account: ConnectedAccount) async throws -> [ChannelOption] {
        let call = call("GET", "/r/\(FormEncoding.escape(community))/api/link_flair_v2?raw_json=1", account.credentials)
        let answer = try await api.send(call, accepting: [403, 404])
        guard answer.isSuccess else { return [] }
        let list: [JSONValue] = try api.decode(answer, to: call)
        return list.compactMap { flair in
            guard flair["mod_only"]?.bool != true, let id = flair["id"]?.string else { return nil }
            return ChannelOption(
                value: id, label: flair["text"]?.string ?? id, hint: flair["text_editable"]?.bool == true ? "its text may be changed" : nil)
        }
    }
}
