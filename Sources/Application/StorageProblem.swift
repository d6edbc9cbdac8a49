import Domain
import Persistence

extension ProblemReport {
    /// What to tell a caller when the database cannot be reached; nil for any other error.
    public init?(unavailable error: any Error) {
        switch error {
        case DatabaseError.unavailable, DatabaseError.closed:
            self.init(
                .databaseUnavailable, "The database cannot be reached just now. Nothing was stored: try again in a moment.",
                retryAfter: .seconds(5))
        case DatabaseError.full:
            self.init(
                .storageFull,
                "The disk that holds the database is full, and nothing was stored. Ask the operator to make room; what is planned goes out "
                    + "by itself then.")
        case DatabaseError.damaged:
            self.init(
                .databaseUnavailable, "The database is damaged. Nothing was stored: its operator has to stop the server and restore a backup.",
                retryAfter: .minutes(5))
        default: return nil
        }
    }
}
