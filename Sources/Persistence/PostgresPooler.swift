/// What stands between us and PostgreSQL, as far as it decides how statements are sent.
public enum PostgresPooler: String, Sendable, CaseIterable {
    /// Each connection finds out: behind any pooler statements go without names, which is right for every kind.
    case automatic = "auto"
    /// Nothing, or a pooler that gives a client one server connection for as long as it stays: statements are prepared by name.
    case session
    /// A pooler that gives a client a server connection for one transaction only: a name would belong to somebody else's connection.
    case transaction
}

extension PostgresDatabase {
    /// Whether a pooler stands between: the process that answers is not the one that greeted. Throws `DatabaseError`.
    public func isBehindPooler() async throws -> Bool { try await onThread { try self.withConnection { $0.isPooled } } }

    /// Whether what is notified over an ordinary connection reaches a listener within ten seconds. False behind a pooler that pools by
    /// transaction, where the direct address is missing, or where it names another server. Throws `DatabaseError`.
    public func hearsItself() async throws -> Bool {
        let channel = "postiz_check_\(UInt64.random(in: 0 ... .max))"
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await notification in self.notifications(on: channel) {
                    guard case .listening = notification else { return true }
                    try await self.write { _ = try $0.query("SELECT pg_notify($1, $2)", channel, "") }
                }
                return false
            }
            group.addTask {
                try await Task.sleep(for: .seconds(10))
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }
}
