/// The clocks of a part of the world, as the IANA time zone database tells them: their distance to UTC at every instant.
///
/// Everything in the product that needs a zone takes one of these, from `ZoneData`: the rules change several times a year, and what a
/// programming language's library brings along is as old as the executable.
public struct Zone: Sendable, Equatable {
    /// The IANA name by which it was asked for, such as `Europe/Paris`; a link such as `Asia/Calcutta` keeps its own name.
    public let name: String
    private let rules: ZoneRules

    init(name: String, rules: ZoneRules) {
        self.name = name
        self.rules = rules
    }

    /// Reads a TZif file (RFC 9636, version 2 or newer). Throws `ZoneFileError` when it is none, or breaks the format's rules.
    public init(name: String, file: [UInt8]) throws(ZoneFileError) { self.init(name: name, rules: try ZoneRules(file: file)) }

    /// The clocks that `rule` describes, in the words of POSIX `TZ` with the extensions of RFC 9636 §3.3.1: `EST5EDT,M3.2.0,M11.1.0`.
    public init(name: String, rule: String) throws(ZoneFileError) {
        self.init(name: name, rules: ZoneRules(rule: try PosixRule(rule)))
    }

    /// Coordinated universal time, which needs no data.
    public static let utc = Zone(name: "UTC", rules: ZoneRules(fixed: 0))

    /// Whether it is universal time under one of its names. London in winter is not.
    public var isUTC: Bool { Self.universal.contains(name) }
    static let universal: Set<String> = ["UTC", "UCT", "Zulu", "Universal", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "Etc/Universal"]

    /// How many seconds its clocks run ahead of UTC at `instant`; negative in the west.
    public func offset(at instant: Timestamp) -> Int { rules.offset(at: instant.second) }

    /// A moment at which its clocks are set, or come to belong to another rule.
    public struct Change: Sendable, Equatable {
        public let at: Timestamp
        /// Seconds ahead of UTC before and after it; they differ.
        public let before: Int
        public let after: Int
    }

    /// The moments after `start` and up to `end` at which its clocks are set, in the order of time.
    public func changes(after start: Timestamp, until end: Timestamp) -> [Change] {
        var before = offset(at: start)
        return rules.moments(after: start.second, until: end.second).compactMap { moment in
            defer { before = moment.offset }
            guard moment.offset != before else { return nil }
            return Change(at: Timestamp(milliseconds: Int64(moment.at) * 1000), before: before, after: moment.offset)
        }
    }

    public static func == (left: Zone, right: Zone) -> Bool { left.name == right.name && left.rules === right.rules }
}

/// From when on clocks have a distance to UTC; both in seconds.
struct ZoneMoment: Equatable {
    let at: Int
    let offset: Int
}

/// What a zone file says, shared by all names of a zone.
final class ZoneRules: Sendable {
    /// Before the first of `moments`.
    private let first: Int
    /// In the order of time.
    private let listed: [ZoneMoment]
    /// What holds after the last of `moments`; nil: its offset, for good.
    private let rule: PosixRule?

    init(first: Int, moments: [ZoneMoment], rule: PosixRule?) {
        self.first = first
        listed = moments
        self.rule = rule
    }

    convenience init(fixed offset: Int) { self.init(first: offset, moments: [], rule: nil) }
    convenience init(rule: PosixRule) { self.init(first: rule.standard, moments: [], rule: rule) }

    func offset(at second: Int) -> Int {
        guard let last = listed.last else { return rule?.offset(at: second) ?? first }
        if second >= last.at { return rule?.offset(at: second) ?? last.offset }
        let index = index(after: second)
        return index == 0 ? first : listed[index - 1].offset
    }

    /// The position of the first moment that lies after `second`.
    private func index(after second: Int) -> Int {
        var (low, high) = (0, listed.count)
        while low < high {
            let middle = (low + high) / 2
            if listed[middle].at <= second { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func moments(after start: Int, until end: Int) -> [ZoneMoment] {
        guard start < end else { return [] }
        let known = Array(listed[index(after: start)..<index(after: end)])
        guard let rule, end > listed.last?.at ?? Int.min else { return known }
        let border = max(start, listed.last?.at ?? Int.min)
        return known + rule.moments(after: border, until: end)
    }
}

extension Timestamp {
    /// Whole seconds since 1970, rounded down.
    var second: Int { Int(milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000) }
}
