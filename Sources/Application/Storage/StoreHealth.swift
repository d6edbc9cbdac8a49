import Domain
import NIOConcurrencyHelpers

/// What the last look at the store of files found.
public final class StoreHealth: Sendable {
    private let store: any MediaStore
    private let last = NIOLockedValueBox<String?>(nil)

    init(_ store: any MediaStore) { self.store = store }

    /// Why files cannot be stored or read; nil when they can, or nobody has looked yet.
    public var problem: String? { last.withLockedValue { $0 } }

    public func look() async {
        var found: String?
        do {
            try await store.check()
        } catch let error as StoreError {
            found = error.problem.message
        } catch {
            found = "The store of files cannot be used: \(error)"
        }
        last.withLockedValue { [found] in $0 = found }
    }
}
