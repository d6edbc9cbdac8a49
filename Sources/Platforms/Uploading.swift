import Domain

extension PlatformContext {
    /// Waits, as a step of its own behind `step`, until the platform has processed a file: when that takes long, the worker comes back without
    /// uploading again. Gives `result`, which is remembered.
    func awaitReady<Result: Codable & Sendable>(
        _ step: String, _ journal: any StepJournal, giving result: Result, _ state: @Sendable () async throws -> MediaState
    ) async throws -> Result {
        try await journal.step("\(step)-ready") {
            try await awaitReady(state)
            return result
        }
    }
}

extension PlatformAPI {
    /// The address for an upload as the platform handed it out. Throws unless it is one of the platform's own: files and tokens go nowhere else.
    func uploadAddress(_ address: String?, at hosts: PlatformHosts, _ domains: [String]) throws -> String {
        guard let address, hosts.owns(address, domains: domains) else {
            throw PlatformError(
                .transient, code: "\(prefix)_UPLOAD_ADDRESS",
                message: "\(name) named no upload address of its own; nothing was sent there. It is tried again.")
        }
        return address
    }

    /// A file that the platform took and could not use. `mend` says what the person can do.
    func notProcessed(_ what: String = "the file", because reason: String?, mend: String) -> PlatformError {
        PlatformError(
            .invalidContent, code: "\(prefix)_MEDIA_PROCESSING_FAILED",
            message: "\(name) could not process \(what)\(reason.map { ": \($0)" } ?? ""). \(mend)")
    }
}
