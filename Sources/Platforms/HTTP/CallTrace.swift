import Tracing

/// A span for each request that something traced sends. Its host alone is told: paths and queries hold tokens.
enum CallTrace {
    static func run(
        _ call: HTTPCall, host: String, _ body: (HTTPCall) async throws -> HTTPAnswer
    ) async throws -> HTTPAnswer {
        guard ServiceContext.current != nil else { return try await body(call) }
        return try await withSpan(call.method, ofKind: .client) { span in
            span.attributes["http.request.method"] = call.method
            span.attributes["server.address"] = host
            var call = call
            InstrumentationSystem.instrument.inject(span.context, into: &call.headers, using: Headers())
            let answer = try await body(call)
            span.attributes["http.response.status_code"] = answer.status
            if answer.status >= 400 { span.setStatus(.init(code: .error)) }
            return answer
        }
    }

    private struct Headers: Injector {
        func inject(_ value: String, forKey key: String, into headers: inout [(name: String, value: String)]) { headers.append((key, value)) }
    }
}
