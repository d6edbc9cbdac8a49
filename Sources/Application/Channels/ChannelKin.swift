import Domain
import Persistence
import Platforms

/// Channels that came through the same app of the operator. Some platforms end a person's earlier tokens for an app when that person allows it
/// another set of permissions: a LinkedIn page and the profile of its administrator are such kin.
extension Channels {
    /// The platforms that are reached with the same app, itself included; none where consents do not end each other.
    func kin(of platform: PlatformID) -> Set<PlatformID> {
        guard let app = registry[platform]?.sharedApp else { return [] }
        return Set(registry.all.filter { $0.sharedApp == app }.map(\.descriptor.id))
    }

    /// The permissions of working channels that the next connection through the same app must not end.
    func heldScopes(throughTheAppOf platform: any Platform, of organization: OrganizationID) async throws -> [String] {
        let kin = kin(of: platform.descriptor.id)
        guard kin.count > 1 else { return [] }
        let channels = try await database.read { try IntegrationRepository.list(of: organization, in: $0) }
        return Set(channels.filter { kin.contains($0.platform) && !$0.needsReconnect }.flatMap(\.scopes)).sorted()
    }

    /// Takes new tokens into use where the same person's older ones have ended with the consent, whatever becomes of this connection.
    func adopt(_ credentials: Credentials, from platform: PlatformID, of organization: OrganizationID) async throws {
        guard credentials.holder != nil else { return }
        let now = time.now
        let shared = try await database.write { transaction in
            try share(credentials, from: platform, of: organization, now: now, in: transaction)
        }
        for channel in shared.channels { await send(.integrationUpdated, channel) }
        await announce(shared.released, of: organization)
    }

    /// Gives the newer tokens to the channels of the person who gave them, where they cover what those had: the older ones have ended.
    /// Returns the channels that have them now, and the posts that were held on them.
    private func share(
        _ credentials: Credentials, from platform: PlatformID, of organization: OrganizationID, now: Timestamp,
        in transaction: any Transaction
    ) throws -> (channels: [Integration], released: [PostID]) {
        let kin = kin(of: platform)
        var shared: (channels: [Integration], released: [PostID]) = ([], [])
        for other in try IntegrationRepository.list(of: organization, in: transaction) where kin.contains(other.platform) {
            guard let sealed = try IntegrationRepository.withCredentials(other.id, in: transaction)?.sealed,
                let old = try? vault.open(sealed, of: other),  // Unreadable tokens are another channel's trouble, not this one's.
                old.holder == credentials.holder, Set(credentials.scopes).isSuperset(of: old.scopes)
            else { continue }
            var renewed = other
            (renewed.reconnectReason, renewed.updatedAt) = (nil, now)
            shared.released += try Self.renew(renewed, credentials, vault, now: now, in: transaction)
            shared.channels.append(renewed)
        }
        return shared
    }
}
