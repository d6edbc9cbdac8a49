import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// All platforms, the faults and the log: answers every request of one simulator.
final class Simulation: Sendable {
    let platforms: [any SimulatedPlatform]
    let faults = FaultPlan()
    let log: RequestLog
    let now: @Sendable () -> Date
    private let routes: [String: RouteTable]

    init(options: SimulatorOptions) {
        platforms = [
            Bluesky(options),
            Discord(options),
            Facebook(options),
            Instagram(options),
            LinkedIn(options),
            Mastodon(options),
            Reddit(options),
            Slack(options),
            Threads(options),
            TikTok(options),
            X(options),
            YouTube(options),
        ]
        log = RequestLog(capacity: options.logCapacity)
        now = options.now
        routes = Dictionary(
            uniqueKeysWithValues: platforms.map { ($0.name, RouteTable($0.operations + PlatformPages.operations(of: $0))) })
    }

    func platform(_ name: String) -> (any SimulatedPlatform)? { platforms.first { $0.name == name } }

    func reset() {
        for platform in platforms { platform.store.reset() }
        faults.remove()
        log.clear()
    }

    /// Answers one call of a platform: finds the operation, applies faults and limits, runs it, and notes it.
    func answer(_ request: Request, platform: any SimulatedPlatform, context: SimulatorContext) async throws -> Response {
        let below = request.uri.path.dropFirst(platform.prefix.count)
        let match = routes[platform.name]?.match(request.method, below)
        var call = Call(
            request: request, operation: match?.operation.name ?? "", origin: "http://" + (request.head.authority ?? "localhost"),
            prefix: platform.prefix, parameters: match?.parameters ?? [:], query: Encoding.pairs(request.uri.query ?? ""), now: now())
        if let page = match?.operation, page.isPage { return try await reply(to: &call, page, platform).response }

        let account = platform.store.update { platform.caller(of: call, in: $0) }
        let struck = faults.take(call, platform: platform, account: account)
        for delay in struck where delay.kind == .delay { try await Task.sleep(for: .milliseconds(delay.delayMs ?? 1000)) }
        let fault = struck.first { $0.kind != .delay }

        let reply: Reply
        switch fault?.kind {
        case .dropBefore: reply = .empty(0)
        case .status: reply = fault?.reply ?? .empty(503)
        default: reply = try await limited(&call, match?.operation, platform, account: account)
        }
        let answered: Int =
            switch fault?.kind {
            case .dropBefore, .dropAfter: 0
            case .statusAfter: fault?.status ?? 503
            default: reply.status
            }
        note(call, platform, account: account, status: answered, created: reply.created, fault: (fault ?? struck.first)?.kind)
        switch fault?.kind {
        case .dropBefore, .dropAfter: return await context.dropConnection()
        case .statusAfter: return (fault?.reply ?? reply).response
        case .truncate: return await reply.truncated(context)
        default: return reply.response
        }
    }

    private func limited(
        _ call: inout Call, _ operation: Operation?, _ platform: any SimulatedPlatform, account: Account?
    ) async throws -> Reply {
        guard let operation else { return platform.failure(status: 404) }
        let reading = platform.store.update { state in
            state.rates.take(
                operation.limits, caller: account?.id ?? "anonymous", now: call.now, enforced: state.isOn("enforceRateLimits"))
        }
        var answer: Reply
        if let reading, reading.exceeded {
            answer = platform.tooManyRequests(reading)
        } else {
            answer = try await reply(to: &call, operation, platform)
        }
        if let reading { answer.headers += platform.rateHeaders(reading) }
        return answer
    }

    private func reply(to call: inout Call, _ operation: Operation, _ platform: any SimulatedPlatform) async throws -> Reply {
        do {
            if case .collected(let limit) = operation.body { call.body = try await call.request.body.collect(upTo: limit) }
            return try await operation.handler(call)
        } catch let refusal as Refusal {
            return refusal.reply
        } catch is NIOTooManyBytesError {
            return platform.failure(status: 413)
        } catch is MalformedUpload {
            return platform.failure(status: 400)
        }
    }

    private func note(
        _ call: Call, _ platform: any SimulatedPlatform, account: Account?, status: Int, created: String?, fault: Fault.Kind?
    ) {
        log.add { sequence in
            LogEntry(
                sequence: sequence, time: call.now, platform: platform.name, operation: call.operation,
                method: call.request.method.rawValue, path: call.path, account: account?.username, status: status, created: created,
                fault: fault)
        }
    }
}

/// Keeps the connection at hand, so that a fault can cut it.
struct SimulatorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    var isLoopback: Bool {
        switch channel.remoteAddress {
        case .v4(let address): address.host.hasPrefix("127.") || channel.remoteAddress?.ipAddress?.hasPrefix("127.") ?? false
        case .v6: ["::1", "::ffff:127.0.0.1"].contains(channel.remoteAddress?.ipAddress)
        default: true
        }
    }

    /// Closes the connection; the response that is returned can no longer be written.
    func dropConnection() async -> Response {
        try? await channel.close()  // already closed by the client: the aim is reached
        return Response(status: .internalServerError)
    }
}

extension Reply {
    var response: Response {
        var response = Response(
            status: .init(code: status == 0 ? 500 : status), body: body.readableBytes > 0 ? .init(byteBuffer: body) : .init())
        for (name, value) in headers {
            guard let field = HTTPField.Name(name) else { continue }
            response.headers.append(HTTPField(name: field, value: value))
        }
        return response
    }

    /// Announces the whole body, sends half of it and closes.
    fileprivate func truncated(_ context: SimulatorContext) async -> Response {
        let body = body
        guard body.readableBytes > 1, let half = body.getSlice(at: body.readerIndex, length: body.readableBytes / 2) else {
            return await context.dropConnection()
        }
        var response = response
        response.body = ResponseBody(contentLength: body.readableBytes) { writer in
            try await writer.write(half)
            throw ConnectionCut()
        }
        return response
    }
}

private struct ConnectionCut: Error {}
