import Foundation
import Logging
import Metrics
import NIOConcurrencyHelpers

/// Sends ended spans to a collector in batches, in the JSON encoding of OTLP/HTTP 1.x. Whoever ends a span never waits: it joins a queue, and
/// where that is full it is dropped and counted in `postiz_trace_spans_total{outcome="dropped"}`.
public struct TraceExport: Sendable {
    /// What a collector answered.
    public struct Answer: Sendable {
        public let status: Int
        public let body: Data

        public init(status: Int, body: Data) { (self.status, self.body) = (status, body) }
    }

    /// Sends one request; throws when nothing was answered.
    public typealias Send = @Sendable (_ body: Data) async throws -> Answer

    static let mostWaiting = 2048
    static let batch = 512
    private static let pauses: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

    /// What all spans are of, such as `service.name`.
    private let resource: [String: String]
    private let version: String
    private let logger: Logger
    private let send: Send
    private let queue = NIOLockedValueBox<[SpanContent]>([])
    private let isAway = NIOLockedValueBox(false)

    public init(resource: [String: String], version: String, logger: Logger, send: @escaping Send) {
        (self.resource, self.version, self.logger, self.send) = (resource, version, logger, send)
    }

    func offer(_ span: SpanContent) {
        let isTaken = queue.withLockedValue { queue in
            guard queue.count < Self.mostWaiting else { return false }
            queue.append(span)
            return true
        }
        if !isTaken { count(1, "dropped") }
    }

    /// Sends what comes every second, until it is cancelled.
    public func run() async {
        while !Task.isCancelled {
            // Cancelled: what is left is for `flush`.
            try? await Task.sleep(for: .seconds(1))
            await sendAll(pauses: Self.pauses)
        }
    }

    /// Sends what is left, without trying again.
    public func flush() async { await sendAll(pauses: []) }

    private func sendAll(pauses: [Duration]) async {
        while !Task.isCancelled {
            let spans = queue.withLockedValue { queue in
                defer { queue.removeFirst(min(queue.count, Self.batch)) }
                return Array(queue.prefix(Self.batch))
            }
            guard !spans.isEmpty else { return }
            await deliver(spans, pauses: pauses)
        }
    }

    private func deliver(_ spans: [SpanContent], pauses: [Duration]) async {
        let body: Data
        do { body = try OTLPRequest(spans, resource: resource, version: version).data() } catch {
            logger.error("spans could not be written", metadata: ["error": "\(error)"])
            return count(spans.count, "dropped")
        }
        for pause in pauses + [.zero] {
            let reason: String
            do {
                let answer = try await send(body)
                switch answer.status {
                case 200..<300:
                    let rejected = OTLPRequest.rejected(in: answer.body)
                    count(spans.count - rejected, "sent")
                    if rejected > 0 { count(rejected, "refused") }
                    return tell(nil)
                case 429, 502, 503, 504: reason = "status \(answer.status)"  // The specification's list of those that may pass.
                default:
                    count(spans.count, "refused")
                    return tell("status \(answer.status)")
                }
            } catch {
                reason = "\(error)"
            }
            // The end of the process: `flush` tries once more.
            if Task.isCancelled { return queue.withLockedValue { $0.insert(contentsOf: spans, at: 0) } }
            tell(reason)
            // Cancelled: seen at the next turn.
            if pause != .zero { try? await Task.sleep(for: pause) }
        }
        count(spans.count, "dropped")
    }

    /// Says once when the collector goes away, and once when it is back.
    private func tell(_ reason: String?) {
        let isNew = isAway.withLockedValue { isAway in
            defer { isAway = reason != nil }
            return isAway != (reason != nil)
        }
        guard isNew else { return }
        if let reason {
            logger.warning("traces cannot be sent: check OTEL_EXPORTER_OTLP_ENDPOINT", metadata: ["reason": "\(reason)"])
        } else {
            logger.notice("traces are sent again")
        }
    }

    private func count(_ number: Int, _ outcome: String) {
        Counter(label: "postiz_trace_spans_total", dimensions: [("outcome", outcome)]).increment(by: number)
    }
}
