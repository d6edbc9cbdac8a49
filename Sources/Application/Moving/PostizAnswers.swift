import Domain

/// Puts what the public API of Postiz tells into the words of its schema.
struct PostizAnswers: Sendable {
    /// What it does not tell.
    static let untold = [
        "pictures, films and alternative texts of posts", "further parts and comments of threads", "posting times of channels",
        "files of the library, sets and signatures", "channels that were removed, with their posts",
    ]
    /// Ids that are longer are none.
    private static let longestId = 255

    /// Whose workspace it is there, since nobody tells its id.
    let organization: String

    func taking(channels: [JSONValue], into contents: PostizContents) throws -> PostizContents {
        var contents = contents
        try contents.take(["id": organization, "name": organization], of: "Organization")
        var customers: Set<String> = []
        for channel in channels {
            guard let id = id(channel["id"]) else { continue }
            var row = ["id": id, "organizationId": organization]
            for (name, value) in [
                ("providerIdentifier", channel["identifier"]), ("name", channel["name"]), ("picture", channel["picture"]),
                ("profile", channel["profile"]),
            ] { row[name] = value?.string }
            row["disabled"] = "\(channel["disabled"]?.bool ?? false)"
            if let customer = channel["customer"], let id = self.id(customer["id"]), let name = customer["name"]?.string {
                row["customerId"] = id
                if customers.insert(id).inserted { try contents.take(["id": id, "name": name, "orgId": organization], of: "Customer") }
            }
            try contents.take(row, of: "Integration")
        }
        return contents
    }

    /// Of a post that repeats every occurrence is told, in every span: it comes once, with its own time.
    func taking(posts: [JSONValue], into contents: PostizContents) throws -> PostizContents {
        var contents = contents
        var known = Set(contents.posts.map(\.id))
        var tags = Set((contents.rows["Tags"] ?? []).compactMap { $0["id"] })
        for post in posts {
            guard let id = id(post["id"]), let channel = self.id(post["integration"]?["id"]) else {
                contents.unreadable += 1
                continue
            }
            guard known.insert(id).inserted else { continue }
            var row = ["id": id, "organizationId": organization, "integrationId": channel]
            for name in ["state", "content", "group", "releaseURL"] { row[name] = post[name]?.string }
            row["releaseId"] = post["releaseId"].flatMap(text)
            row["intervalInDays"] = post["intervalInDays"].flatMap(text)
            row["settings"] = try post["settings"].flatMap { try $0.string ?? ($0.object == nil ? nil : JSON.text($0)) }
            row["publishDate"] = (post["actualDate"]?.string ?? post["publishDate"]?.string).flatMap(date)
            try contents.take(row, of: "Post")
            for tag in (post["tags"]?.array ?? []).compactMap({ $0["tag"] }) {
                guard let name = tag["name"]?.string, let tagId = self.id(tag["id"]) else { continue }
                if tags.insert(tagId).inserted { try contents.take(["id": tagId, "name": name, "orgId": organization], of: "Tags") }
                try contents.take(["postId": id, "tagId": tagId], of: "TagsPosts")
            }
        }
        return contents
    }

    private func id(_ value: JSONValue?) -> String? { value?.string.flatMap { (1...Self.longestId).contains($0.utf8.count) ? $0 : nil } }

    private func text(_ value: JSONValue) -> String? { value.string ?? value.int.map(String.init) }

    /// In UTC, without saying so, as the database has it.
    private func date(_ text: String) -> String? { (Timestamp(text) ?? Timestamp(text + "Z")).map { String("\($0)".dropLast()) } }
}
