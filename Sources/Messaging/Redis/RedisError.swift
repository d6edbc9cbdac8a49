import Foundation

/// Why Redis did not do what it was asked.
public enum RedisError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It cannot be reached, did not answer in time, or is not ready; what it was asked may have been done or not.
    case unavailable(String)
    case refused(RedisRefusal)

    public var description: String {
        switch self {
        case .unavailable(let words): words
        case .refused(let refusal): refusal.words
        }
    }
}

/// An error that a server answered. Only its first word is the same in every version and in Valkey.
public struct RedisRefusal: Sendable, Equatable {
    public let words: String

    /// A server that does not know a command repeats what it was given with it, which for AUTH is the password: that is left out.
    public init(_ words: String) { self.words = words.range(of: ", with args").map { String(words[..<$0.lowerBound]) } ?? words }

    public var code: String { String(words.prefix { $0 != " " }) }

    public enum Meaning: Sendable, Equatable {
        /// The stream or its group is gone (FLUSHALL, a restart without a file): make it again.
        case groupGone
        /// Somebody else uses the name of a key of ours. It is not ours to remove.
        case wrongType
        /// The server cannot now: it loads, is a replica, is full, or cannot write its file. Later.
        case notNow
        /// The operator's to mend.
        case credentials
        case other
    }

    public var meaning: Meaning {
        switch code {
        case "NOGROUP", "UNBLOCKED": .groupGone
        case "WRONGTYPE": .wrongType
        case "LOADING", "READONLY", "MISCONF", "OOM", "MASTERDOWN", "BUSY", "TRYAGAIN", "CLUSTERDOWN": .notNow
        case "NOAUTH", "WRONGPASS", "NOPERM": .credentials
        default: .other
        }
    }

    /// Whether another connection may find what this one does not: the address may lead to another server by now, and one that cannot write
    /// its file, or loads it, is asked again before it is trusted again.
    var asksForReconnect: Bool { ["READONLY", "MISCONF", "LOADING", "MASTERDOWN", "NOAUTH"].contains(code) }

    /// What the operator can do.
    public var advice: String {
        switch code {
        case "OOM": "It has reached its maxmemory: raise that, or empty what else is kept there."
        case "MISCONF": "It cannot write its snapshot: look at its disk and its log."
        case "READONLY": "It is a replica: let REDIS_URL name the primary, or use Sentinel addresses."
        case "LOADING": "It is loading its file; that passes."
        case "WRONGTYPE": "A key that begins with 'postiz:' was replaced by somebody else: give Postiz a database of its own."
        case "NOAUTH", "WRONGPASS": "Put the right user and password into REDIS_URL."
        case "NOPERM": "Its user may not run all commands on keys and channels that begin with 'postiz:'."
        default: "Look at its log."
        }
    }
}
