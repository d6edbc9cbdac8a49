import Domain
import Logging

/// The conversation at the server, which the bridge begins again by itself when the server has forgotten it.
actor BridgeSession {
    private let wire: BridgeWire
    private let logger: Logger
    private(set) var place = BridgeWire.Place()
    /// The client's own `initialize`, to be repeated.
    private var opening: BridgedMessage?
    /// What else a new session must be told: the log level and subscriptions, each as the client last said it.
    private var wishes: [String: BridgedMessage] = [:]
    private var renewal: Task<Void, any Error>?

    init(wire: BridgeWire, logger: Logger) {
        self.wire = wire
        self.logger = logger
    }

    func opened(by message: BridgedMessage, at place: BridgeWire.Place) {
        opening = message
        self.place = place
    }

    func note(_ message: BridgedMessage) {
        switch message.method {
        case "logging/setLevel": wishes["level"] = message
        case "resources/subscribe": wishes[message.uri ?? ""] = message
        case "resources/unsubscribe": wishes[message.uri ?? ""] = nil
        default: break
        }
    }

    /// Begins the conversation again unless somebody else has done so since it stood at `lost`. The client learns nothing of it.
    func renew(from lost: BridgeWire.Place) async throws {
        guard place == lost else { return }
        if let renewal { return try await renewal.value }
        let task = Task { try await open() }
        renewal = task
        defer { renewal = nil }
        try await task.value
    }

    private func open() async throws {
        guard let opening else { throw BridgeRefusal(words: "The server has forgotten the session.", status: 404) }
        logger.notice("the server has forgotten the session; beginning again")
        let response = try await wire.post(opening.text, headers: [])
        guard response.status == .ok else { throw BridgeRefusal(response) }
        var revision: String?
        for try await text in ServerMessages(response) {
            revision = BridgedMessage(text).negotiatedRevision ?? revision
        }
        let new = BridgeWire.Place(session: response.headers.first(name: "Mcp-Session-Id"), revision: revision)
        try await tell(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, at: new)
        for wish in wishes.values { try await tell(wish.text, at: new) }
        // Not before: nothing may be asked of a session that does not know yet what it is for.
        place = new
    }

    private func tell(_ text: String, at place: BridgeWire.Place) async throws {
        let response = try await wire.post(text, headers: place.headers)
        for try await _ in ServerMessages(response) {}
    }
}
