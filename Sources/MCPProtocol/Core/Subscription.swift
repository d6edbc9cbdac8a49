import Domain

/// What a request of `subscriptions/listen` asked for (stateless era).
struct Subscription: Sendable {
    private let id: RequestID
    private let lists: [String: Bool]
    private let uris: Set<String>

    /// Throws for members of the wrong type; what is not known is not granted.
    init(_ request: Message.Request) throws(RPCError) {
        guard let wanted = request.params["notifications"], wanted.object != nil else {
            throw .invalidParams("notifications is missing: an object that says of what to tell, such as {\"toolsListChanged\": true}.")
        }
        var lists: [String: Bool] = [:]
        for name in ["toolsListChanged", "promptsListChanged", "resourcesListChanged"] {
            guard let member = wanted[name] else { continue }
            guard let isWanted = member.bool else { throw .invalidParams("notifications.\(name) is true or left out.") }
            if isWanted { lists[name] = true }
        }
        let uris = wanted["resourceSubscriptions"] ?? []
        guard let elements = uris.array, case let texts = elements.compactMap(\.string), texts.count == elements.count else {
            throw .invalidParams("notifications.resourceSubscriptions is a list of URIs.")
        }
        guard texts.count <= Handshake.maximumSubscriptions, texts.allSatisfy({ $0.utf8.count <= Handshake.longestURI }) else {
            throw .invalidParams(
                "A subscription watches at most \(Handshake.maximumSubscriptions) resources, of at most \(Handshake.longestURI) bytes each.")
        }
        id = request.id
        self.lists = lists
        self.uris = Set(texts)
    }

    var acknowledgement: String {
        var granted = lists.mapValues { JSONValue.bool($0) }
        if !uris.isEmpty { granted["resourceSubscriptions"] = .array(uris.sorted().map { .string($0) }) }
        return notification("notifications/subscriptions/acknowledged", ["notifications": .object(granted)])
    }

    /// Empty when it was not asked for.
    func messages(about change: Change) -> [String] {
        switch change {
        case .resourceUpdated(let uri): uris.contains(uri) ? [updated(uri)] : []
        case .resourcesMayHaveChanged: uris.sorted().map(updated)
        case .toolsChanged: lists["toolsListChanged"] != nil ? [notification("notifications/tools/list_changed")] : []
        case .promptsChanged: lists["promptsListChanged"] != nil ? [notification("notifications/prompts/list_changed")] : []
        case .resourcesChanged: lists["resourcesListChanged"] != nil ? [notification("notifications/resources/list_changed")] : []
        // Belongs to a request or to no one in this era.
        case .log: []
        }
    }

    /// The answer, which ends the subscription.
    func end(_ server: Implementation) -> String {
        let meta = tag.merging([RequestClaims.serverInfo: ResultEncoding(revision: .july2026).json(server)]) { $1 }
        return Message.text(["resultType": "complete", "_meta": .object(meta)], to: id)
    }

    private func updated(_ uri: String) -> String { notification("notifications/resources/updated", ["uri": .string(uri)]) }

    private func notification(_ method: String, _ params: [String: JSONValue] = [:]) -> String {
        Message.notification(method, .object(params.merging(["_meta": .object(tag)]) { $1 }))
    }

    private var tag: [String: JSONValue] { [RequestClaims.subscription: id.json] }
}
