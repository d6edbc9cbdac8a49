import Domain
import Foundation

extension MediaLibrary {
    /// The small picture of a file itself, a WebP; nil when there is none, or it is larger than `limit` bytes. Throws `NOT_FOUND`.
    public func thumbnail(_ id: MediaID, atMost limit: Int, as caller: Caller) async throws -> Data? {
        let file: MediaFile
        do {
            file = try await self.file(id, thumbnail: true, as: caller)
        } catch let problem as ProblemReport where problem.code == .notFound {
            _ = try await get(id, as: caller)
            return nil
        }
        guard file.size <= limit else { return nil }
        do {
            return try await DiskFile.onThread {
                let open = try DiskFile.reading(file.path)
                defer { open.close() }
                return try open.read(at: 0, count: file.size)
            }
        } catch let error as DiskError {
            throw error.problem
        }
    }
}
