import Platforms

/// Accounts among which a person chooses that belong together: the channels of one server, the boards of one account.
public struct AccountGroup: Sendable, Equatable {
    /// Nil for what belongs to nothing.
    public let label: String?
    public let accounts: [PlatformAccount]

    /// Groups stand in the order in which the platform names them, and so do the accounts in each.
    public static func of(_ accounts: [PlatformAccount]) -> [AccountGroup] {
        var order: [String?] = []
        for account in accounts where !order.contains(account.group) { order.append(account.group) }
        let byGroup = Dictionary(grouping: accounts, by: \.group)
        return order.map { AccountGroup(label: $0, accounts: byGroup[$0] ?? []) }
    }
}
