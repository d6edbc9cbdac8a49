import Foundation

/// What accounts call themselves: with or without an `@` before it, in whatever case, and on platforms of many servers with the server behind it.
struct AccountName: Equatable, Sendable {
    let name: Substring
    let server: Substring?

    init(_ text: String) {
        let bare = text.lowercased().drop { $0 == "@" || $0.isWhitespace }
        let halves = bare.split(separator: "@", maxSplits: 1)
        name = halves.first ?? bare
        server = halves.count == 2 ? halves[1] : nil
    }

    /// Whether both may be the same account: servers differ where both are known.
    func fits(_ other: AccountName) -> Bool {
        guard !name.isEmpty, name == other.name else { return false }
        guard let server, let theirs = other.server else { return true }
        return server == theirs
    }
}

/// Channels that were brought from elsewhere by something that did not tell whose account they are: they find it when it is connected.
extension Integration {
    /// Stands for the account until it is known. No platform has ids that begin so.
    public static func unknownAccount(_ channel: String) -> String { "?\(channel)" }

    public var awaitsAccount: Bool { platformAccountId.hasPrefix("?") }

    /// Whether an account goes by this channel's name. `server` is the address of where it lives, on platforms of many servers.
    public func goesBy(_ username: String, _ displayName: String, on server: String?) -> Bool {
        if let mine = Self.host(of: instanceURL), let theirs = Self.host(of: server), mine != theirs { return false }
        if AccountName(self.username).fits(AccountName(username)) { return true }
        // No name of its own was told, so that it has only what is shown.
        return awaitsAccount && self.username == self.displayName && self.displayName == displayName
    }

    private static func host(of address: String?) -> String? {
        guard let url = address.flatMap(URL.init(string:)), let host = url.host()?.lowercased() else { return nil }
        return host + (url.port.map { ":\($0)" } ?? "")
    }

    /// Its account is known now.
    public mutating func become(_ account: String) { platformAccountId = account }
}
