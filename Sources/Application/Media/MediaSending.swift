import Crypto
import Domain
import Foundation
import Platforms

extension MediaLibrary {
    /// The file that a public address stands for, to be served to whoever has the address. Throws `NOT_FOUND` also after its time.
    public func publicFile(_ token: String) async throws -> MediaFile {
        let grant = try publicFiles.grant(token)
        guard let media = try await items([grant.mediaId], of: grant.organizationId)[grant.mediaId] else { throw ProblemReport.notFound("file") }
        return try await storing {
            let (fitted, path): (Media, String)
            if let fitting = grant.fitting {
                (fitted, path) = try await version(of: media, fitting)
            } else if let fitting = grant.film {
                (fitted, path) = try await converted(media, fitting)
            } else {
                return try await served(media, thumbnail: false)
            }
            return MediaFile(
                path: path, mimeType: fitted.mimeType, size: fitted.size, digest: (path as NSString).lastPathComponent, name: fitted.name)
        }
    }

    /// Files for a platform, in the order of `ids`, each as the kind that it is to the platform, and seen to be whole: what went out cut or
    /// changed could not be taken back.
    ///
    /// A picture that the platform would not take is made into one that it takes. Of a film the version that was asked for goes out.
    ///
    /// Throws `StillConverting` while such a version is being made, `NOT_FOUND` when one was removed from the library, `MEDIA_DAMAGED` naming the file when it is missing, cut or changed on the disk,
    /// `UNSUPPORTED_MEDIA` when it could not be made fit, `STORAGE_UNAVAILABLE` when the disk cannot be read at all.
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
            var (media, path) = (file, folder.file(file.digest))
            media.kind = rule.kind(of: file)
            let rule = rule.applying(to: file, among: files)
            var used: MediaVersion?
            if let fitting = rule.fitting(of: file, limits: limits) {
                (media, path) = try await storing { try await version(of: file, fitting) }
                used = .picture(fitting)
            } else if let fitting = rule.conversion(of: file, limits: limits), file.conversion(to: fitting) != nil {
                (media, path) = try await storing { try await converted(file, fitting) }
                used = .film(fitting)
            }
            outgoing.append(self.outgoing(media, used, at: path))
        }
        return outgoing
    }

    private func outgoing(_ media: Media, _ version: MediaVersion?, at path: String) -> OutgoingMedia {
        OutgoingMedia(media: media) { offset, count in
            try await DiskFile.onThread {
                let file = try DiskFile.reading(path)
                defer { file.close() }
                return try file.read(at: offset, count: count)
            }
        } publicURL: { [publicFiles] lasting in
            try publicFiles.address(of: media, version, lasting: lasting)
        }
    }

    /// Reads the file once: its digest is its name, so nothing else need be remembered.
    private func checkWhole(_ media: Media) async throws {
        let (path, upload) = (folder.file(media.digest), folder.path)
        var fault = try await DiskFile.onThread { () -> String? in
            // Without its folder the disk is not there: that passes.
            guard DiskFile.exists(upload) else { throw DiskError(number: ENOENT) }
            guard DiskFile.exists(path) else { return "is missing on this server's disk" }
            let size = try DiskFile.size(path)
            return size == media.size ? nil : "has \(size) bytes on this server's disk instead of \(media.size)"
        }
        if fault == nil, try await Self.digest(of: path) != media.digest { fault = "was changed on this server's disk" }
        guard let fault else { return }
        throw ProblemReport(
            .mediaDamaged,
            "The file \"\(media.name)\" \(fault). Nothing was sent. The operator restores it from a backup, or you choose another file; then retry.",
            details: ["mediaId": .string(media.id.text)])
    }

    /// In pieces, each with a turn of its own on the threads: a long film keeps no other file waiting.
    private static func digest(of path: String) async throws -> String {
        let file = try await DiskFile.onThread { try DiskFile.reading(path) }
        defer { file.close() }
        var (hash, offset) = (SHA256(), 0)
        while true {
            let from = offset
            let piece = try await DiskFile.onThread { try file.read(at: from, count: 1 << 20) }
            guard !piece.isEmpty else { return hash.finalize().hexadecimal }
            hash.update(data: piece)
            offset += piece.count
        }
    }
}
