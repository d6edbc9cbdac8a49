import AsyncHTTPClient
import Domain
import Foundation
import Metrics
import NIOCore
import NIOPosix

/// How requests are made.
public struct TransportSettings: Sendable {
    /// `Postiz/<version> (+MAIN_URL)`.
    public var userAgent: String
    public var connectTimeout: Duration
    /// The longest pause between two pieces of an answer.
    public var readTimeout: Duration
    /// The longest an exchange may take in all, large uploads included.
    public var deadline: Duration
    /// Bytes of an answer; a longer one counts as no answer.
    public var maximumAnswer: Int

    public init(
        userAgent: String, connectTimeout: Duration = .seconds(10), readTimeout: Duration = .seconds(60), deadline: Duration = .minutes(15),
        maximumAnswer: Int = 1_048_576
    ) {
        self.userAgent = userAgent
        self.connectTimeout = connectTimeout
        self.readTimeout = readTimeout
        self.deadline = deadline
        self.maximumAnswer = maximumAnswer
    }

    /// Never follows redirects by itself; HTTP/1.1 only, so that what was sent when is plain.
    func client(usesPerConnection: Int?, pinned: [String: String] = [:]) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: connectTimeout.amount, read: readTimeout.amount, write: readTimeout.amount))
        configuration.httpVersion = .http1Only
        // Its own spans would tell whole addresses: `CallTrace` does it.
        configuration.tracing.tracer = nil
        configuration.dnsOverride = pinned
        configuration.maximumUsesPerConnection = usesPerConnection
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}

/// The one implementation of requests. `platform` reaches the hosts of platforms and addresses set by the operator; `guarded` reaches
/// addresses that users can influence.
public final class HTTPTransport: Sendable {
    let settings: TransportSettings
    private let allowedPrivateHosts: Set<String>
    private let shared: HTTPClient
    /// A kept connection may die at the moment it is used again, and nobody could tell whether the request arrived. What makes something
    /// public gets a new connection each time.
    private let fresh: HTTPClient

    /// `allowedPrivateHosts` are `host` or `host:port`, exactly as they stand in addresses.
    public init(settings: TransportSettings, allowedPrivateHosts: Set<String> = []) {
        self.settings = settings
        self.allowedPrivateHosts = Set(allowedPrivateHosts.map { $0.lowercased() })
        shared = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings.client(usesPerConnection: nil))
        fresh = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings.client(usesPerConnection: 1))
    }

    public var platform: PlatformHTTP { PlatformHTTP(transport: self) }
    public var guarded: GuardedHTTP { GuardedHTTP(transport: self, allowedPrivateHosts: allowedPrivateHosts) }

    /// Closes all connections. Call it once, when nothing is sent any more.
    public func shutdown() async throws {
        try await shared.shutdown()
        try await fresh.shutdown()
    }

    /// Makes a transport for what `calls` sends, and lets go of it.
    public static func briefly<Value, Failure: Error>(
        _ settings: TransportSettings, allowedPrivateHosts: Set<String> = [], _ calls: (HTTPTransport) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await using(
            HTTPTransport(settings: settings, allowedPrivateHosts: allowedPrivateHosts), { try? await $0.shutdown() },  // Nothing is sent any more.
            for: calls)
    }

    func send(_ call: HTTPCall) async throws -> HTTPAnswer {
        try await exchange(call, over: call.effect == .creates ? fresh : shared, label: URL(string: call.url)?.host() ?? "")
    }

    func send(_ call: HTTPCall, to target: GuardedHTTP.Target) async throws -> HTTPAnswer {
        // Hosts that users name are not a label: there are too many of them.
        try await withClient(pinnedTo: target) { try await exchange(call, over: $0, label: "(guarded)") }
    }

    /// A client of its own that connects to the target's address only, whatever the name means by then.
    func withClient<Value>(pinnedTo target: GuardedHTTP.Target, _ body: (HTTPClient) async throws -> Value) async throws -> Value {
        let pinned = target.address.map { [target.host: $0] } ?? [:]
        return try await using(
            HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings.client(usesPerConnection: 1, pinned: pinned)),
            { try? await $0.shutdown() },  // Nothing is sent any more.
            for: body)
    }

    private func exchange(_ call: HTTPCall, over client: HTTPClient, label: String) async throws -> HTTPAnswer {
        let start = ContinuousClock.now
        let progress = SendProgress()
        do {
            let answer = try await CallTrace.run(call, host: label) { try await self.answer(to: $0, over: client, progress: progress) }
            record(label, outcome: "\(answer.status / 100)xx", since: start)
            return answer
        } catch {
            record(label, outcome: "failed", since: start)
            if Task.isCancelled { throw CancellationError() }
            throw TransportFailure(mayHaveArrived: call.body == nil || progress.hasBegun, reason: Self.reason(error))
        }
    }

    private func answer(to call: HTTPCall, over client: HTTPClient, progress: SendProgress) async throws -> HTTPAnswer {
        var request = HTTPClientRequest(url: call.url)
        request.method = .init(rawValue: call.method)
        for header in call.headers { request.headers.add(name: header.name, value: header.value) }
        if !request.headers.contains(name: "User-Agent") { request.headers.add(name: "User-Agent", value: settings.userAgent) }
        if let body = call.body {
            if !request.headers.contains(name: "Content-Type") { request.headers.add(name: "Content-Type", value: body.contentType) }
            let length = HTTPClientRequest.Body.Length.known(Int64(body.length))
            if case .bytes(let data)? = body.pieces.first, body.pieces.count == 1, data.count <= BodyChunks.chunkSize {
                // In one piece, without a task that is asked for the next one.
                request.body = .bytes(NotingBytes(data: Array(data), progress: progress), length: length)
            } else {
                request.body = .stream(BodyChunks(body: body, progress: progress), length: length)
            }
        }
        let response = try await client.execute(request, deadline: .now() + (call.deadline ?? settings.deadline).amount)
        let body = try await response.body.collect(upTo: call.maximumAnswer ?? settings.maximumAnswer)
        return HTTPAnswer(
            status: Int(response.status.code),
            headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { _, last in last },
            body: Data(body.readableBytesView))
    }

    private func record(_ host: String, outcome: String, since start: ContinuousClock.Instant) {
        let dimensions = [("host", host), ("outcome", outcome)]
        Counter(label: "postiz_platform_requests_total", dimensions: dimensions).increment()
        Metrics.Timer(label: "postiz_platform_request_duration_seconds", dimensions: dimensions)
            .recordNanoseconds((ContinuousClock.now - start).nanoseconds)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case is NIOConnectionError: "Could not connect"
        case is SocketAddressError: "The name could not be resolved"
        case is NIOTooManyBytesError: "The answer was too large"
        case is UnreadableMedia: "A media file could not be read"
        case let error as IOError: "Connection failed (error \(error.errnoCode))"
        default: "Connection failed (\(type(of: error)))"
        }
    }
}

/// Reaches the hosts of platforms and the addresses that the operator has set; loopback is allowed there.
public struct PlatformHTTP: HTTPSender {
    let transport: HTTPTransport
    public func send(_ call: HTTPCall) async throws -> HTTPAnswer { try await transport.send(call) }
}

extension Duration {
    var amount: TimeAmount { .milliseconds(milliseconds) }
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
