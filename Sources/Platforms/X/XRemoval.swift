import Domain

extension X {
    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        try await post.removeParts { id, _ in
            _ = try await api.send(signed("DELETE", "/2/tweets/\(FormEncoding.escape(id))", account.credentials), accepting: [404])
        }
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
