import Application
import Domain
import MCPProtocol
import NIOConcurrencyHelpers

/// Turns what happens in the workspace into what an assistant may be told: resources that changed, and log lines in words.
struct WorkspaceChanges: Sendable {
    let services: Services
    let caller: Caller

    /// What changes from now on; nothing for a key that may not read.
    func stream() -> AsyncStream<Change> {
        guard caller.may(.postsRead) else { return AsyncStream { _ in } }
        let events = services.events.events(of: caller.organizationId)
        let pending = NIOLockedValueBox<ArraySlice<Change>>([])
        // Without a task of its own: thousands of streams may be open. What waits, waits as events.
        return AsyncStream {
            if let change = pending.withLockedValue({ $0.popFirst() }) { return change }
            for await event in events {
                let changes = event.event.map(Self.changes) ?? [.resourcesMayHaveChanged]
                guard let change = changes.first else { continue }
                pending.withLockedValue { $0 = changes.dropFirst() }
                return change
            }
            return nil
        }
    }

    static func changes(of event: ProductEvent) -> [Change] {
        var changes = uris(of: event).map { Change.resourceUpdated(uri: $0) }
        if let level = level(of: event.type) {
            changes.append(.log(level, logger: "postiz", data: ["event": .string(event.type.rawValue), "data": event.data]))
        }
        return changes
    }

    private static func uris(of event: ProductEvent) -> [String] {
        var uris: [String] = []
        if let post = event.data["postId"]?.string {
            uris.append("postiz://posts/\(post)")
            if event.type != .publicationUpdated { uris.append("postiz://queue") }
        }
        if let channel = event.data["integrationId"]?.string, event.type.isAboutChannel {
            uris += ["postiz://channels", "postiz://channels/\(channel)", "postiz://workspace"]
        }
        if let media = event.data["mediaId"]?.string { uris.append("postiz://media/\(media)") }
        // Steps on the way are no news of their own.
        if ![.publicationUpdated, .postPublishing, .mediaReady, .mediaUpdated, .mediaDeleted].contains(event.type) { uris.append("postiz://events") }
        return uris
    }

    /// How severe it is; nil for what is no news.
    private static func level(of type: EventType) -> LogLevel? {
        switch type {
        case .postFailed: .error
        case .postPartiallyPublished, .postAtRisk, .postOverdue, .integrationEnding, .integrationNeedsReconnect, .publishingPaused, .webhookStopped:
            .warning
        case .postPublished, .postInReview, .postReadyAgain, .publishingResumed, .integrationConnected, .integrationRemoved, .zoneRulesChanged:
            .notice
        case .postCreated, .postCommented, .postScheduled, .postCancelled, .postDeleted, .memberJoined, .memberChanged, .memberLeft: .info
        case .postUpdated, .postPublishing, .integrationUpdated, .mediaReady, .mediaUpdated, .mediaDeleted: .debug
        case .publicationUpdated: nil
        }
    }
}

extension EventType {
    var isAboutChannel: Bool {
        [.integrationConnected, .integrationUpdated, .integrationEnding, .integrationNeedsReconnect, .integrationRemoved].contains(self)
    }
}
