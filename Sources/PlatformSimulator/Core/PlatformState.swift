import Foundation
import NIOConcurrencyHelpers

/// Everything one impersonated platform knows.
struct PlatformState: Sendable {
    var accounts = AccountBook()
    var apps: [String: RegisteredApp] = [:]
    var grants = GrantBook()
    var codes: [String: AuthorizationCode] = [:]
    var timeline = Timeline()
    /// Written but not public yet, by id: drafts and what is scheduled on the platform itself.
    var drafts: [String: Publication] = [:]
    var media: [String: MediaItem] = [:]
    /// Records of the AT Protocol as they were sent, by address.
    var records: [String: JSON] = [:]
    var files = FileShelf()
    var recent = RecentMemory()
    var rates = RateTable()
    var oauth1 = OAuth1Desk()
    var switches: [String: JSON] = [:]
    /// Who came (or, below zero, went) since the beginning, by account.
    var gainedFollowers: [String: Int] = [:]
    private var lastID = 0

    /// A growing number that carries its time, like the platforms' own. `shift`: bits below the milliseconds.
    mutating func nextID(now: Date, epoch: Double = 0, shift: Int) -> String {
        lastID = max(lastID + 1, Int((now.timeIntervalSince1970 - epoch) * 1000) << shift)
        return String(lastID)
    }

    func followers(of accountID: String) -> Int { max(0, Popularity.followers(accountID) + gainedFollowers[accountID, default: 0]) }

    func isOn(_ name: String) -> Bool { switches[name]?.bool ?? false }
    func number(_ name: String) -> Int { switches[name]?.int ?? 0 }
    func seconds(_ name: String) -> Double { switches[name]?.double ?? 0 }

    /// The living grant of a token, or why there is none.
    func check(token: String, now: Date) -> TokenCheck {
        guard let grant = grants[token], let account = accounts[grant.accountID] else { return .unknown }
        if grant.isRevoked { return .revoked }
        return grant.isExpired(at: now) ? .expired : .valid(grant, account)
    }

    /// Media in the order asked for, or nil when one is unknown.
    func media(_ ids: [String]) -> [MediaItem]? {
        let items = ids.compactMap { media[$0] }
        return items.count == ids.count ? items : nil
    }
}

enum TokenCheck {
    case valid(Grant, Account)
    case unknown, revoked, expired
}

/// The one lock around a platform's state. Bodies are short and never wait.
final class Store: Sendable {
    private let box: NIOLockedValueBox<PlatformState>
    private let initial: PlatformState

    /// `seed` fills the state that `reset()` returns to.
    init(_ empty: PlatformState, seed: (inout PlatformState) -> Void) {
        var state = empty
        seed(&state)
        initial = state
        box = NIOLockedValueBox(state)
    }

    func update<Result>(_ body: (inout PlatformState) throws -> Result) rethrows -> Result {
        try box.withLockedValue(body)
    }

    func reset() { box.withLockedValue { $0 = initial } }
}
