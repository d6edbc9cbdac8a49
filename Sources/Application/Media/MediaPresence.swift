import Domain

extension MediaLibrary {
    /// What is wrong with a file as it is stored, without reading it: it is not there, or has another size. Nil when nothing is, or when the
    /// store cannot be asked at the moment.
    func fault(of media: Media) async throws -> String? {
        do {
            guard let size = try await store.size(of: MediaKey.file(media.digest)) else {
                // Of a folder that is not mounted nothing is known.
                try await store.check()
                return "is missing among this server's files"
            }
            return size == media.size ? nil : "has \(size) bytes among this server's files instead of \(media.size)"
        } catch is StoreError {
            return nil
        } catch is DiskError {
            return nil
        }
    }
}
