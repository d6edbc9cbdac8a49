import NIOConcurrencyHelpers

/// A value that is decided once and awaited by one task.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value?, Never>)
        case fulfilled(Value)
        case abandoned
    }

    private let state = NIOLockedValueBox(State.open)

    /// Decides; does nothing the second time. Tells whether this was the first.
    @discardableResult
    func fulfil(_ value: Value) -> Bool {
        let (isFirst, waiting) = state.withLockedValue { state -> (Bool, CheckedContinuation<Value?, Never>?) in
            switch state {
            case .open:
                state = .fulfilled(value)
                return (true, nil)
            case .awaited(let continuation):
                state = .fulfilled(value)
                return (true, continuation)
            case .fulfilled, .abandoned: return (false, nil)
            }
        }
        waiting?.resume(returning: value)
        return isFirst
    }

    var isFulfilled: Bool { state.withLockedValue { if case .fulfilled = $0 { true } else { false } } }

    /// The value, once it is decided; nil when the awaiting task is cancelled before.
    func value() async -> Value? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = state.withLockedValue { state -> Value?? in
                    switch state {
                    case .open:
                        state = .awaited(continuation)
                        return nil
                    case .fulfilled(let value): return .some(value)
                    case .awaited, .abandoned: return .some(nil)
                    }
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            let waiting = state.withLockedValue { state -> CheckedContinuation<Value?, Never>? in
                switch state {
                case .open: state = .abandoned
                case .awaited(let continuation):
                    state = .abandoned
                    return continuation
                case .fulfilled, .abandoned: break
                }
                return nil
            }
            waiting?.resume(returning: nil)
        }
    }
}
