import Foundation
import NIOConcurrencyHelpers
import Tracing

/// Records spans for a `TraceExport`, and takes and gives their names as W3C Trace Context has it.
///
/// What a span holds is what our own code puts there: of errors nothing but their type, since their words may quote what people wrote, or secrets.
public struct RecordingTracer: Tracer {
    private let sampler: TraceSampler
    private let export: TraceExport

    /// `share`: of the traces that begin here, from 0 to 1; where a caller has decided, that counts.
    public init(export: TraceExport, share: Double) {
        (self.export, sampler) = (export, TraceSampler(share: share))
    }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind, at instant: @autoclosure () -> Instant,
        function: String, file fileID: String, line: UInt
    ) -> RecordedSpan {
        var context = context()
        let parent = context.beginning == nil ? context.span : nil
        var identity = context.beginning ?? .random()
        if let parent {
            identity = SpanIdentity(trace: parent.trace, span: SpanIdentity.randomSpan(), isSampled: parent.isSampled, state: parent.state)
        }
        let isSampled = identity.isSampled ?? sampler.keeps(identity.trace)
        identity.isSampled = isSampled
        (context.span, context.beginning) = (identity, nil)
        let content = SpanContent(
            identity: identity, parent: parent?.span, kind: kind, name: operationName, start: instant().nanosecondsSinceEpoch)
        return RecordedSpan(context: context, content: content, export: isSampled ? export : nil)
    }

    public func forceFlush() {}

    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let header = extractor.extract(key: "traceparent", from: carrier) else { return }
        context.span = SpanIdentity(header: header, state: extractor.extract(key: "tracestate", from: carrier)) ?? context.span
    }

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let span = context.span else { return }
        injector.inject(span.header, forKey: "traceparent", into: &carrier)
        if let state = span.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }
}

/// What is known of a span.
struct SpanContent: Sendable {
    struct Event: Sendable {
        let name: String
        let at: UInt64
        let attributes: SpanAttributes
    }

    static let mostOfAKind = 32

    let identity: SpanIdentity
    /// Nil for the first of a trace.
    let parent: String?
    let kind: SpanKind
    var name: String
    /// Nanoseconds since 1970.
    let start: UInt64
    var end: UInt64?
    var attributes: SpanAttributes = [:]
    var isFailed = false
    var events: [Event] = []
    var links: [SpanIdentity] = []

    init(identity: SpanIdentity, parent: String?, kind: SpanKind, name: String, start: UInt64) {
        (self.identity, self.parent, self.kind, self.name, self.start) = (identity, parent, kind, name, start)
    }
}

/// A span that is kept when it ends; one of a trace that is not kept only has its name.
public struct RecordedSpan: Span {
    public let context: ServiceContext
    private let content: NIOLockedValueBox<SpanContent>
    private let export: TraceExport?

    init(context: ServiceContext, content: SpanContent, export: TraceExport?) {
        (self.context, self.content, self.export) = (context, NIOLockedValueBox(content), export)
    }

    public var isRecording: Bool { export != nil && content.withLockedValue { $0.end == nil } }

    public var operationName: String {
        get { content.withLockedValue { $0.name } }
        nonmutating set { change { $0.name = newValue } }
    }

    public var attributes: SpanAttributes {
        get { content.withLockedValue { $0.attributes } }
        nonmutating set { change { $0.attributes = newValue } }
    }

    public func setStatus(_ status: SpanStatus) { change { $0.isFailed = status.code == .error } }

    public func addEvent(_ event: SpanEvent) {
        add(.init(name: event.name, at: event.nanosecondsSinceEpoch, attributes: event.attributes))
    }

    public func addLink(_ link: SpanLink) {
        guard let identity = link.context.span else { return }
        change { if $0.links.count < SpanContent.mostOfAKind { $0.links.append(identity) } }
    }

    public func recordError<Instant: TracerInstant>(_ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant) {
        var known = SpanAttributes()
        known["exception.type"] = "\(type(of: error))"
        add(.init(name: "exception", at: instant().nanosecondsSinceEpoch, attributes: known))
    }

    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let time = instant().nanosecondsSinceEpoch
        let whole = content.withLockedValue { content -> SpanContent? in
            guard content.end == nil else { return nil }
            content.end = max(time, content.start)
            return content
        }
        if let whole { export?.offer(whole) }
    }

    private func add(_ event: SpanContent.Event) {
        change { if $0.events.count < SpanContent.mostOfAKind { $0.events.append(event) } }
    }

    private func change(_ body: (inout SpanContent) -> Void) {
        guard export != nil else { return }
        content.withLockedValue { if $0.end == nil { body(&$0) } }
    }
}
