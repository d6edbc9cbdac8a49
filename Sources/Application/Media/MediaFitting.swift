import Domain
import Foundation

extension MediaLibrary {
    /// The version of a picture that a platform takes, and its key: made once, kept beside the original as long as that.
    ///
    /// Throws `UNSUPPORTED_MEDIA` when none could be made, `NOT_FOUND` when the picture was removed meanwhile, and what the store throws.
    func version(of media: Media, _ fitting: PictureFitting) async throws -> (media: Media, key: String) {
        let key = MediaKey.version(media.digest, fitting)
        if try await store.size(of: key) == nil { try await make(media, fitting, as: key) }
        let size = try await size(of: key)
        let head = try await store.read(key, at: 0, count: 65_536)
        let header = try ImageHeader.read(FileBytes(head), as: .jpeg)
        let name = (media.name as NSString).deletingPathExtension + ".jpg"
        let version = Media(
            id: media.id, organizationId: media.organizationId, name: name, kind: .image, mimeType: PictureFitting.type, size: size,
            digest: media.digest, width: header?.width, height: header?.height, duration: nil, altText: media.altText,
            hasThumbnail: media.hasThumbnail, createdAt: media.createdAt)
        return (version, key)
    }

    private func make(_ media: Media, _ fitting: PictureFitting, as key: String) async throws {
        try await folder.withIncoming(".jpg") { target in
            let isMade = try await withLocalFile(MediaKey.file(media.digest)) { try await tools.fit(media, at: $0, fitting, to: target) }
            guard isMade else { throw await unfit(media, fitting) }
            guard try await keep(target, as: key, of: media.digest, { _ in true }) != nil else { throw ProblemReport.notFound("file") }
        }
    }

    private func unfit(_ media: Media, _ fitting: PictureFitting) async -> ProblemReport {
        let isMissing = await tools.version(of: "vipsthumbnail", "--version") == nil
        return ProblemReport(
            .unsupportedMedia,
            "\"\(media.name)\" could not be made into a JPEG of at most \(fitting.maxBytes / 1000) kB. Nothing was sent. "
                + (isMissing ? "The operator installs libvips-tools, or you" : "You") + " upload such a JPEG and choose it instead.",
            details: ["mediaId": .string(media.id.text)])
    }
}

extension MediaTools {
    /// Makes an upright JPEG in sRGB of what is on white where it was transparent: first as large as may be, then smaller until it has few enough
    /// bytes. False when that could not be done. Never enlarges.
    func fit(_ media: Media, at path: String, _ fitting: PictureFitting, to target: String) async throws -> Bool {
        guard let width = media.width, let height = media.height else { return false }
        let whole = Double(width) * Double(height)
        var scale = min(1, (Double(fitting.maxPixels ?? .max) / whole).squareRoot())
        for quality in [92, 85] + Array(repeating: 80, count: 12) {
            // Rounded down, so that the product stays within the limit.
            let size = (max(1, Int(Double(width) * scale)), max(1, Int(Double(height) * scale)))
            let made = await shrink(path, to: size, at: target, "[Q=\(quality),strip,background=255]")
            guard made.text != nil else { return false }
            let bytes = try await DiskFile.onThread { try DiskFile.size(target) }
            if bytes <= fitting.maxBytes { return true }
            if quality == 80 { scale *= 0.75 }
        }
        return false
    }
}
