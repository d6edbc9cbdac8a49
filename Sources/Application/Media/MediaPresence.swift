import Domain

extension MediaLibrary {
    /// What is wrong with a file as it is stored, without reading it: it is not there, or has another size. Nil when nothing is, or when its
    /// disk cannot be read at the moment.
    func fault(of media: Media) async throws -> String? {
        let (path, upload) = (folder.file(media.digest), folder.path)
        return try await DiskFile.onThread {
            guard DiskFile.exists(upload) else { return nil }
            guard DiskFile.exists(path) else { return "is missing on this server's disk" }
            let size = try DiskFile.size(path)
            return size == media.size ? nil : "has \(size) bytes on this server's disk instead of \(media.size)"
        }
    }
}
