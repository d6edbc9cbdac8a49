import Domain

extension LinkedIn {
    /// The comments below a post go with it.
    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        guard let urn = post.parts.first?.id, !urn.hasPrefix("urn:li:comment:") else {
            throw PlatformError(
                .invalidContent, code: "LINKEDIN_POST_UNKNOWN",
                message: "The address of the post at LinkedIn is not known here. Delete it at LinkedIn yourself.")
        }
        var call = try call("DELETE", "/rest/posts/\(FormEncoding.escape(urn))", account.credentials)
        call.headers.append(("X-RestLi-Method", "DELETE"))
        _ = try await api.send(call, accepting: [404])
        return []
    }

    /// LinkedIn finds companies only, by the name in their page's address.
    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        guard field == Self.mention.name else { return descriptor.options(of: field, matching: query) }
        let name = (query ?? "").split(separator: "/").last.map { $0.lowercased() } ?? ""
        let call = try call("GET", "/v2/organizations?q=vanityName&vanityName=\(FormEncoding.escape(name))", account.credentials)
        let answer = try await api.send(call, accepting: [403, 404])
        if answer.status == 403 {
            throw PlatformError(
                .invalidContent, code: "LINKEDIN_LOOKUP_NOT_ALLOWED",
                message: """
                    LinkedIn lets only connections with the permissions of a page look companies up. Connect a page, or connect this \
                    channel again after one.
                    """)
        }
        if answer.status == 404 { return [] }
        let found: JSONValue = try api.decode(answer, to: call)
        return (found["elements"]?.array ?? []).compactMap { company in
            guard let id = company["id"]?.int, let title = company["localizedName"]?.string else { return nil }
            return ChannelOption(
                value: "@[\(title)](urn:li:organization:\(id))", label: title, hint: company["vanityName"]?.string.map { "company/\($0)" })
        }
    }

    static let mention = LookupField(
        name: "mention", label: "Mention",
        help: "Give a company's name as in the address of its page (linkedin.com/company/name); put the value into the text.")
}
