import Synchronization

/// An edition of the IANA time zone database: all zones by all of their names, and where they were read.
public struct ZoneData: Sendable {
    /// The database's own name for the edition, such as `2026f`; empty when the files do not tell.
    public let version: String
    /// The folder that it was read from.
    public let source: String
    /// When its files were made, as far as they tell.
    public let date: Timestamp?
    private let rules: [String: ZoneRules]
    /// The names that are offered to people: one for each zone in each country, without the old and the technical ones.
    public let offered: [String]

    init(version: String, source: String, date: Timestamp?, rules: [String: ZoneRules], offered: [String]) {
        self.version = version
        self.source = source
        self.date = date
        self.rules = rules
        self.offered = ["UTC"] + offered.filter { rules[$0] != nil && $0 != "UTC" }.sorted()
    }

    /// The zone of that name, upper and lower case as the database writes it; nil when there is none. A name is only looked up: it never
    /// becomes a path.
    public func zone(named name: String) -> Zone? {
        if let rules = rules[name] { return Zone(name: name, rules: rules) }
        return name == Zone.utc.name ? .utc : nil
    }

    /// All names, links and old ones too.
    public var names: [String] { rules.keys.sorted() }

    /// Why nothing can be planned where no files are found.
    public static let missing = ProblemReport(
        .internalError,
        "No time zone files are found, so posts would go out at the wrong hour. Install the package tzdata, or name a folder of TZif files in "
            + "POSTIZ_ZONEINFO.")

    /// Nothing but universal time: where no files are found.
    static let none = ZoneData(version: "", source: "nowhere", date: nil, rules: [:], offered: [])
}

extension ZoneData {
    /// Whether a newer edition is to be expected by `now`: several come out each year, so one that is nine months old has been followed.
    /// The files tell their age, and the name its year, for files whose date was lost on the way.
    public func isOld(at now: Timestamp) -> Bool {
        let year = Int(version.prefix(4)).flatMap { WallTime(year: $0 + 1, month: 10, day: 1) }
        return [date.map { $0 + .days(274) }, year?.instant(offset: 0)].compactMap { $0 }.contains { $0 < now }
    }
}

// MARK: - The edition in force

extension ZoneData {
    /// What is used inside `use(_:during:)`.
    @TaskLocal private static var chosen: ZoneData?
    private static let shared = Mutex<ZoneData?>(nil)

    /// The edition by which this process reads and shows times: the newest on this machine unless another was put in force.
    public static var inForce: ZoneData {
        if let chosen { return chosen }
        return shared.withLock { shared in
            if let shared { return shared }
            let newest = ZoneFolder.newest()
            shared = newest
            return newest
        }
    }

    /// Puts this edition in force, for the whole process.
    public func putInForce() { Self.shared.withLock { $0 = self } }

    /// Does `work` as if this edition were in force.
    public func use<Value>(during work: () async throws -> Value) async rethrows -> Value {
        try await Self.$chosen.withValue(self, operation: work)
    }
}
