import Domain
import NIOConcurrencyHelpers

/// Events within one process.
public final class LocalEventBus: EventBus {
    private struct State {
        var nextListener = 0
        var listeners: [OrganizationID: [Int: AsyncStream<ProductEvent>.Continuation]] = [:]
    }
    private let state = NIOLockedValueBox(State())

    public init() {}

    public func publish(_ event: ProductEvent) async {
        let listeners = state.withLockedValue { Array(($0.listeners[event.organizationId] ?? [:]).values) }
        for listener in listeners { listener.yield(event) }
    }

    public func events(of organization: OrganizationID) -> AsyncStream<ProductEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: ProductEvent.self, bufferingPolicy: .bufferingNewest(256))
        let id = state.withLockedValue { state in
            state.nextListener += 1
            state.listeners[organization, default: [:]][state.nextListener] = continuation
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in self?.remove(id, of: organization) }
        return stream
    }

    private func remove(_ id: Int, of organization: OrganizationID) {
        state.withLockedValue { state in
            state.listeners[organization]?[id] = nil
            if state.listeners[organization]?.isEmpty == true { state.listeners[organization] = nil }
        }
    }
}
