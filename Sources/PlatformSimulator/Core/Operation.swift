import HTTPTypes

/// One thing a platform offers: a method and path template, its natural rate limits, and the code that answers.
struct Operation: Sendable {
    enum Body: Sendable {
        /// Read before the handler runs, up to this many bytes.
        case collected(Int)
        /// Left for the handler to read as it arrives: uploads.
        case streamed
    }

    let name: String
    let method: HTTPRequest.Method
    /// Path below the platform's prefix; `{name}` stands for one segment or its end (`/@{username}`).
    let path: String
    var limits: [RateLimit] = []
    var body = Body.collected(16 << 20)
    /// Pages for people: never counted, limited or logged as platform calls.
    var isPage = false
    let handler: @Sendable (Call) async throws -> Reply

    init(
        _ name: String, _ method: HTTPRequest.Method, _ path: String, limits: [RateLimit] = [], body: Body = .collected(16 << 20),
        handler: @escaping @Sendable (Call) async throws -> Reply
    ) {
        (self.name, self.method, self.path, self.limits, self.body, self.handler) = (name, method, path, limits, body, handler)
    }

    static func page(_ name: String, _ path: String, handler: @escaping @Sendable (Call) async throws -> Reply) -> Operation {
        var operation = Operation(name, .get, path, handler: handler)
        operation.isPage = true
        return operation
    }
}

/// Finds the operation for a method and path. Look-up cost depends on the operations with the same method and number of segments only.
struct RouteTable: Sendable {
    private struct Key: Hashable {
        let method: String
        let segments: Int
    }

    private enum Pattern: Sendable {
        case literal(Substring)
        case placeholder(prefix: Substring, name: String)

        init(_ segment: Substring) {
            guard let open = segment.firstIndex(of: "{"), segment.last == "}" else {
                self = .literal(segment)
                return
            }
            self = .placeholder(prefix: segment[..<open], name: String(segment[segment.index(after: open)...].dropLast()))
        }
    }

    private var routes: [Key: [(patterns: [Pattern], operation: Operation)]] = [:]

    init(_ operations: [Operation]) {
        for operation in operations {
            let patterns = operation.path.split(separator: "/").map(Pattern.init)
            routes[Key(method: operation.method.rawValue, segments: patterns.count), default: []].append((patterns, operation))
        }
    }

    /// The first declared operation that fits, with its decoded path parameters. `path` is percent-encoded and below the prefix.
    func match(_ method: HTTPRequest.Method, _ path: Substring) -> (operation: Operation, parameters: [String: String])? {
        let segments = path.split(separator: "/")
        next: for candidate in routes[Key(method: method.rawValue, segments: segments.count)] ?? [] {
            var parameters: [String: String] = [:]
            for (pattern, segment) in zip(candidate.patterns, segments) {
                switch pattern {
                case .literal(let text): if text != segment { continue next }
                case .placeholder(let prefix, let name):
                    guard segment.hasPrefix(prefix), segment.count > prefix.count else { continue next }
                    parameters[name] = Encoding.decode(segment.dropFirst(prefix.count))
                }
            }
            return (candidate.operation, parameters)
        }
        return nil
    }
}
