import Application
import Domain
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The live events of a workspace as server-sent events. One named `resync`, without an id, says that some may have been missed: read again.
public enum EventStream {
    /// How often a comment is sent, so that proxies keep the connection and a broken one is noticed.
    static let heartbeat = Duration.seconds(15)

    private enum Item: Sendable {
        case event(LiveEvent)
        case heartbeat
    }

    /// A response that lasts until the client leaves, may not listen any more, or the server stops.
    public static func response(for caller: Caller, services: Services) -> Response {
        let events = services.events.events(of: caller.organizationId)
        let time = services.time
        let body = ResponseBody { writer in
            // A line at once: proxies and browsers then know that the stream is open.
            try await writer.write(ByteBuffer(string: "retry: 3000\n\n"))
            let (items, continuation) = AsyncStream<Item>.makeStream(bufferingPolicy: .bufferingNewest(256))
            let feeding = Task { await feed(events, to: continuation) }
            let beating = Task { try await beat(time, to: continuation) }
            defer {
                feeding.cancel()
                beating.cancel()
            }
            for await item in items.cancelOnGracefulShutdown() {
                if mayEndAccess(item), await !stillStands(caller, services) { break }
                try await writer.write(ByteBuffer(string: try text(of: item)))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            // Proxies that buffer would hold events back.
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store", .init("X-Accel-Buffering")!: "no"],
            body: body)
    }

    /// After these it is looked at again whether the caller may listen: membership ends with an event, sessions and keys without.
    private static func mayEndAccess(_ item: Item) -> Bool {
        switch item {
        case .heartbeat, .event(.resync): true
        case .event(.event(let event)): event.type == .memberLeft || event.type == .memberChanged
        }
    }

    /// When nobody can tell at the moment, the stream stays.
    private static func stillStands(_ caller: Caller, _ services: Services) async -> Bool {
        do {
            return try await services.accounts.stillStands(caller)
        } catch {
            services.logger.warning("caller of an open stream not checked", metadata: ["error": .string("\(error)")])
            return true
        }
    }

    private static func feed(_ events: AsyncStream<LiveEvent>, to continuation: AsyncStream<Item>.Continuation) async {
        for await event in events {
            if case .dropped = continuation.yield(.event(event)) { continuation.yield(.event(.resync)) }
        }
        continuation.finish()
    }

    private static func beat(_ time: any TimeSource, to continuation: AsyncStream<Item>.Continuation) async throws {
        while true {
            try await time.sleep(until: time.now + heartbeat)
            continuation.yield(.heartbeat)
        }
    }

    private static func text(of item: Item) throws -> String {
        switch item {
        case .heartbeat: ": still here\n\n"
        case .event(.resync): "event: resync\ndata: {}\n\n"
        case .event(.event(let event)): "id: \(event.id)\nevent: \(event.type.rawValue)\ndata: \(try JSON.text(event))\n\n"
        }
    }
}
