import Domain
import Foundation
import Persistence

/// Captions of films: what is said, beside the film in the library. They go out with the posts that use it, to the platforms that take them.
extension MediaLibrary {
    /// So many languages a film may have captions in.
    private static let mostLanguages = 20

    /// Keeps `file`, a SubRip or WebVTT file, as the film's captions in `language`, in the place of those that were there.
    ///
    /// Throws what `update` throws, `NOT_FOUND`, and `VALIDATION_FAILED` for what is no film or cannot be read as captions of it.
    public func setCaptions(_ file: String, in language: String, of id: MediaID, as caller: Caller) async throws -> MediaView {
        try await changeCaptions(of: id, as: caller) { media, captions in
            let new = try Captions(file, language: language, duration: media.duration)
            let others = captions.filter { $0.language.lowercased() != language.lowercased() }
            guard others.count < Self.mostLanguages else {
                throw ProblemReport.invalid("language", "A film may have captions in \(Self.mostLanguages) languages. Remove some first.")
            }
            return (others + [new]).sorted { $0.language < $1.language }
        }
    }

    /// Throws `NOT_FOUND` also where there are none in this language.
    public func removeCaptions(in language: String, of id: MediaID, as caller: Caller) async throws -> MediaView {
        try await changeCaptions(of: id, as: caller) { _, captions in
            let others = captions.filter { $0.language.lowercased() != language.lowercased() }
            guard others.count < captions.count else { throw ProblemReport.notFound("caption") }
            return others
        }
    }

    public func captions(in language: String, of id: MediaID, as caller: Caller) async throws -> Captions {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        let all = try await database.read { try MediaRepository.captions(of: id, organization, in: $0) }
        guard let found = all.first(where: { $0.language.lowercased() == language.lowercased() }) else { throw ProblemReport.notFound("caption") }
        return found
    }

    private func changeCaptions(
        of id: MediaID, as caller: Caller, _ change: @escaping @Sendable (Media, [Captions]) throws -> [Captions]
    ) async throws -> MediaView {
        try caller.require(.mediaWrite)
        let (now, organization) = (time.now, caller.organizationId)
        let (changed, posts) = try await database.write { transaction -> (Media, [PostID]) in
            guard var media = try MediaRepository.find(id, of: organization, lock: true, in: transaction) else {
                throw ProblemReport.notFound("file")
            }
            guard media.kind == .video else { throw ProblemReport.invalid("id", "Only films have captions, and '\(media.name)' is none.") }
            let captions = try change(media, try MediaRepository.captions(of: id, organization, in: transaction))
            let users = try Self.revisePosts(using: id, as: caller, now: now, in: transaction)
            try MediaRepository.setCaptions(captions, of: id, organization, in: transaction)
            media.captionLanguages = captions.map(\.language)
            return (media, users)
        }
        await tellChange(of: id, in: posts, of: organization)
        return MediaView(changed)
    }
}
