import Domain

extension X {
    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        // The last part first: should one fail, what stays is the beginning of the thread and not its middle.
        let left = post.parts.indices.filter { post.parts[$0].id.isEmpty || post.repeatsEarlierID($0) }
        for number in post.parts.indices.reversed() where !left.contains(number) {
            let path = "/2/tweets/\(FormEncoding.escape(post.parts[number].id))"
            _ = try await api.send(signed("DELETE", path, account.credentials), accepting: [404])
        }
        return left
    }

    /// X finds people by their exact name only.
    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        guard field == Self.mention.name else { return descriptor.options(of: field, matching: query) }
        guard let name = query?.wholeMatch(of: /@?([A-Za-z0-9_]{1,15})/)?.output.1 else { return [] }
        let found: Found = try await api.value(signed("GET", "/2/users/by/username/\(name)", account.credentials))
        return [found.data].compactMap { $0 }.map { ChannelOption(value: "@\($0.username)", label: $0.name, hint: "@\($0.username)") }
    }

    static let mention = LookupField(
        name: "mention", label: "Mention", help: "Give the exact name of an account, such as @name; put the value into the text.")

    /// For a name that nobody has X answers without `data`.
    private struct Found: Decodable {
        struct User: Decodable {
            let name: String
            let username: String
        }
        let data: User?
    }
}
