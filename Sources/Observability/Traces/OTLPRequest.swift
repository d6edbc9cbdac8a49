import Foundation
import Tracing

/// An `ExportTraceServiceRequest` as OTLP 1.x writes it in JSON: names in lowerCamelCase, ids in hexadecimal digits, 64-bit numbers as text,
/// enumerations as numbers.
struct OTLPRequest: Encodable {
    private struct Resource: Encodable { let attributes: [Attribute] }
    private struct Scope: Encodable { let name: String, version: String }
    private struct ScopeSpans: Encodable { let scope: Scope, spans: [Span] }
    private struct ResourceSpans: Encodable { let resource: Resource, scopeSpans: [ScopeSpans] }
    private struct Status: Encodable { let code: Int }
    private struct Link: Encodable { let traceId: String, spanId: String }
    private struct Event: Encodable { let name: String, timeUnixNano: String, attributes: [Attribute] }

    private struct Span: Encodable {
        let traceId: String
        let spanId: String
        let parentSpanId: String?
        let traceState: String?
        let name: String
        let kind: Int
        let startTimeUnixNano: String
        let endTimeUnixNano: String
        let attributes: [Attribute]
        let events: [Event]
        let links: [Link]
        let status: Status
    }

    private struct Attribute: Encodable {
        let key: String
        let value: Value
    }

    private struct Value: Encodable {
        var stringValue: String?
        var intValue: String?
        var doubleValue: Double?
        var boolValue: Bool?
    }

    private let resourceSpans: [ResourceSpans]

    init(_ spans: [SpanContent], resource: [String: String], version: String) {
        let attributes = resource.sorted { $0.key < $1.key }.map { Attribute(key: $0.key, value: Value(stringValue: $0.value)) }
        let own = ScopeSpans(scope: Scope(name: "postiz", version: version), spans: spans.map(Self.span))
        resourceSpans = [ResourceSpans(resource: Resource(attributes: attributes), scopeSpans: [own])]
    }

    func data() throws -> Data { try JSONEncoder().encode(self) }

    /// How many spans a collector that took the others refused.
    static func rejected(in answer: Data) -> Int {
        struct Answer: Decodable {
            struct Partial: Decodable { let rejectedSpans: Number? }
            let partialSuccess: Partial?
        }
        struct Number: Decodable {
            let value: Int
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                value = try (try? container.decode(Int.self)) ?? Int(container.decode(String.self)) ?? 0
            }
        }
        // An answer without a text is one without a complaint.
        return (try? JSONDecoder().decode(Answer.self, from: answer))?.partialSuccess?.rejectedSpans?.value ?? 0
    }

    private static func span(_ span: SpanContent) -> Span {
        Span(
            traceId: span.identity.trace, spanId: span.identity.span, parentSpanId: span.parent, traceState: span.identity.state, name: span.name,
            kind: number(of: span.kind), startTimeUnixNano: "\(span.start)", endTimeUnixNano: "\(span.end ?? span.start)",
            attributes: list(span.attributes),
            events: span.events.map { Event(name: $0.name, timeUnixNano: "\($0.at)", attributes: list($0.attributes)) },
            links: span.links.map { Link(traceId: $0.trace, spanId: $0.span) }, status: Status(code: span.isFailed ? 2 : 0))
    }

    private static func number(of kind: SpanKind) -> Int {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }

    private static func list(_ attributes: SpanAttributes) -> [Attribute] {
        var list: [Attribute] = []
        attributes.forEach { key, value in
            guard list.count < SpanContent.mostOfAKind, let value = Self.value(value) else { return }
            list.append(Attribute(key: key, value: value))
        }
        return list
    }

    private static func value(_ attribute: SpanAttribute) -> Value? {
        switch attribute {
        case .int32(let number): Value(intValue: "\(number)")
        case .int64(let number): Value(intValue: "\(number)")
        case .double(let number): number.isFinite ? Value(doubleValue: number) : nil
        case .bool(let flag): Value(boolValue: flag)
        case .string(let text): Value(stringValue: String(text.prefix(256)))
        case .stringConvertible(let thing): Value(stringValue: String("\(thing)".prefix(256)))
        default: nil
        }
    }
}
