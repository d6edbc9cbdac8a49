import Domain
import Persistence

extension Database {
    /// As `write`. Where a name stands there already, which the database sees to, it throws `CONFLICT`.
    func writeUnlessNameIsTaken<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        do {
            return try await write(work)
        } catch DatabaseError.uniqueViolation {
            throw ProblemReport(.conflict, "This name is taken.", details: ["field": "name"])
        }
    }
}
