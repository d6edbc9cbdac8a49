import Domain
import Persistence
import Platforms

/// Channels that came through the same app of the operator. Some platforms end a person's earlier tokens for an app when that person allows it
/// another set of permissions: a LinkedIn page and the profile of its administrator are such kin.
extension Channels {
    /// The platforms that are reached with the same app credentials, itself included; none where no app is needed.
    private func kin(of platform: PlatformID) -> Set<PlatformID> {
        guard let app = registry[platform]?.descriptor.credentials.map(\.variable), !app.isEmpty else { return [] }
        return Set(registry.all.map(\.descriptor).filter { $0.credentials.map(\.variable) == app }.map(\.id))
    }

    /// The permissions of working channels that the next connection through the same app must not end.
    func heldScopes(throughTheAppOf platform: any Platform, of organization: OrganizationID) async throws -> [String] {
        let kin = kin(of: platform.descriptor.id)
        guard kin.count > 1 else { return [] }
        let channels = try await database.read { try IntegrationRepository.list(of: organization, in: $0) }
        return Set(channels.filter { kin.contains($0.platform) && !$0.needsReconnect }.flatMap(\.scopes)).sorted()
    }

    /// Gives the newer tokens to the other channels of the person who gave them, where they cover what those had: the older ones have ended.
    /// Returns the channels that have them now, and the posts that were held on them.
    func share(
        _ credentials: Credentials, of channel: Integration, now: Timestamp, in transaction: any Transaction
    ) throws -> (channels: [Integration], released: [PostID]) {
        guard let holder = credentials.holder else { return ([], []) }
        let kin = kin(of: channel.platform)
        var shared: (channels: [Integration], released: [PostID]) = ([], [])
        for other in try IntegrationRepository.list(of: channel.organizationId, in: transaction)
        where other.id != channel.id && kin.contains(other.platform) {
            guard let sealed = try IntegrationRepository.withCredentials(other.id, in: transaction)?.sealed,
                let old = try? vault.open(sealed, of: other),  // Unreadable tokens are another channel's trouble, not this one's.
                old.holder == holder, Set(credentials.scopes).isSuperset(of: old.scopes)
            else { continue }
            var renewed = other
            (renewed.reconnectReason, renewed.updatedAt) = (nil, now)
            shared.released += try Self.renew(renewed, credentials, vault, now: now, in: transaction)
            shared.channels.append(renewed)
        }
        return shared
    }
}
