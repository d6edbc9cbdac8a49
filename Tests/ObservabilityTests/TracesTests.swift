import Foundation
import Logging
import NIOConcurrencyHelpers
import Testing
import Tracing

@testable import Observability

@Suite("Traces") struct TracesTests {
    @Test(
        "take the names that W3C Trace Context gives, and no others",
        arguments: [
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true), ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true),
            ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes", true),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff", true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false), ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
            ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false), ("00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false), ("", false), ("00-ü-b7ad6b7169203331-01", false),
        ])
    func headers(_ header: String, isName: Bool) {
        let found = SpanIdentity(header: header)
        #expect((found != nil) == isName)
        #expect(found.map(\.trace) == (isName ? "0af7651916cd43dd8448eb211c80319c" : nil))
        if let found, header.hasPrefix("00") { #expect(found.header == header) }
    }

    @Test("go on in the caller's, and give it to whom they call")
    func propagation() async throws {
        let world = World(share: 0)
        var context = ServiceContext.topLevel
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        world.tracer.extract(["traceparent": header, "tracestate": "a=1,b=2"], into: &context, using: Carrier())
        let outer = world.tracer.startSpan("outer", context: context)
        let inner = world.tracer.startSpan("inner", context: outer.context)
        var sent: [String: String] = [:]
        world.tracer.inject(inner.context, into: &sent, using: Carrier())
        inner.end()
        outer.end()
        let spans = try await world.spans()
        #expect(spans.map(\.name) == ["inner", "outer"])
        #expect(Set(spans.map(\.traceId)) == ["0af7651916cd43dd8448eb211c80319c"])
        #expect(spans[1].parentSpanId == "b7ad6b7169203331" && spans[0].parentSpanId == spans[1].spanId)
        #expect(sent == ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-\(spans[0].spanId)-01", "tracestate": "a=1,b=2"])
    }

    @Test("of a thing are found by its id alone, in another process too")
    func ofAThing() async throws {
        let id = "0192f0c1-2a3b-7c4d-8e5f-60718293a4b5"
        let (one, other) = (World(share: 1), World(share: 1))
        one.tracer.startSpan("make", context: .trace(of: id, beginning: true)).end()
        other.tracer.startSpan("publish", context: .trace(of: id)).end()
        let (first, second) = (try #require(try await one.spans().first), try #require(try await other.spans().first))
        #expect(first.traceId == "0192f0c12a3b7c4d8e5f60718293a4b5" && second.traceId == first.traceId)
        #expect(first.parentSpanId == nil && second.parentSpanId == first.spanId && second.spanId != first.spanId)
    }

    @Test("are kept in the share that is asked for, whole or not at all", arguments: [0, 0.25, 0.5, 1])
    func share(_ share: Double) {
        // Version 7 ids: their first bits are a time, and two others are fixed.
        let ids = (0..<4000).map { _ in "0192f0c12a3b7c4d8" + String((0..<15).map { _ in "0123456789abcdef".randomElement() ?? "0" }) }
        let kept = ids.filter(TraceSampler(share: share).keeps)
        #expect(abs(Double(kept.count) / 4000 - share) < 0.05)
        #expect(kept == ids.filter(TraceSampler(share: share).keeps))
    }

    @Test("that are not kept are not sent, and their names go on")
    func notKept() async throws {
        let world = World(share: 0)
        let span = world.tracer.startSpan("quiet")
        #expect(!span.isRecording)
        var sent: [String: String] = [:]
        world.tracer.inject(span.context, into: &sent, using: Carrier())
        #expect(sent["traceparent"]?.hasSuffix("-00") == true)
        span.end()
        #expect(try await world.spans().isEmpty)
    }

    private struct Refused: Error, CustomStringConvertible {
        let description = "the text of a post, and a token"
    }

    @Test("tell of an error its type, never its words")
    func errors() async throws {
        let world = World(share: 1)
        let span = world.tracer.startSpan("fails")
        span.recordError(Refused(), attributes: ["words": "the text of a post"], at: DefaultTracerClock.now)
        span.setStatus(.init(code: .error, message: "the text of a post"))
        span.end()
        let body = try #require(await world.bodies().first)
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains("Refused") && !text.contains("text of a post") && !text.contains("token"))
    }

    @Test("that wait are bounded, and what is dropped never delays anybody")
    func bounded() async throws {
        let world = World(share: 1)
        for number in 0..<(TraceExport.mostWaiting + 100) { world.tracer.startSpan("\(number)").end() }
        let spans = try await world.spans()
        #expect(spans.count == TraceExport.mostWaiting && spans.last?.name == "\(TraceExport.mostWaiting - 1)")
        #expect(await world.bodies().allSatisfy { $0.count < 1_000_000 })
    }

    @Test("are given up when the collector refuses them, and the next are sent")
    func refused() async throws {
        let world = World(share: 1, answers: [400, 503, 200])
        for name in ["first", "second", "third"] {
            world.tracer.startSpan(name).end()
            await world.export.flush()
        }
        #expect(try await world.spans().map(\.name) == ["first", "second", "third"])
        #expect(OTLPRequest.rejected(in: Data(#"{"partialSuccess": {"rejectedSpans": "3"}}"#.utf8)) == 3)
        #expect(OTLPRequest.rejected(in: Data("{}".utf8)) == 0)
    }
}

/// A tracer whose collector notes what it is sent.
private struct World {
    let tracer: RecordingTracer
    let export: TraceExport
    private let received = NIOLockedValueBox<[Data]>([])

    init(share: Double, answers: [Int] = []) {
        let received = received
        export = TraceExport(resource: ["service.name": "test"], version: "1", logger: Logger(label: "test")) { body in
            let count = received.withLockedValue { bodies in
                bodies.append(body)
                return bodies.count
            }
            return TraceExport.Answer(status: count <= answers.count ? answers[count - 1] : 200, body: Data())
        }
        tracer = RecordingTracer(export: export, share: share)
    }

    func bodies() async -> [Data] {
        await export.flush()
        return received.withLockedValue { $0 }
    }

    struct Sent: Decodable {
        let traceId: String, spanId: String, parentSpanId: String?, name: String
    }

    func spans() async throws -> [Sent] {
        struct Request: Decodable {
            struct Scope: Decodable { let spans: [Sent] }
            struct Resource: Decodable { let scopeSpans: [Scope] }
            let resourceSpans: [Resource]
        }
        return try await bodies().flatMap {
            try JSONDecoder().decode(Request.self, from: $0).resourceSpans.flatMap { $0.scopeSpans.flatMap(\.spans) }
        }
    }
}

private struct Carrier: Extractor, Injector {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
}
