import Domain
import Logging

/// A conversation over a pair of ordered channels, one message a line: standard input and output, or a stream with posts beside it.
/// It speaks both eras; each request says which one it belongs to.
public final class LineServer: Sendable {
    /// `send` is called with one message at a time, without line break, in the order in which they go out.
    public init(
        context: any ModelContext, secret: [UInt8], time: any TimeSource, logger: Logger, send: @escaping @Sendable (String) async -> Void
    ) {
    }

    /// Takes one message. Returns when it is understood: requests are answered later, several at a time.
    public func receive(_ message: String) async {}

    /// Waits until all requests are answered, except subscriptions, which stay open.
    public func drain() async {}

    /// Ends the conversation: cancels what runs and sends nothing any more.
    public func close() async {}
}
