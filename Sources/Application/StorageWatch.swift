import Domain
import Logging
import Metrics
import ServiceLifecycle

/// Looks every few seconds whether there is room on the disks, when there was a backup and what waits: for the figures, and with a line in the
/// log when the room runs out and when there is some again.
public struct StorageWatch: Service {
    private let health: HealthCheck
    private let time: any TimeSource
    private let logger: Logger
    private let interval: Duration = .seconds(15)

    public init(health: HealthCheck, time: any TimeSource, logger: Logger) {
        self.health = health
        self.time = time
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var before: String?
            while !Task.isCancelled {
                await health.store.look()
                before = look(after: before)
                await health.backups?.showFigures()
                await health.showQueue()
                // Cancelled: the loop's condition ends it.
                try? await time.sleep(until: time.now + interval)
            }
        }
    }

    /// Returns what is wrong, nil when nothing is.
    private func look(after before: String?) -> String? {
        for (name, space) in health.folders {
            Gauge(label: "postiz_storage_free_bytes", dimensions: [("folder", name)]).record(space.free)
            Gauge(label: "postiz_storage_size_bytes", dimensions: [("folder", name)]).record(space.total)
        }
        let storage = health.storage
        Gauge(label: "postiz_storage_ok").record(storage.ok ? 1 : 0)
        let problem = storage.ok ? nil : storage.message ?? "The storage does not work."
        switch (before, problem) {
        case (nil, let problem?): logger.error("\(problem)")
        case (_?, nil): logger.notice("everything can be stored again; what was due goes out")
        default: break
        }
        return problem
    }
}
