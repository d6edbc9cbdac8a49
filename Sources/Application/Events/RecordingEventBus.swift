import Domain
import Messaging

/// Carries events and notes them in the log on the way. Whoever publishes does not wait for the log.
public struct RecordingEventBus: EventBus {
    let base: any EventBus
    let log: EventLog

    public init(base: any EventBus, log: EventLog) {
        self.base = base
        self.log = log
    }

    public func publish(_ event: ProductEvent) async {
        log.note(event)
        await base.publish(event)
    }

    public func events(of organization: OrganizationID) -> AsyncStream<LiveEvent> { base.events(of: organization) }
}
