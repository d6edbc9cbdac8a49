import Domain
import Foundation
import Logging
import NIOPosix
import ServiceLifecycle

/// Notices while the server runs that the files of the time zones were replaced, puts the new rules in force and, in the process that has the
/// role `cron`, has planned posts follow them.
public struct ZoneWatch: Service {
    let folders: [ZoneFolder]
    /// Nil in processes that leave it to another.
    let replanning: Replanning?
    let time: any TimeSource
    let logger: Logger
    /// What is done with an edition that was read anew.
    var takeOver: @Sendable (ZoneData) -> Void = { $0.putInForce() }
    /// The edition at the start.
    var start = ZoneData.inForce
    /// How often the files are looked at.
    var pause = Duration.seconds(10)
    /// How often posts are looked at although nothing was replaced: another process may have planned them by older files.
    var net = Duration.hours(1)

    public init(folders: [ZoneFolder], replanning: Replanning?, time: any TimeSource, logger: Logger) {
        self.folders = folders
        self.replanning = replanning
        self.time = time
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var read = await fingerprints()
            var before = read
            var (data, due) = (start, time.now)
            while !Task.isCancelled {
                let found = await fingerprints()
                // What is being unpacked is not read half-way: it has to stand still between two looks.
                if found != read, found == before {
                    data = await reload() ?? data
                    (read, due) = (found, time.now)
                }
                before = found
                if time.now >= due { due = time.now + (await replan(by: data) ? net : pause) }
                // Cancelled: the loop's condition ends it.
                try? await time.sleep(until: time.now + pause)
            }
        }
    }

    private func fingerprints() async -> [String] {
        let folders = folders
        // The pool is shut down at the end of the process alone.
        return (try? await NIOThreadPool.singleton.runIfActive { folders.map(\.fingerprint) }) ?? []
    }

    /// Nil when there is nothing to read.
    private func reload() async -> ZoneData? {
        let folders = folders
        guard let data = try? await NIOThreadPool.singleton.runIfActive({ ZoneFolder.newest(of: folders) }), !data.names.isEmpty else {
            logger.error("the time zone files were replaced by none that can be read: the rules read before stay in force")
            return nil
        }
        takeOver(data)
        logger.notice("time zone files were replaced", metadata: ["edition": "\(data.version)", "source": "\(data.source)"])
        return data
    }

    private func replan(by data: ZoneData) async -> Bool {
        guard let replanning else { return true }
        do {
            try await replanning.follow(data)
            return true
        } catch {
            logger.error("planned posts were not checked against the rules of their zones; trying again", metadata: ["error": "\(error)"])
            return false
        }
    }
}
