import Domain
import Foundation

extension MediaLibrary {
    /// The version of a picture that a platform takes, and where it lies: made once, kept beside the original as long as that.
    ///
    /// Throws `UNSUPPORTED_MEDIA` when none could be made, `DiskError`.
    func version(of media: Media, _ fitting: PictureFitting) async throws -> (media: Media, path: String) {
        let path = folder.version(media.digest, fitting)
        if try await !DiskFile.onThread({ DiskFile.exists(path) }) {
            let target = try await folder.newIncoming() + ".jpg"
            guard try await tools.fit(media, at: folder.file(media.digest), fitting, to: target) else { throw await unfit(media, fitting) }
            try await DiskFile.onThread { [folder] in try folder.place(version: target, at: path) }
        }
        return try await DiskFile.onThread {
            let size = try DiskFile.size(path)
            let file = try DiskFile.reading(path)
            defer { file.close() }
            let header = try ImageHeader.read(file, size: size, as: .jpeg)
            let name = (media.name as NSString).deletingPathExtension + ".jpg"
            let version = Media(
                id: media.id, organizationId: media.organizationId, name: name, kind: .image, mimeType: PictureFitting.type, size: size,
                digest: media.digest, width: header?.width, height: header?.height, duration: nil, altText: media.altText,
                hasThumbnail: media.hasThumbnail, createdAt: media.createdAt)
            return (version, path)
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

extension MediaFolder {
    /// Where a version of a file lies.
    func version(_ digest: String, _ fitting: PictureFitting) -> String {
        "\(file(digest)).\(fitting.maxPixels ?? 0)-\(fitting.maxBytes).jpg"
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
