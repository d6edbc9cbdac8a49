import Application
import Domain
import Foundation

/// Keys and sign-ins of assistants, with what each of them does.
enum AssistantConnections {
    /// How long after its last word an assistant counts as being there.
    private static let presence = Duration.minutes(10)

    static func model(_ visit: Visit) async throws -> Model {
        async let keys = visit.services.keys.list(as: visit.caller)
        async let grants = visit.services.authorization.grants(as: visit.caller)
        async let activity = visit.services.assistants.activity(as: visit.caller)
        let known = Dictionary(try await activity.map { ($0.subject, $0) }) { first, _ in first }
        let now = visit.services.time.now
        let rows =
            try await keys.filter { $0.active && ($0.expiresAt.map { $0 > now } ?? true) }.map { row($0, known["key:\($0.id)"], visit) }
            + grants.map { row($0, known["grant:\($0.id)"], visit) }
        let sorted = rows.sorted { ($0.seen, $0.made) > ($1.seen, $1.made) }
        return ["connections": sorted.map(\.model), "hasConnections": !rows.isEmpty]
    }

    private struct Row {
        let seen: Timestamp
        let made: Timestamp
        let model: Model
    }

    private static func row(_ key: APIKey, _ activity: AssistantActivity?, _ visit: Visit) -> Row {
        let facts: Model = [
            "id": key.id.text, "name": key.name, "icon": "key", "detail": "\(key.prefix)…", "may": may(key.scopes, key.draftOnly, visit.words),
            "draftOnly": key.draftOnly, "revoke": "/settings/keys/\(key.id)/revoke",
            "expires": key.expiresAt.map { visit.words("expiresAt", ["time": visit.time.moment($0)]) },
        ]
        return Row(seen: activity?.lastSeenAt ?? Timestamp(milliseconds: 0), made: key.createdAt, model: facts.merging(state(activity, visit)))
    }

    private static func row(_ grant: ConnectedAssistant, _ activity: AssistantActivity?, _ visit: Visit) -> Row {
        let facts: Model = [
            "id": grant.id.text, "name": grant.name, "icon": "link",
            "detail": visit.words("mcp_signedIn", ["person": grant.userName, "host": grant.host]),
            "may": may(Set(grant.scopes), grant.draftOnly, visit.words), "draftOnly": grant.draftOnly,
            "revoke": "/settings/mcp/connections/\(grant.id)/revoke",
        ]
        return Row(seen: activity?.lastSeenAt ?? Timestamp(milliseconds: 0), made: grant.createdAt, model: facts.merging(state(activity, visit)))
    }

    private static func may(_ scopes: Set<Scope>, _ draftOnly: Bool, _ words: Words) -> String {
        let known = GrantExtent.allCases.first { $0.keyScopes == scopes && $0.isDraftOnly == draftOnly }
        return known.map { words("access_\($0)") } ?? scopes.map { words("scope_\($0)") }.sorted().joined(separator: ", ")
    }

    private static func state(_ activity: AssistantActivity?, _ visit: Visit) -> Model {
        guard let activity else { return ["tone": "neutral", "state": visit.words("mcp_neverConnected")] }
        let there = activity.lastSeenAt > visit.services.time.now - presence
        let session = activity.sessions.max { $0.lastSeenAt < $1.lastSeenAt }
        let client = session?.client.map { name in session?.clientVersion.map { "\(name) \($0)" } ?? name } ?? activity.client
        let tools = activity.tools.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return [
            "tone": there ? "positive" : "neutral",
            "state": there ? visit.words("mcp_connected") : visit.words("lastSeen", ["time": visit.time.moment(activity.lastSeenAt)]),
            "client": client, "called": activity.lastCallAt.map { visit.words("mcp_lastCall", ["time": visit.time.moment($0)]) },
            "tools": tools.map { ["name": $0.key, "count": String($0.value)] as Model }, "hasTools": !tools.isEmpty,
        ]
    }
}
