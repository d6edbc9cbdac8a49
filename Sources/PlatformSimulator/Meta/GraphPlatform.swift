import Crypto
import Foundation
import NIOCore

/// A platform that speaks Meta's Graph API.
protocol GraphPlatform: SimulatedPlatform {
    /// What its rate limits are counted as: `pages`, `instagram`.
    var usage: String { get }
    /// The code of its own rate limit.
    var limitCode: Int { get }
}

/// Who calls, and as what.
struct GraphCaller: Sendable {
    let person: Account
    let grant: Grant
    /// The page whose token it is; nil for the person's own.
    var page: String? { grant.page }
}

extension GraphPlatform {
    func caller(of call: Call, in state: PlatformState) -> Account? {
        call.graphToken.flatMap { state.grants[$0] }.flatMap { state.accounts[$0.accountID] }
    }

    /// Percentages of what is allowed, and the minutes until it is again.
    func rateHeaders(_ reading: RateReading) -> [(String, String)] {
        let used = min(100, (reading.limit - reading.remaining) * 100 / max(1, reading.limit))
        let minutes = reading.exceeded ? max(1, Int((reading.resetsAt.timeIntervalSinceNow / 60).rounded(.up))) : 0
        let business: JSON = [
            "2001001": [
                [
                    "type": .string(usage), "call_count": .int(used), "total_cputime": .int(used / 2), "total_time": .int(used / 2),
                    "estimated_time_to_regain_access": .int(minutes),
                ]
            ]
        ]
        let app: JSON = ["call_count": .int(used), "total_cputime": .int(used / 2), "total_time": .int(used / 2)]
        return [("x-business-use-case-usage", business.text), ("x-app-usage", app.text)]
    }

    func tooManyRequests(_ reading: RateReading) -> Reply {
        GraphFailure(limitCode, "(#\(limitCode)) There have been too many calls to this account. Wait a bit and try again.").reply
    }

    func failure(status: Int) -> Reply {
        switch status {
        case 404: GraphFailure(2500, "Unknown path components", status: 400).reply
        case 413: GraphFailure(1, "The request is too large", status: 413).reply
        default: GraphFailure(100, "Invalid parameter").reply
        }
    }

    /// Checks token and proof. `page`: the call must come with the token of that page.
    func authenticate(
        _ parameters: GraphParameters, _ call: Call, as page: String? = nil, scope: String? = nil, _ state: PlatformState
    ) throws -> GraphCaller {
        let token = call.graphToken ?? parameters["access_token"]
        guard let token, !token.isEmpty else {
            throw GraphFailure(104, "An access token is required to request this resource.", status: 401).refusal
        }
        let ended = "Error validating access token: "
        switch state.check(token: token, now: call.now) {
        case .unknown: throw GraphFailure(190, "Invalid OAuth access token - Cannot parse access token", status: 401).refusal
        case .revoked:
            throw GraphFailure(190, ended + "The user has not authorized application 1001.", subcode: 458, status: 401).refusal
        case .expired: throw GraphFailure(190, ended + "Session has expired.", subcode: 463, status: 401).refusal
        case .valid(let grant, let person):
            try checkProof(parameters["appsecret_proof"], token, grant, state)
            if let page, grant.page != page {
                throw GraphFailure(190, "This method must be called with a Page Access Token", subcode: 2_069_032).refusal
            }
            if let scope, !grant.scopes.contains(scope) {
                throw GraphFailure(200, "(#200) Requires \(scope) permission to manage the object", status: 403).refusal
            }
            return GraphCaller(person: person, grant: grant)
        }
    }

    private func checkProof(_ proof: String?, _ token: String, _ grant: Grant, _ state: PlatformState) throws {
        guard let proof else {
            if state.isOn("requireProof") {
                throw GraphFailure(100, "API calls from the server require an appsecret_proof argument").refusal
            }
            return
        }
        let secret = SymmetricKey(data: Data((state.apps[grant.appID]?.secret ?? "").utf8))
        guard proof == Encoding.hex(HMAC<SHA256>.authenticationCode(for: Data(token.utf8), using: secret)) else {
            throw GraphFailure(100, "Invalid appsecret_proof provided in the API argument").refusal
        }
    }

