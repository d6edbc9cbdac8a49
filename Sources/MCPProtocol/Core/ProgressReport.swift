import Domain
import NIOConcurrencyHelpers

/// The progress of one request, where its client asked for it.
final class ProgressReport: Sendable {
    private let token: RequestID?
    private let revision: Revision
    private let last = NIOLockedValueBox(-Double.infinity)

    init(params: JSONValue, revision: Revision) {
        token = RequestID(params["_meta"]?["progressToken"])
        self.revision = revision
    }

    /// The notification; nil when nobody asked, or when it would not rise, which clients may take for an error.
    func text(_ done: Double, of total: Double?, _ message: String?) -> String? {
        guard let token else { return nil }
        let rises = last.withLockedValue { last in
            defer { last = max(last, done) }
            return done > last
        }
        guard rises else { return nil }
        return Message.notification(
            "notifications/progress",
            [
                "progressToken": token.json, "progress": .number(done), "total": total.map { .number($0) } ?? .null,
                "message": revision >= .march2025 ? message.map { .string($0) } ?? .null : .null,
            ])
    }
}
