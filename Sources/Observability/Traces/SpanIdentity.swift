import Tracing

/// What names a span to others, as W3C Trace Context has it.
public struct SpanIdentity: Sendable, Equatable {
    /// 32 lower-case hexadecimal digits, not all of them zero.
    public let trace: String
    /// 16 of them.
    public let span: String
    /// Whether the trace is kept; nil: to be decided by its id.
    public var isSampled: Bool?
    /// What other systems noted for themselves (`tracestate`): passed on as it came.
    public var state: String?

    /// Of a new trace.
    static func random() -> SpanIdentity { SpanIdentity(trace: hex(.random(in: 1 ... .max)) + hex(.random(in: 0 ... .max)), span: randomSpan()) }

    static func randomSpan() -> String { hex(.random(in: 1 ... .max)) }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    init(trace: String, span: String, isSampled: Bool? = nil, state: String? = nil) {
        (self.trace, self.span, self.isSampled, self.state) = (trace, span, isSampled, state)
    }

    /// From a `traceparent` header; nil when it is none, or of the version that there never will be. Of newer versions the known part counts.
    init?(header: String, state: String? = nil) {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.utf8.count == $1 && $0.utf8.allSatisfy(Self.isHex) }) else { return nil }
        guard parts[0] != "ff", parts[0] != "00" || parts.count == 4, let flags = UInt8(parts[3], radix: 16) else { return nil }
        guard parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" }) else { return nil }
        let state = state.flatMap { $0.isEmpty || $0.utf8.count > 512 || !$0.utf8.allSatisfy { (32..<127).contains($0) } ? nil : $0 }
        self.init(trace: String(parts[1]), span: String(parts[2]), isSampled: flags & 1 == 1, state: state)
    }

    private static func isHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }

    var header: String { "00-\(trace)-\(span)-\(isSampled == true ? "01" : "00")" }
}

/// How many traces are kept.
struct TraceSampler: Sendable {
    /// From 0, none, to 1, all.
    let share: Double

    /// The same for one id in every process: by its last 56 bits, which are random also in ids that begin with a time (UUID version 7).
    func keeps(_ trace: String) -> Bool {
        guard share < 1, let random = UInt64(trace.suffix(14), radix: 16) else { return share > 0 }
        return Double(random) < share * Double(UInt64(1) << 56)
    }
}

extension ServiceContext {
    private enum Key: ServiceContextKey {
        typealias Value = SpanIdentity
        static let nameOverride: String? = "span"
    }

    private enum BeginningKey: ServiceContextKey {
        typealias Value = SpanIdentity
    }

    /// The span that what happens is part of.
    public internal(set) var span: SpanIdentity? {
        get { self[Key.self] }
        set { self[Key.self] = newValue }
    }

    /// What the next span is to be, instead of one of its own: the first of a trace that others can name without having been told of it.
    var beginning: SpanIdentity? {
        get { self[BeginningKey.self] }
        set { self[BeginningKey.self] = newValue }
    }

    /// Within the trace of the thing with this UUID: its digits are the trace's id, the last 16 its first span's. So whoever knows the thing knows
    /// its trace, in any process and at any time, and nothing has to be stored. `beginning`: the next span is that first one.
    public static func trace(of uuid: String, beginning: Bool = false) -> ServiceContext {
        let digits = uuid.filter { $0 != "-" }
        var context = ServiceContext.topLevel
        let first = SpanIdentity(trace: digits, span: String(digits.suffix(16)))
        if beginning { context.beginning = first } else { context.span = first }
        return context
    }
}
