import Domain
import Persistence

extension Accounts {
    /// Whether what `caller` came with still opens their workspace: for what goes on after a request was let in, such as streams.
    public func stillStands(_ caller: Caller) async throws -> Bool {
        let (organization, now) = (caller.organizationId, time.now)
        return try await database.read { transaction in
            switch caller.identity {
            case .user(let user, let session): try SessionRepository.isOpen(session, of: user, in: organization, now: now, transaction)
            case .key(let key, _): try APIKeyRepository.isOpen(key, of: organization, now: now, in: transaction)
            case .grant(let grant, _): try GrantRepository.isOpen(grant, of: organization, now: now, in: transaction)
            case .system, .mailedLink: true
            case .portal: false
            }
        }
    }
}
