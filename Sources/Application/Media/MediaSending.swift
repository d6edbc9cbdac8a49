import Crypto
import Domain
import Foundation
import NIOCore
import Persistence
import Platforms

extension MediaLibrary {
    /// The file that a public address stands for, to be served to whoever has the address. Throws `NOT_FOUND` also after its time.
    public func publicFile(_ token: String) async throws -> MediaFile {
        let grant = try publicFiles.grant(token)
        guard let media = try await items([grant.mediaId], of: grant.organizationId)[grant.mediaId] else { throw ProblemReport.notFound("file") }
        return try await storing {
            let (fitted, key): (Media, String)
            if let fitting = grant.fitting {
                (fitted, key) = try await version(of: media, fitting)
            } else if let fitting = grant.film {
                (fitted, key) = try await converted(media, fitting)
            } else {
                return try await served(media, thumbnail: false)
            }
            let tag = (key as NSString).lastPathComponent
            return MediaFile(store: store, key: key, mimeType: fitted.mimeType, size: fitted.size, tag: tag, name: fitted.name)
        }
    }

    /// Files for a platform, in the order of `ids`, each as the kind that it is to the platform, and seen to be whole: what went out cut or
    /// changed could not be taken back.
    ///
    /// A picture that the platform would not take is made into one that it takes. Of a film the version that was asked for goes out.
    ///
    /// Throws `StillConverting` while such a version is being made, `NOT_FOUND` when one was removed from the library, `MEDIA_DAMAGED` naming the file when it is missing, cut or changed in the store,
    /// `UNSUPPORTED_MEDIA` when it could not be made fit, `STORAGE_UNAVAILABLE` when the store cannot be read at all.
    public func outgoing(
        _ ids: [MediaID], of organization: OrganizationID, for rule: MediaRule, limits: AccountLimits
    ) async throws -> [OutgoingMedia] {
        let items = try await items(Set(ids), of: organization)
        let files = try ids.map { id in
            guard let media = items[id] else {
                throw ProblemReport(
                    .notFound, "A file of this post was removed from the media library. Edit the post and choose another one.")
            }
            return media
        }
        for media in files { try await storing { try await checkWhole(media) } }
        var outgoing: [OutgoingMedia] = []
        for file in files {
            var (media, key) = (file, MediaKey.file(file.digest))
            media.kind = rule.kind(of: file)
            let rule = rule.applying(to: file, among: files)
            var used: MediaVersion?
            if let fitting = rule.fitting(of: file, limits: limits) {
                (media, key) = try await storing { try await version(of: file, fitting) }
                used = .picture(fitting)
            } else if let fitting = rule.conversion(of: file, limits: limits), file.conversion(to: fitting) != nil {
                (media, key) = try await storing { try await converted(file, fitting) }
                used = .film(fitting)
            }
            let captions =
                file.captionLanguages.isEmpty
                ? [] : try await database.read { try MediaRepository.captions(of: file.id, organization, in: $0) }
            outgoing.append(self.outgoing(media, captions, used, key))
        }
        return outgoing
    }

    private func outgoing(_ media: Media, _ captions: [Captions], _ version: MediaVersion?, _ key: String) -> OutgoingMedia {
        let reader = BlockReader(store, key)
        return OutgoingMedia(media: media, captions: captions) { offset, count in
            try await reader.read(offset, count)
        } publicURL: { [publicFiles] lasting in
            try publicFiles.address(of: media, version, lasting: lasting)
        }
    }

    /// Reads the file once: its digest is its name, so nothing else need be remembered.
    private func checkWhole(_ media: Media) async throws {
        let (key, place) = (MediaKey.file(media.digest), store.place)
        var fault: String?
        if let size = try await store.size(of: key) {
            if size != media.size {
                fault = "has \(size) bytes \(place) instead of \(media.size)"
            } else if try await StoredBytes(store, key, 0..<size).digest() != media.digest {
                fault = "was changed \(place)"
            }
        } else {
            fault = "is missing \(place)"
        }
        guard let fault else { return }
        throw ProblemReport(
            .mediaDamaged,
            "The file \"\(media.name)\" \(fault). Nothing was sent. The operator restores it from a backup, or you choose another file; then retry.",
            details: ["mediaId": .string(media.id.text)])
    }
}

extension StoredBytes {
    /// SHA-256 in lower-case hex. Block after block, each with a turn of its own: a long film keeps no other file waiting.
    func digest() async throws -> String {
        var hash = SHA256()
        for try await buffer in self { buffer.withUnsafeReadableBytes { hash.update(bufferPointer: $0) } }
        return hash.finalize().hexadecimal
    }
}
