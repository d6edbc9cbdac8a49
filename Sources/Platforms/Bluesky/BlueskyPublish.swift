import Domain
import Foundation

extension Bluesky {
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        let plan = try await journal.step("plan") { try await self.plan(request) }
        return try await request.publish { media, step in
            try await upload(media, step: step, request: request, journal: journal)
        } commit: { index, blobs, earlier in
            let address = RecordAddress(repository: request.account.account.id, key: plan.keys[index])
            let card = try await card(of: index, request, journal)
            return try await journal.commit("part-\(index)") { _ in
                try await find(address, request.account)
            } _: { _ in
                let draft = Draft(address: address, index: index, blobs: blobs, card: card, earlier: earlier, plan: plan)
                do {
                    return try await create(draft, request)
                } catch let error as PlatformError where error.code == "BLUESKY_\(Self.blobMissingCode)" {
                    // Servers forget files that no record named for a while. The same bytes get the same name again.
                    for media in request.parts[index].media where media.media.kind == .image {
                        _ = try await uploadBlob(.media(media), request.account.credentials)
                    }
                    return try await create(draft, request)
                }
            }
        }
    }

    /// What is decided once and the same in every try: then a record that was made already is met again by its key.
    struct Plan: Codable, Sendable {
        let createdAt: Timestamp
        /// One for each part.
        let keys: [String]
        /// Who is mentioned: identities by handle. Handles that nobody has are absent and stay plain text.
        let people: [String: String]
        let quote: RecordReference?
    }

    /// One part, as it is sent.
    struct Draft: Sendable {
        let address: RecordAddress
        let index: Int
        let blobs: [JSONValue]
        let card: LinkCard?
        let earlier: [PublishedPart]
        let plan: Plan
    }

    func plan(_ request: PublishRequest) async throws -> Plan {
        let now = context.time.now
        let start = UInt64(max(0, now.milliseconds)) * 1000 + .random(in: 0..<1000)
        let clock = UInt64.random(in: 0..<1024)
        var people = [String: String]()
        for facet in request.parts.flatMap({ RichText.facets(in: $0.text) }) {
            guard case .mention(let handle) = facet.feature, people[handle] == nil else { continue }
            people[handle] = try await identity(of: handle, request.account.credentials)
        }
        return Plan(
            createdAt: now, keys: request.parts.indices.map { RecordKey.tid(microseconds: start + UInt64($0), clock: clock) }, people: people,
            quote: try await quote(request))
    }

    /// A part shows one thing below its text: a card only where there is neither a file nor a quote.
    private func card(of index: Int, _ request: PublishRequest, _ journal: any StepJournal) async throws -> LinkCard? {
        let part = request.parts[index]
        guard request.toggle("link_card"), part.media.isEmpty, index > 0 || request.setting("quote") == nil else { return nil }
        return try await journal.step("card-\(index)") { try await self.card(for: part.text, request.account.credentials) }
    }

    /// Whose handle it is; nil when it is nobody's.
    private func identity(of handle: String, _ credentials: Credentials) async throws -> String? {
        let server = server(of: credentials)
        let call = xrpc("GET", "com.atproto.identity.resolveHandle", at: server, query: [("handle", handle)], token: credentials.accessToken)
        do {
            let answer: Resolved = try await api(server).value(call)
            return answer.did
        } catch let error as PlatformError where error.kind == .invalidContent {
            return nil
        }
    }

    private struct Resolved: Decodable {
        let did: String
    }

    /// The post that the setting `quote` names, in the version of now.
    private func quote(_ request: PublishRequest) async throws -> RecordReference? {
        guard let text = request.setting("quote") else { return nil }
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count >= 3, let key = parts.last else { return nil }
        let credentials = request.account.credentials
        let name = parts[parts.count - 3]
        guard let owner = try await name.hasPrefix("did:") ? name : identity(of: name.lowercased(), credentials) else {
            throw PlatformError(
                .invalidContent, code: "BLUESKY_QUOTE_NOT_FOUND", message: "The post to be quoted is of nobody that Bluesky knows. Check its address."
            )
        }
        let address = RecordAddress(repository: owner, key: key)
        let found: Posts = try await query("app.bsky.feed.getPosts", [("uris", address.description)], credentials)
        guard let post = found.posts.first else {
            throw PlatformError(
                .invalidContent, code: "BLUESKY_QUOTE_NOT_FOUND", message: "The post to be quoted does not exist any more. Check its address.")
        }
        return RecordReference(uri: post.uri, cid: post.cid)
    }

    struct Posts: Decodable {
        struct Post: Decodable {
            let uri: String
            let cid: String
            let likeCount: Int?
            let repostCount: Int?
            let replyCount: Int?
            let quoteCount: Int?
            let bookmarkCount: Int?
        }
        let posts: [Post]
    }

    // MARK: Creating

    func create(_ draft: Draft, _ request: PublishRequest) async throws -> PublishedPart {
        let record = record(draft, request)
        let gates = draft.index == 0 ? gates(draft, request) : []
        let account = request.account
        if gates.isEmpty {
            let body: JSONValue = [
                "repo": .string(draft.address.repository), "collection": .string(draft.address.collection), "rkey": .string(draft.address.key),
                "record": record,
            ]
            let made: RecordReference = try await write("com.atproto.repo.createRecord", body, account.credentials)
            return part(made, account)
        }
        // All at once, so that there is no moment in which everybody may reply.
        let writes = [(collection: RecordAddress.post, record: record)] + gates
        let body: JSONValue = [
            "repo": .string(draft.address.repository),
            "writes": .array(
                writes.map { collection, value -> JSONValue in
                    [
                        "$type": "com.atproto.repo.applyWrites#create", "collection": .string(collection), "rkey": .string(draft.address.key),
                        "value": value,
                    ]
                }),
        ]
        let made: Applied = try await write("com.atproto.repo.applyWrites", body, account.credentials)
        guard let first = made.results?.first else {
            throw api(server(of: account.credentials)).unknown("did not say which records it made", answer: nil)
        }
        return part(first, account)
    }

    func write<Value: Decodable>(_ name: String, _ body: JSONValue, _ credentials: Credentials) async throws -> Value {
        let server = server(of: credentials)
        return try await api(server).value(
            xrpc("POST", name, at: server, token: credentials.accessToken, body: try .json(body), effect: .creates))
    }

    private struct Applied: Decodable {
        let results: [RecordReference]?
    }

    func part(_ record: RecordReference, _ account: ConnectedAccount) -> PublishedPart {
        let key = RecordAddress(record.uri)?.key ?? ""
        return PublishedPart(
            id: record.uri, url: hosts.url("https://bsky.app/profile/\(account.account.username)/post/\(key)"), cid: record.cid)
    }

    /// Whether the record is there: its key is ours alone, and no second one can be made under it.
    func find(_ address: RecordAddress, _ account: ConnectedAccount) async throws -> Finding<PublishedPart> {
        do {
            let found: RecordReference = try await query("com.atproto.repo.getRecord", address.query, account.credentials)
            return .found(part(found, account))
        } catch let error as PlatformError where error.code == "BLUESKY_\(Self.notFoundCode)" {
            return .safeToSend
        }
    }
}
