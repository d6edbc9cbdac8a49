import Domain
import Persistence

extension ProblemReport {
    /// `field` is where the channel was named.
    static func unknownChannel(_ id: IntegrationID, field: String = "integrationId") -> ProblemReport {
        ProblemReport(.unknownChannel, "There is no channel \(id).", details: ["field": .string(field)])
    }
}

extension Caller {
    /// Throws `UNKNOWN_CHANNEL` unless each of `ids` is a channel of the workspace. `field` is where they were named.
    func requireChannels(_ ids: [IntegrationID], field: String = "integrationIds", in transaction: any Transaction) throws {
        guard !ids.isEmpty else { return }
        let known = Set(try IntegrationRepository.list(of: organizationId, in: transaction).map(\.id))
        guard let unknown = ids.first(where: { !known.contains($0) }) else { return }
        throw ProblemReport.unknownChannel(unknown, field: field)
    }
}
