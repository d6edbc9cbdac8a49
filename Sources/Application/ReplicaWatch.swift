import Domain
import Logging
import Persistence
import ServiceLifecycle

/// Looks at the replicas of the database, in every process that serves: nothing is read from one that nobody has looked at.
public struct ReplicaWatch: Service {
    let database: PostgresDatabase
    let replicas: PostgresReplicas
    let time: any TimeSource
    let logger: Logger
    private let interval = Duration.seconds(1)

    /// Nil for a database without replicas.
    public init?(_ database: PostgresDatabase, time: any TimeSource, logger: Logger) {
        guard let replicas = database.replicas else { return nil }
        (self.database, self.replicas, self.time, self.logger) = (database, replicas, time, logger)
    }

    /// What `DATABASE_READ_URL` names; nil when it names nothing. Throws `DatabaseError.failed`.
    public static func replicas(_ configuration: Configuration) throws -> PostgresReplicas? {
        guard !configuration.databaseReadURLs.isEmpty else { return nil }
        return try PostgresReplicas(
            urls: configuration.databaseReadURLs, connections: configuration.databaseReadConnections, pooler: configuration.databasePooler)
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                for (words, isGood) in await replicas.look(beside: database, at: time.now) {
                    logger.log(level: isGood ? .notice : .warning, "\(words)")
                }
                // Cancelled: the loop's condition ends it.
                try? await time.sleep(until: time.now + interval)
            }
        }
    }
}
