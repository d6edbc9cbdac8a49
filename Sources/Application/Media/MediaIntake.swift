import Crypto
import Domain
import Foundation
import NIOCore

/// Receives a file into `incoming`, finds out what it is, and frees it of metadata. Nothing is half-stored: until it is in
/// the store it is nobody's file.
struct MediaIntake: Sendable {
    let maximumBytes: Int
    let tools: MediaTools
    var limits = PictureLimits()

    /// A whole file that is ready to be placed.
    struct Arrival: Sendable {
        let path: String
        let size: Int
        let digest: String
        let type: FileSignature
        let kind: MediaKind
        var mimeType: String { kind == .audio ? type.soundType : type.rawValue }
        let picture: MediaTools.Picture
    }

    /// Throws `ProblemReport`: `TOO_LARGE`, `UPLOAD_INCOMPLETE`, `UNSUPPORTED_MEDIA`, `STORAGE_FULL`, `STORAGE_UNAVAILABLE`. `path` names
    /// the file while it arrives; `cleanUp` removes what was not placed. `organization` waits its turn where turns are taken.
    func receive<Body: AsyncSequence>(
        _ body: Body, expectedBytes: Int?, at path: String, for organization: OrganizationID
    ) async throws -> Arrival where Body.Element == ByteBuffer {
        do {
            if let expectedBytes, expectedBytes > maximumBytes { throw tooLarge }
            let received = try await store(body, at: path)
            if let expectedBytes, received.size != expectedBytes { throw Self.incomplete(received.size, of: expectedBytes) }
            guard received.size > 0 else { throw ProblemReport(.unsupportedMedia, "The file is empty.") }
            guard let type = try await Self.signature(received, at: path) else { throw Self.unsupported }
            return try await examine(path, received, type, for: organization)
        } catch let error as DiskError {
            throw error.problem
        } catch is DamagedFile {
            throw ProblemReport(.unsupportedMedia, "The file is damaged or incomplete. Save it again and upload that.")
        }
    }

    /// Removes what lies in `incoming` under this name.
    func cleanUp(_ path: String) async throws {
        try await DiskFile.onThread { for name in Self.names(path) { try DiskFile.remove(name) } }
    }

    private static func names(_ path: String) -> [String] { [path, path + ".clean"] }

    private static func signature(_ received: Received, at path: String) async throws -> FileSignature? {
        if let type = FileSignature(received.head) { return type }
        return try await DiskFile.onThread {
            let file = try DiskFile.reading(path)
            defer { file.close() }
            return try OfficeFile(bytes: FileBytes(file: file, size: received.size)).signature()
        }
    }

    private struct Received: Sendable {
        var size = 0
        var digest = ""
        var head = Data()
    }

    /// Writes the body to disk as it comes.
    private func store<Body: AsyncSequence>(_ body: Body, at path: String) async throws -> Received where Body.Element == ByteBuffer {
        let file = try await DiskFile.onThread { try DiskFile.creating(path) }
        defer { file.close() }
        var received = Received()
        var hash = SHA256()
        var chunks = body.makeAsyncIterator()
        while let chunk = try await Self.next(&chunks, after: received.size) {
            let offset = received.size
            received.size += chunk.readableBytes
            guard received.size <= maximumBytes else { throw tooLarge }
            received.head.append(contentsOf: chunk.readableBytesView.prefix(max(0, FileSignature.length - received.head.count)))
            chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            try await DiskFile.onThread { try chunk.withUnsafeReadableBytes { try file.write($0, at: offset) } }
        }
        try await DiskFile.onThread { try file.sync() }
        received.digest = hash.finalize().hexadecimal
        return received
    }

    /// The next piece of the body. A sender who goes away is not an error of the server.
    static func next<Chunks: AsyncIteratorProtocol>(
        _ chunks: inout Chunks, after count: Int
    ) async throws -> ByteBuffer? where Chunks.Element == ByteBuffer {
        do {
            return try await chunks.next()
        } catch let problem as ProblemReport {
            throw problem
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw incomplete(count, of: nil)
        }
    }

    private func examine(
        _ path: String, _ received: Received, _ type: FileSignature, for organization: OrganizationID
    ) async throws -> Arrival {
        let size = received.size
        let (header, cleaned) = try await DiskFile.onThread { () -> (ImageHeader?, (size: Int, digest: String)?) in
            let file = try DiskFile.reading(path)
            defer { file.close() }
            if type == .mp4 || type == .quickTime { try BaseMediaFile(bytes: FileBytes(file: file, size: size)).checkWhole() }
            let header = try ImageHeader.read(FileBytes(file: file, size: size), as: type)
            if let header { try limits.check(header) }
            let edits = try Metadata.edits(for: file, size: size, type: type)
            guard !edits.isEmpty else { return (header, nil) }
            let copy = try DiskFile.creating(path + ".clean")
            defer { copy.close() }
            let result = try file.copy(size: size, to: copy, edits: edits)
            try copy.sync()
            return (header, result)
        }
        if type.kind == .image, header == nil { throw DamagedFile() }
        let final = cleaned == nil ? path : path + ".clean"
        var kind = header?.isAnimated == true ? MediaKind.animation : type.kind
        var picture = MediaTools.Picture(width: header?.width, height: header?.height, duration: nil)
        if kind == .animation { picture.facts.frames = header?.frames }
        if type == .pdf { picture.facts.pages = await tools.pages(final, for: organization) }
        if kind == .video {
            picture = try await look(final, type, for: organization)
            kind = picture.kind ?? kind
            try limits.check(picture)
        }
        return Arrival(
            path: final, size: cleaned?.size ?? size, digest: cleaned?.digest ?? received.digest, type: type, kind: kind, picture: picture)
    }

    /// Where the program is not installed, nothing is known. Where it looked in vain, the file is of no use to anybody.
    private func look(_ path: String, _ type: FileSignature, for organization: OrganizationID) async throws -> MediaTools.Picture {
        switch await tools.probe(path, type: type, for: organization) {
        case .notInstalled: return MediaTools.Picture()
        case .failed:
            throw ProblemReport(
                .unsupportedMedia,
                "The file could not be read as a film or sound: it is damaged or incomplete. Save it again (MP4 with H.264 and AAC is read "
                    + "everywhere) and upload that.")
        case .found(var picture):
            if type != .webm {
                picture.facts.indexFirst = try await DiskFile.onThread {
                    let file = try DiskFile.reading(path)
                    defer { file.close() }
                    return try BaseMediaFile(bytes: FileBytes(file: file, size: try DiskFile.size(path))).indexIsFirst()
                }
            }
            return picture
        }
    }

    var tooLarge: ProblemReport {
        ProblemReport(
            .tooLarge,
            "The file is larger than this server takes (\(maximumBytes / 1_048_576) MB). The operator can raise MAX_UPLOAD_BYTES.",
            details: ["maximumBytes": .number(Double(maximumBytes))])
    }

    private static func incomplete(_ count: Int, of expected: Int?) -> ProblemReport {
        let whole = expected.map { " of \($0)" } ?? ""
        return ProblemReport(.uploadIncomplete, "Only \(count)\(whole) bytes arrived and nothing was stored. Upload the file again.")
    }

    private static var unsupported: ProblemReport {
        ProblemReport(
            .unsupportedMedia, "This kind of file is not supported. Upload \(FileSignature.supported).",
            details: ["supported": .array(FileSignature.allCases.map { .string($0.rawValue) })])
    }
}
