import Domain
import Persistence

/// The encryption keys, by names from which nothing follows, and what is sealed with them.
public struct KeyState: Codable, Sendable, Equatable {
    public struct Key: Codable, Sendable, Equatable {
        public let name: String
        /// Whether it is the one that seals.
        public let isCurrent: Bool
        public let values: Int
    }

    /// A value that no key opens.
    public struct Unreadable: Codable, Sendable, Equatable {
        public let what: String
        public let advice: String

        init(_ place: SealedPlace, _ value: SealedValue) {
            what = "\(place.noun) \(value.label)\(value.label == value.key.joined() ? "" : " (\(value.key[0]))")"
            advice = place.mend
        }
    }

    public let keys: [Key]
    /// The path of the file that holds them, or `ENCRYPTION_KEY`.
    public let source: String
    public let unreadable: [Unreadable]
    /// When the current key came into force; nil for the first one, and where the settings name it.
    public let rotatedAt: Timestamp?
    /// From when on the old ones can be retired; nil where there are none.
    public let retirableAt: Timestamp?

    /// How many values are sealed with an old key.
    public var outdated: Int { keys.filter { !$0.isCurrent }.reduce(0) { $0 + $1.values } }
    public var values: Int { keys.reduce(0) { $0 + $1.values } }
}

/// What a rotation did.
public struct KeyRotated: Codable, Sendable, Equatable {
    /// False where it went on with one that was under way.
    public let madeKey: Bool
    /// How many values it sealed.
    public let sealed: Int
    public let state: KeyState
}

/// Why keys stay as they are, and what to do.
public struct KeyProblem: Error, CustomStringConvertible, Sendable {
    public let description: String
    public init(_ description: String) { self.description = description }

    static func unreadable(_ found: [KeyState.Unreadable]) -> KeyProblem {
        let shown = found.prefix(20).map { "- \($0.what). \($0.advice)" }
        let more = found.count > shown.count ? ["- and \(found.count - shown.count) more"] : []
        return KeyProblem(
            """
            No key opens \(found.count == 1 ? "one of the secrets" : "\(found.count) of the secrets"), so nothing was changed:
            \((shown + more).joined(separator: "\n"))
            Earlier keys belong into OLD_ENCRYPTION_KEYS. With --leave-unreadable the others are sealed anew without these.
            """)
    }

    static func busy(_ count: Int) -> KeyProblem {
        KeyProblem("\(count) secrets are being changed all the time. Nothing is lost; run the command again to go on with them.")
    }

    static let settings = KeyProblem(
        """
        The key comes from the setting ENCRYPTION_KEY, which this command cannot change. A new key: put it into ENCRYPTION_KEY and the old one \
        in front of OLD_ENCRYPTION_KEYS, restart, run 'postiz keys rotate'. When 'postiz keys status' counts nothing for old keys, take them out \
        of OLD_ENCRYPTION_KEYS. Several machines: docs/operations.md.
        """)
}
