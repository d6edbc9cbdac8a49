import Domain
import Logging
import ServiceLifecycle

extension TimeSource {
    /// Calls `round` again and again, each time `interval` after the one before ended, until the process is to stop. `failure` says in the log
    /// what did not work; the next round tries again.
    func rounds(
        every interval: Duration, failure: String, logger: Logger, _ round: @escaping @Sendable () async throws -> Void
    ) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await round()
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("\(failure); trying again", metadata: ["error": "\(error)"])
                }
                // Cancelled: the loop's condition ends it.
                try? await sleep(until: now + interval)
            }
        }
    }
}
