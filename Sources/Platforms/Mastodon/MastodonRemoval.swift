import Domain

extension Mastodon {
    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws {
        // The last part first: should one fail, what stays is the beginning of the thread and not its middle.
        for id in post.partIds.reversed() {
            let call = call("DELETE", "/api/v1/statuses/\(FormEncoding.escape(id))", account.credentials)
            _ = try await api(instance(of: account.credentials)).send(call, accepting: [404])
        }
    }

    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        guard field == Self.mention.name else { return descriptor.options(of: field, matching: query) }
        let instance = instance(of: account.credentials)
        let path = "/api/v1/accounts/search?q=\(FormEncoding.escape(query ?? ""))&limit=20"
        let people: [Person] = try await api(instance).value(call("GET", path, account.credentials))
        return people.map { person in
            let address = person.acct.contains("@") ? person.acct : "\(person.acct)@\(instance.host)"
            return ChannelOption(
                value: "@\(person.acct)", label: person.displayName.isEmpty ? person.username : person.displayName, hint: "@\(address)")
        }
    }

    static let mention = LookupField(
        name: "mention", label: "Mention", help: "Give a part of the account's name or address; put the value into the text.")

    private struct Person: Decodable {
        let username: String
        /// Without a host for accounts of the same server.
        let acct: String
        let displayName: String

        enum CodingKeys: String, CodingKey {
            case username, acct
            case displayName = "display_name"
        }
    }
}
