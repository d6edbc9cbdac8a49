import Domain
import Persistence

/// Finding the channels that a person or program names.
extension Channels {
    /// The channels meant by `names`, in that order and each once. A name is an id, a username with or without `@`, a display name, a
    /// platform (`x`, where it has one channel), or `x:ada`.
    ///
    /// Throws `UNKNOWN_CHANNEL` listing the channels there are, or `AMBIGUOUS_CHANNEL` listing those that the name fits.
    public func resolve(_ names: [String], as caller: Caller) async throws -> [Integration] {
        let organization = caller.organizationId
        return try resolve(names, among: try await database.read { try IntegrationRepository.list(of: organization, in: $0) })
    }

    /// As `resolve(_:as:)`, among these channels.
    func resolve(_ names: [String], among channels: [Integration]) throws -> [Integration] {
        try names.map { try resolve($0, among: channels) }.distinct(by: \.id)
    }

    /// Before the name of a customer, where a list is narrowed to their channels.
    public static let customerMark = "customer:"

    /// As `resolve(_:as:)`, but the name of a platform stands for all of its channels, and a customer's for theirs: to narrow a list down.
    func fitting(_ names: [String], as caller: Caller) async throws -> [Integration] {
        let organization = caller.organizationId
        let channels = try await database.read { try IntegrationRepository.list(of: organization, in: $0) }
        return try names.flatMap { name in
            if name.hasPrefix(Self.customerMark) {
                let customer = String(name.dropFirst(Self.customerMark.count))
                return channels.filter { $0.customer == customer }
            }
            let ofPlatform = channels.filter { isPlatform(Self.normal(name), of: $0) }
            return ofPlatform.isEmpty ? [try resolve(name, among: channels)] : ofPlatform
        }.distinct(by: \.id)
    }

    /// Those of `ids` that the organization has, in the order of `ids`.
    public func integrations(_ ids: [IntegrationID], of organization: OrganizationID) async throws -> [Integration] {
        try await database.read { try IntegrationRepository.list(ids, of: organization, in: $0) }
    }

    private func resolve(_ name: String, among channels: [Integration]) throws -> Integration {
        let wanted = Self.normal(name)
        if let id = IntegrationID(wanted), let channel = channels.first(where: { $0.id == id }) { return channel }
        let fitting = wanted.isEmpty ? [] : candidates(wanted, among: channels)
        switch fitting.count {
        case 1: return fitting[0]
        case 0:
            throw ProblemReport(
                .unknownChannel, "There is no channel \"\(name)\". \(Self.offer(channels))",
                details: ["channel": .string(name), "channels": Self.listed(channels)])
        default:
            throw ProblemReport(
                .ambiguousChannel, "\"\(name)\" fits \(fitting.count) channels. Name one by its id or as \(Self.names(fitting)).",
                details: ["channel": .string(name), "candidates": Self.listed(fitting)])
        }
    }

    /// The first way of reading the name that fits any channel decides.
    private func candidates(_ wanted: String, among channels: [Integration]) -> [Integration] {
        let byUsername = channels.filter { Self.normal($0.username) == wanted }
        if !byUsername.isEmpty { return byUsername }
        let byPlatform = channels.filter { isPlatform(wanted, of: $0) }
        if !byPlatform.isEmpty { return byPlatform }
        let byName = channels.filter { Self.normal($0.displayName) == wanted }
        if !byName.isEmpty { return byName }
        // `ada` for `ada@mastodon.example`.
        let byLocalName = channels.filter { Self.normal($0.username).hasPrefix(wanted + "@") }
        if !byLocalName.isEmpty { return byLocalName }
        guard let colon = wanted.firstIndex(of: ":") else { return [] }
        let onPlatform = channels.filter { isPlatform(String(wanted[..<colon]), of: $0) }
        let rest = Self.normal(String(wanted[wanted.index(after: colon)...]))
        return rest.isEmpty || onPlatform.isEmpty ? [] : candidates(rest, among: onPlatform)
    }

    private func isPlatform(_ wanted: String, of channel: Integration) -> Bool {
        wanted == channel.platform.rawValue || wanted == registry[channel.platform]?.descriptor.name.lowercased()
    }

    private static func normal(_ name: String) -> String {
        let name = name.lowercased().trimmingCharacters(in: .whitespacesAndNewlines)
        return name.hasPrefix("@") ? String(name.dropFirst()) : name
    }

    private static func offer(_ channels: [Integration]) -> String {
        channels.isEmpty ? "Connect a channel first." : "The channels are \(names(channels))."
    }

    private static func names(_ channels: [Integration]) -> String {
        channels.prefix(20).map { "\($0.platform):\($0.username)" }.joined(separator: ", ")
    }

    private static func listed(_ channels: [Integration]) -> JSONValue {
        .array(
            channels.prefix(20).map {
                ["id": .string($0.id.text), "platform": .string($0.platform.rawValue), "username": .string($0.username)]
            })
    }
}
