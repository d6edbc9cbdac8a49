import AsyncHTTPClient
import Crypto
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

@testable import PlatformSimulator

/// A clock that moves only when a test says so.
final class ManualClock: Sendable {
    private let box = NIOLockedValueBox(Date(timeIntervalSince1970: 1_790_000_000))
    var now: Date { box.withLockedValue { $0 } }
    func advance(_ seconds: Double) { box.withLockedValue { $0.addTimeInterval(seconds) } }
}

struct Answer {
    let status: Int
    let headers: HTTPHeaders
    let body: ByteBuffer

    var text: String { String(buffer: body) }
    var json: JSON { (try? JSON.parse(body)) ?? .null }  // tests then fail on the member they look for
    var form: [String: String] { Dictionary(Encoding.pairs(text)) { $1 } }
    /// A value of the redirect's query.
    func redirect(_ name: String) -> String? {
        headers.first(name: "location")?.split(separator: "?").last.flatMap { query in
            Encoding.pairs(String(query)).first { $0.0 == name }?.1
        }
    }
}

/// A simulator on a free port with a clock of its own, and plain HTTP to talk to it.
struct Bench: Sendable {
    let simulator: RunningSimulator
    let clock: ManualClock

    /// Runs a test against a fresh simulator and stops it afterwards.
    static func run(
        autoApprove: Bool = false, enforceRateLimits: Bool = true, _ test: (Bench) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        var options = SimulatorOptions(autoApprove: autoApprove, enforceRateLimits: enforceRateLimits)
        options.now = { clock.now }
        let bench = Bench(simulator: try await SimulatedPlatforms.start(options), clock: clock)
        do {
            try await test(bench)
            await bench.simulator.stop()
        } catch {
            await bench.simulator.stop()
            throw error
        }
    }

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // A dropped connection must reach the test as an error, not be retried behind its back.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Sends one request; `path` carries its own query.
    func send(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: ByteBuffer? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: simulator.baseURL + path)
        request.method = method
        request.headers = HTTPHeaders(headers)
        if let body { request.body = .bytes(body) }
        let response = try await Self.client.execute(request, timeout: .seconds(120))
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: try await response.body.collect(upTo: 32 << 20))
    }

    func get(_ path: String, _ headers: [(String, String)] = []) async throws -> Answer { try await send(.GET, path, headers: headers) }

    func post(_ path: String, json: JSON, _ headers: [(String, String)] = []) async throws -> Answer {
        try await send(
            .POST, path, headers: headers + [("content-type", "application/json")], body: ByteBuffer(string: json.text))
    }

    func post(_ path: String, form: [(String, String)], _ headers: [(String, String)] = []) async throws -> Answer {
        try await send(
            .POST, path, headers: headers + [("content-type", "application/x-www-form-urlencoded")],
            body: ByteBuffer(string: Encoding.form(form)))
    }

    func post(_ path: String, parts: [Part], _ headers: [(String, String)] = []) async throws -> Answer {
        var body = ByteBuffer()
        for part in parts {
            body.writeString("--frontier\r\nContent-Disposition: form-data; name=\"\(part.name)\"")
            if let file = part.file { body.writeString("; filename=\"\(file)\"\r\nContent-Type: \(part.type)") }
            body.writeString("\r\n\r\n")
            body.writeBytes(part.bytes)
            body.writeString("\r\n")
        }
        body.writeString("--frontier--\r\n")
        return try await send(
            .POST, path, headers: headers + [("content-type", "multipart/form-data; boundary=frontier")], body: body)
    }

    struct Part {
        var name: String
        var file: String?
        var type = "application/octet-stream"
        var bytes: [UInt8]

        static func text(_ name: String, _ value: String) -> Part { Part(name: name, bytes: Array(value.utf8)) }
    }
}

/// A client's side of OAuth 1.0a, written apart from the simulator's.
struct Signer {
    var consumer = ("sim-x-key", "sim-x-secret")
    var token: (String, String)?
    let bench: Bench

    func header(
        _ method: String, _ path: String, extra: [String: String] = [:], form: [(String, String)] = [], nonce: String = UUID().uuidString,
        timestamp: Date? = nil
    ) -> (String, String) {
        var values = extra
        values["oauth_consumer_key"] = consumer.0
        values["oauth_nonce"] = nonce
        values["oauth_signature_method"] = "HMAC-SHA1"
        values["oauth_timestamp"] = String(Int((timestamp ?? bench.clock.now).timeIntervalSince1970))
        values["oauth_version"] = "1.0"
        if let token { values["oauth_token"] = token.0 }
        let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
        let query = parts.count > 1 ? Encoding.pairs(parts[1]) : []
        let pairs = (values.map { ($0.key, $0.value) } + query + form).map { (escape($0.0), escape($0.1)) }.sorted { $0 < $1 }
        let base = [method, escape(bench.simulator.baseURL + parts[0]), escape(pairs.map { "\($0.0)=\($0.1)" }.joined(separator: "&"))]
        let key = SymmetricKey(data: Data((escape(consumer.1) + "&" + escape(token?.1 ?? "")).utf8))
        let code = HMAC<Insecure.SHA1>.authenticationCode(for: Data(base.joined(separator: "&").utf8), using: key)
        values["oauth_signature"] = Data(code).base64EncodedString()
        return ("authorization", "OAuth " + values.map { "\($0.key)=\"\(escape($0.value))\"" }.joined(separator: ", "))
    }

    private func escape(_ text: String) -> String {
        var allowed = CharacterSet(charactersIn: "-._~")
        allowed.insert(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }
}

extension Bench {
    /// Somebody who is signed in at X.
    func onX(_ account: String = "ada") throws -> Signer {
        let grant = try simulator.control.grant(platform: "x", account: account).grant
        return Signer(token: (grant.token, grant.secret ?? ""), bench: self)
    }

    func bearer(_ platform: String, _ account: String = "ada", scopes: [String]? = nil) throws -> (String, String) {
        ("authorization", "Bearer " + (try simulator.control.grant(platform: platform, account: account, scopes: scopes).grant.token))
    }
}

extension Signer {
    func get(_ path: String) async throws -> Answer { try await bench.get(path, [header("GET", path)]) }

    func post(_ path: String, _ json: JSON) async throws -> Answer { try await bench.post(path, json: json, [header("POST", path)]) }

    func tweet(_ text: String, reply parent: String? = nil) async throws -> Answer {
        var body: [String: JSON] = ["text": .string(text)]
        if let parent { body["reply"] = ["in_reply_to_tweet_id": .string(parent)] }
        return try await post("/x/2/tweets", .object(body))
    }
}
