import Domain

extension Mastodon {
    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        try await post.removeFromLast { number in
            switch try await place(of: number, in: post, account) {
            case .gone: return true
            case .unknown: return false
            case .at(let id):
                let call = call("DELETE", "/api/v1/statuses/\(FormEncoding.escape(id))", account.credentials)
                _ = try await api(instance(of: account.credentials)).send(call, accepting: [404, 410])
                return true
            }
        }
    }

    private enum Place {
        case at(String)
        case gone
        case unknown
    }

    /// Where a part is. An id alone is not believed: servers have answered with ids that name something else.
    private func place(of number: Int, in post: PublishedRef, _ account: ConnectedAccount) async throws -> Place {
        let part = post.parts[number]
        let hasID = post.hasOwnID(number)
        let found = hasID ? try await status(part.id, account) : nil
        if let found, found.isKnown(by: part.uri, part.url) { return .at(part.id) }
        let root = post.parts.first { !$0.id.isEmpty }?.id
        if let address = part.uri ?? part.url, let root, let id = try await search(address, in: root, account) { return .at(id) }
        // An id that names nothing any more was removed already; one that names another post tells nothing.
        return hasID && found == nil ? .gone : .unknown
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
