import Domain
import Foundation

extension MediaLibrary {
    /// What a language model is shown of a picture: a small one tells enough, and costs less.
    private static let shown = PictureFitting(maxPixels: 1024 * 1024, maxBytes: 500_000)

    /// A JPEG of a picture of the workspace. Throws `NOT_FOUND`, `UNSUPPORTED_MEDIA`, `VALIDATION_FAILED` for what is no picture, and what the store
    /// throws.
    func pictureForModel(_ id: MediaID, as caller: Caller) async throws -> Data {
        try caller.require(.postsRead)
        guard let media = try await items([id], of: caller.organizationId)[id] else { throw ProblemReport.notFound("file") }
        guard media.kind == .image || media.kind == .animation else {
            throw ProblemReport.invalid("mediaId", "Only pictures can be described.")
        }
        return try await storing {
            let (version, key) = try await version(of: media, Self.shown)
            return try await store.read(key, at: 0, count: version.size)
        }
    }
}
