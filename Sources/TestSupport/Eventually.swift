/// Waits until `condition` holds; throws `NeverHappened` with `what` when it did not within the limit.
public func eventually(
    within limit: Duration = .seconds(120), _ what: String, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverHappened(what: what, limit: limit) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

public struct NeverHappened: Error, CustomStringConvertible {
    public let what: String
    public let limit: Duration
    public var description: String { "within \(limit) this did not happen: \(what)" }
}
