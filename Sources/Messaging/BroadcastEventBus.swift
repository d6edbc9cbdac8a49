import Domain
import Logging

/// Events as broadcast messages, one topic an organization.
public struct BroadcastEventBus: EventBus {
    private let broadcast: any Broadcast
    private let logger: Logger

    public init(broadcast: any Broadcast, logger: Logger) {
        self.broadcast = broadcast
        self.logger = logger
    }

    public func publish(_ event: ProductEvent) async {
        do {
            await broadcast.send(String(decoding: try JSON.bytes(event), as: UTF8.self), to: Self.topic(of: event.organizationId))
        } catch {
            logger.error("event not sent: it cannot be written as JSON", metadata: ["type": "\(event.type.rawValue)", "error": "\(error)"])
        }
    }

    public func events(of organization: OrganizationID) -> AsyncStream<LiveEvent> {
        let messages = broadcast.messages(on: Self.topic(of: organization))
        return AsyncStream {
            for await message in messages {
                if message.isEmpty { return .resync }
                if let event = read(message) { return .event(event) }
            }
            return nil
        }
    }

    /// A process of another version may send what this one does not know.
    private func read(_ message: String) -> ProductEvent? {
        do {
            return try JSON.decode(from: message)
        } catch {
            logger.warning("event from another process not understood", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private static func topic(of organization: OrganizationID) -> String { "events:\(organization)" }
}