    /// A handler that reads the call's parameters, wherever they are, and works on the state.
    func graph(
        _ body: @escaping @Sendable (inout PlatformState, GraphParameters, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        { call in
            let parameters = try await GraphParameters.read(call)
            return try store.update { state in try body(&state, parameters, call) }
        }
    }

    /// The members of a node that were asked for. A name that the node does not have is refused.
    static func select(_ node: [String: JSON?], type: String, _ parameters: GraphParameters, usual: [String] = ["id"]) throws -> JSON {
        let wanted = parameters["fields"].map(GraphParameters.names) ?? usual
        if let unknown = wanted.first(where: { !node.keys.contains($0) }) {
            throw GraphFailure(100, "(#100) Tried accessing nonexisting field (\(unknown)) on node type (\(type))").refusal
        }
        return .compact(node.filter { wanted.contains($0.key) || $0.key == "id" })
    }

    /// A page of an edge.
    static func page(_ elements: [JSON], _ parameters: GraphParameters, _ call: Call, most: Int = 100) -> Reply {
        let start = parameters["after"].flatMap { Data(base64Encoded: $0) }.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        let limit = min(most, max(1, parameters["limit"].flatMap(Int.init) ?? 25))
        let shown = elements.dropFirst(start).prefix(limit)
        func cursor(_ place: Int) -> String { Data(String(place).utf8).base64EncodedString() }
        let end = start + shown.count
        var paging: [String: JSON] = ["cursors": ["before": .string(cursor(start)), "after": .string(cursor(end))]]
        if end < elements.count {
            let kept = call.query.filter { $0.0 != "after" } + [("after", cursor(end))]
            paging["next"] = .string(Encoding.adding(kept, to: call.address))
        }
        return .json(shown.isEmpty ? ["data": []] : ["data": .array(Array(shown)), "paging": .object(paging)])
    }

    static func time(_ date: Date) -> JSON { .string(date.formatted(Date.ISO8601FormatStyle()).replacingOccurrences(of: "Z", with: "+0000")) }
}

extension Call {
    /// The token of a header, whatever it calls itself, or of the query.
    var graphToken: String? {
        let words = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
        if words.count == 2, ["bearer", "oauth"].contains(words[0].lowercased()) { return String(words[1]) }
        return query("access_token")
    }
}

/// What a call carries, in its query and in its body: a form, JSON or multipart.
struct GraphParameters: Sendable {
    private var values: [String: String] = [:]

    init(_ pairs: [(String, String)]) { values = Dictionary(pairs) { $1 } }

    subscript(name: String) -> String? { values[name] }

    /// A value that is itself JSON.
    func json(_ name: String) -> JSON? { values[name].flatMap { try? JSON.parse(ByteBuffer(string: $0)) } }  // what is no JSON is refused by its user

    func bool(_ name: String) -> Bool? { values[name].map { ["true", "1"].contains($0.lowercased()) } }

    mutating func merge(_ more: [String: String]) { values.merge(more) { $1 } }

    static func read(_ call: Call) async throws -> GraphParameters {
        var result = GraphParameters(call.query + call.form)
        if call.isMultipart, call.body.readableBytes > 0 {
            guard let boundary = call.contentType.range(of: "boundary=") else { throw MalformedUpload() }
            let name = call.contentType[boundary.upperBound...].trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
            result.merge(try await UploadForm.read(chunks: OneBuffer(buffer: call.body), boundary: name, fileField: "").fields)
        } else if let object = call.json?.object {
            result.merge(object.mapValues { $0.string ?? $0.text })
        }
        return result
    }

    /// The names at the top of a list of fields: of `id,comments.limit(0){id},from` they are `id`, `comments` and `from`.
    static func names(_ fields: String) -> [String] {
        var (names, depth, current) = ([String](), 0, "")
        for character in fields + "," {
            if "({".contains(character) { depth += 1 }
            if depth == 0, character == "," {
                names.append(current.prefix { !".({".contains($0) }.trimmingCharacters(in: .whitespaces))
                current = ""
            } else {
                current.append(character)
            }
            if ")}".contains(character) { depth -= 1 }
        }
        return names.filter { !$0.isEmpty }
    }
}

/// A body that is there already, as a stream.
private struct OneBuffer: AsyncSequence, Sendable {
    let buffer: ByteBuffer

    func makeAsyncIterator() -> Iterator { Iterator(left: buffer) }

    struct Iterator: AsyncIteratorProtocol {
        var left: ByteBuffer?

        mutating func next() async -> ByteBuffer? {
            defer { left = nil }
            return left
        }
    }
}

/// Meta's error body.
struct GraphFailure {
    let code: Int
    let message: String
    var subcode: Int?
    var status: Int
    var words: String?
    var isTransient: Bool

    init(_ code: Int, _ message: String, subcode: Int? = nil, status: Int = 400, words: String? = nil, isTransient: Bool = false) {
        (self.code, self.message, self.subcode, self.status, self.words, self.isTransient) = (code, message, subcode, status, words, isTransient)
    }

    var body: JSON {
        [
            "error": .compact([
                "message": .string(message), "type": .string(code == 100 ? "GraphMethodException" : "OAuthException"), "code": .int(code),
                "error_subcode": subcode.map { .int($0) }, "error_user_title": words.map { _ in "Something is wrong" },
                "error_user_msg": words.map { .string($0) }, "is_transient": isTransient ? true : nil,
                "fbtrace_id": .string(Encoding.token("A", bytes: 12)),
            ])
        ]
    }

    var reply: Reply { .json(body, status: status, headers: [("www-authenticate", "OAuth \"Facebook Platform\" \"invalid_request\"")]) }
    var refusal: Refusal { Refusal(reply) }

    static func missing(_ name: String) -> GraphFailure { GraphFailure(100, "(#100) The parameter \(name) is required") }
    static func invalid(_ name: String, _ why: String) -> GraphFailure { GraphFailure(100, "(#100) Param \(name) \(why)") }
    static func unknown(_ id: String) -> GraphFailure {
        GraphFailure(
            100,
            "Unsupported request. Object with ID '\(id)' does not exist, cannot be loaded due to missing permissions, or does not support this operation",
            subcode: 33)
    }
}
