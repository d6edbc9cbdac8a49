/// What a server says of itself, for `doctor` and the start.
public struct RedisInspection: Sendable, Equatable {
    public let product: String
    public let version: String
    /// Whether acknowledged writes survive a crash of the server.
    public let durability: Durability
    /// What the server does when its memory is full, such as `noeviction`; nil when it does not tell.
    public let evictionPolicy: String?

    public enum Durability: Sendable, Equatable {
        case nothing
        case snapshots
        case appendOnly
        /// The server does not tell, as some that are run by others.
        case unknown
    }

    /// Connects once. Throws when the server cannot be used.
    public static func of(_ address: RedisAddress, authorities: String? = nil) async throws -> RedisInspection {
        let connection = try await RedisConnector(address, authorities: authorities).connect()
        defer { connection.close() }
        let answers = try await connection.send(
            ["server", "persistence", "memory"].map { RedisCommand("INFO", $0) } + [RedisCommand("CONFIG", "GET", "save")],
            patience: RedisConnector.patience)
        let facts = answers.prefix(3).compactMap(\.text).joined(separator: "\n")
        return RedisInspection(facts: facts, save: answers[3].array.flatMap { $0.count == 2 ? $0[1].text : nil })
    }

    /// `facts` are the lines of `INFO`, `save` the setting of that name, nil when it may not be read.
    init(facts text: String, save: String?) {
        var facts: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { facts[String(parts[0])] = String(parts[1]) }
        }
        // Valkey claims to be Redis 7.2.4 as well, for the sake of old clients.
        product = facts["valkey_version"] == nil ? "Redis" : "Valkey"
        version = facts["valkey_version"] ?? facts["redis_version"] ?? "of unknown version"
        durability =
            facts["aof_enabled"] == "1" ? .appendOnly : save.map { $0.isEmpty ? .nothing : .snapshots } ?? .unknown
        evictionPolicy = facts["maxmemory_policy"]
    }

    /// Of one that is too old for what we ask of it (XAUTOCLAIM).
    public var isTooOld: Bool {
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        return product == "Redis" && !numbers.isEmpty && numbers.lexicographicallyPrecedes([6, 2])
    }

    /// What the operator should know.
    public var remarks: [String] {
        var remarks: [String] = []
        switch durability {
        case .nothing: remarks.append("It keeps nothing over a restart; that is harmless here: the database keeps all work.")
        case .snapshots: remarks.append("It keeps snapshots only: acknowledged work may come back after a crash; that is harmless here.")
        case .appendOnly, .unknown: break
        }
        return remarks
    }

    /// What the operator should change; nil when all is well.
    public var warning: String? {
        guard let evictionPolicy, evictionPolicy != "noeviction" else { return nil }
        return "maxmemory-policy is \(evictionPolicy): when its memory is full it drops limits and hints of work. Set it to noeviction."
    }
}
