import Domain
import Persistence

/// What a workspace may use of a language model in a month of its own clocks.
struct AIBudget: Sendable {
    /// Where there is no limit.
    private static let boundless = 1_000_000_000_000_000

    let tokens: Int?
    let database: any Database
    let time: any TimeSource

    /// What is put aside for a request that is under way.
    struct Reservation: Sendable {
        let organization: OrganizationID
        let month: String
        let tokens: Int
    }

    /// The workspace's month, such as `2026-11`.
    func month(of organization: OrganizationID, in transaction: any Transaction) throws -> String {
        let name = try OrganizationRepository.find(organization, in: transaction)?.timeZone ?? "UTC"
        return String(WallTime(time.now, in: try Schedule.timeZone(name)).dayText.prefix(7))
    }

    func count(_ used: Int) -> AITokenCount { AITokenCount(used: used, left: tokens.map { max(0, $0 - used) }) }

    /// So that many requests at once do not go over it. Throws `AI_BUDGET_SPENT`.
    func reserve(_ tokens: Int, for organization: OrganizationID) async throws -> Reservation {
        try await database.write { transaction in
            let month = try month(of: organization, in: transaction)
            try AIRepository.removeUsage(before: month, of: organization, in: transaction)
            guard try AIRepository.reserve(tokens, of: self.tokens ?? Self.boundless, in: month, for: organization, in: transaction) else {
                let used = try AIRepository.used(in: month, of: organization, in: transaction)
                throw ProblemReport(
                    .aiBudgetSpent,
                    "This workspace has used \(used) of the \(self.tokens ?? 0) tokens that it has for help with writing this month, and this would "
                        + "take about \(tokens). It goes on next month, or when the operator raises AI_MONTHLY_BUDGET.",
                    details: ["used": .number(Double(used)), "budget": .number(Double(self.tokens ?? 0))])
            }
            return Reservation(organization: organization, month: month, tokens: tokens)
        }
    }

    /// Counts what it was. Returns what the month has.
    @discardableResult
    func settle(_ reservation: Reservation, as tokens: Int) async throws -> Int {
        try await database.write {
            try AIRepository.settle(tokens - reservation.tokens, in: reservation.month, of: reservation.organization, in: $0)
        }
    }
}
