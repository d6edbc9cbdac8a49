import Domain
import Foundation
import NIOCore
import Persistence

/// What is known about a file before its pieces come.
public struct NewPartialUpload: Codable, Sendable, Equatable {
    public let name: String
    /// Bytes of the whole file.
    public let size: Int
    public let altText: String?

    public init(name: String, size: Int, altText: String? = nil) {
        self.name = name
        self.size = size
        self.altText = altText
    }
}

/// How far an upload in pieces is.
public struct PartialUploadView: Codable, Sendable, Equatable {
    public let id: PartialUploadID
    public let name: String
    /// Bytes of the whole file.
    public let size: Int
    /// Bytes that are there, counted from the beginning: where the next piece begins.
    public let offset: Int
    /// When it is forgotten, unless another piece arrives.
    public let expiresAt: Timestamp
    /// The file, once it is whole.
    public let media: MediaView?

    init(_ upload: PartialUpload, media: MediaView? = nil) {
        (id, name, size, offset, expiresAt) = (upload.id, upload.name, upload.size, upload.received, upload.expiresAt)
        self.media = media
    }
}

/// Uploads in pieces: for lines that break, and for proxies that refuse what is large. The last piece makes a file of them exactly as `upload`
/// does with a whole one.
extension MediaLibrary {
    /// How long an upload waits for its next piece.
    static let patienceForPieces = Duration.days(1)
    /// How many uploads an organization may have under way: what they hold of the disk is bounded.
    static let mostOpenUploads = 20
    /// How long making a file of the pieces may take before another try is let through.
    private static let finishing = Duration.minutes(2)

    /// Announces a file. Throws `TOO_LARGE`, `VALIDATION_FAILED`, and `CONFLICT` when too many uploads are under way.
    public func begin(_ new: NewPartialUpload, as caller: Caller) async throws -> PartialUploadView {
        try caller.require(.mediaWrite)
        guard new.size > 0 else { throw ProblemReport.invalid("size", "size is the number of bytes of the whole file, at least 1.") }
        guard new.size <= intake.maximumBytes else { throw intake.tooLarge }
        let (now, organization) = (time.now, caller.organizationId)
        let upload = PartialUpload(
            id: PartialUploadID(at: now), organizationId: organization, name: Self.displayName(new.name), altText: try Self.altText(new.altText),
            size: new.size, received: 0, mediaId: nil, createdAt: now, expiresAt: now + Self.patienceForPieces)
        try await database.write { transaction in
            guard try PartialUploadRepository.countOpen(of: organization, now: now, in: transaction) < Self.mostOpenUploads else {
                throw ProblemReport(
                    .conflict, "\(Self.mostOpenUploads) uploads of this workspace are under way. Finish or cancel one first.")
            }
            try PartialUploadRepository.insert(upload, in: transaction)
        }
        return PartialUploadView(upload)
    }

    /// How far an upload is, and the file that it became.
    public func progress(of id: PartialUploadID, as caller: Caller) async throws -> PartialUploadView {
        try caller.require(.mediaWrite)
        let upload = try await partial(id, of: caller.organizationId)
        guard let media = upload.mediaId else { return PartialUploadView(upload) }
        return PartialUploadView(upload, media: try await get(media, of: caller.organizationId))
    }

    /// Takes the piece that begins at `offset`; what arrived before a line broke stays. After the last piece, which may be empty to try again what
    /// failed for want of room, the file is made.
    ///
    /// Throws `CONFLICT`, telling the right offset, and what `upload` throws. When it is the file that is refused, the upload is forgotten.
    public func append<Body: AsyncSequence & Sendable>(
        to id: PartialUploadID, at offset: Int?, body: Body, as caller: Caller
    ) async throws -> PartialUploadView where Body.Element == ByteBuffer {
        try caller.require(.mediaWrite)
        let organization = caller.organizationId
        let upload = try await partial(id, of: organization)
        guard let offset else { throw ProblemReport.invalid("Upload-Offset", "Say in Upload-Offset at which byte of the file this piece begins.") }
        guard offset == upload.received, upload.mediaId == nil else { throw Self.misplaced(upload) }
        let (received, failure) = try await storing { try await store(body, of: upload) }
        let expiresAt = time.now + Self.patienceForPieces
        let counted = try await database.write {
            try PartialUploadRepository.advance(id, of: organization, from: offset, to: received.end, expiresAt: expiresAt, in: $0)
        }
        if !counted, let key = received.key { try await storing { try await store.remove(key) } }
        if let failure { throw failure }
        let now = try await partial(id, of: organization)
        guard counted else { throw Self.misplaced(now) }
        guard received.end == upload.size else { return PartialUploadView(now) }
        return PartialUploadView(now, media: try await finish(now, as: caller))
    }

    /// Forgets an upload. A file that was made of it stays.
    public func cancel(_ id: PartialUploadID, as caller: Caller) async throws {
        try caller.require(.mediaWrite)
        try await forget(try await partial(id, of: caller.organizationId))
    }

    /// Forgets uploads whose next piece never came, and bytes that belong to none. For the regular clean-up.
    public func removeExpiredPieces() async throws {
        let now = time.now
        for id in try await database.write({ try PartialUploadRepository.removeExpired(now: now, in: $0) }) { try await removeBytes(of: id) }
        let before = Timestamp.now - Self.patienceForPieces * 2  // Stores have a time of their own.
        try await storing {
            for try await piece in store.all(MediaKey.pieces) where piece.changed < before { try await store.remove(piece.key) }
        }
    }

    private func partial(_ id: PartialUploadID, of organization: OrganizationID) async throws -> PartialUpload {
        let now = time.now
        guard let upload = try await database.read({ try PartialUploadRepository.find(id, of: organization, now: now, in: $0) }) else {
            throw ProblemReport.notFound("upload")
        }
        return upload
    }

    private static func misplaced(_ upload: PartialUpload) -> ProblemReport {
        ProblemReport(
            .conflict, "This piece does not begin where the upload stands. Continue at byte \(upload.received) of \(upload.size).",
            details: ["offset": .number(Double(upload.received))])
    }

    /// Takes in a piece as it comes, and stores what came. Returns where it ends, its key unless nothing came, and why there is no more if the line
    /// broke. Two who send the same piece at once do not disturb each other.
    private func store<Body: AsyncSequence & Sendable>(
        _ body: Body, of upload: PartialUpload
    ) async throws -> (piece: (end: Int, key: String?), failure: ProblemReport?) where Body.Element == ByteBuffer {
        try await folder.withIncoming { path in
            let (end, failure) = try await write(body, of: upload, at: path)
            guard end > upload.received else { return ((end, nil), failure) }
            let piece = UploadPiece(range: upload.received..<end)
            let key = piece.key(of: upload.id)
            try await store.put(path, as: key)
            return ((end, key), failure)
        }
    }

    private func write<Body: AsyncSequence & Sendable>(
        _ body: Body, of upload: PartialUpload, at path: String
    ) async throws -> (end: Int, failure: ProblemReport?) where Body.Element == ByteBuffer {
        let file = try await DiskFile.onThread { try DiskFile.creating(path) }
        defer { file.close() }
        var written = 0
        var chunks = body.makeAsyncIterator()
        do {
            while let chunk = try await MediaIntake.next(&chunks, after: upload.received + written) {
                let offset = written
                guard chunk.readableBytes <= upload.size - upload.received - offset else { throw Self.overlong(upload) }
                try await DiskFile.onThread { try chunk.withUnsafeReadableBytes { try file.write($0, at: offset) } }
                written += chunk.readableBytes
            }
        } catch let problem as ProblemReport where problem.code == .uploadIncomplete {
            let end = upload.received + written
            let failure = ProblemReport(
                .uploadIncomplete, "The line broke. Continue at byte \(end) of \(upload.size).", details: ["offset": .number(Double(end))])
            return (end, failure)
        }
        return (upload.received + written, nil)
    }

    private static func overlong(_ upload: PartialUpload) -> ProblemReport {
        ProblemReport(
            .tooLarge, "This piece goes beyond the \(upload.size) bytes that were announced. Nothing of it counts.",
            details: ["offset": .number(Double(upload.received))])
    }

    /// Makes a file of the pieces. They are read as an upload is, into a place of its own: nobody else writes what is looked at.
    private func finish(_ upload: PartialUpload, as caller: Caller) async throws -> MediaView {
        let (id, organization, now) = (upload.id, caller.organizationId, time.now)
        let busyUntil = now + Self.finishing
        guard
            try await database.write({
                try PartialUploadRepository.claim(id, of: organization, now: now, busyUntil: busyUntil, in: $0)
            })
        else { throw ProblemReport(.conflict, "The file is being made of its pieces. Ask again in a moment.", retryAfter: .seconds(1)) }
        do {
            let media = try await storing {
                try await self.upload(
                    name: upload.name, altText: upload.altText, expectedBytes: upload.size, body: try await pieces(of: upload), as: caller)
            }
            try await database.write { try PartialUploadRepository.release(id, of: organization, media: media.id, in: $0) }
            try await removeBytes(of: id)
            return media
        } catch let problem as ProblemReport where [.unsupportedMedia, .tooLarge, .validationFailed].contains(problem.code) {
            try await forget(upload)
            throw problem
        } catch {
            try await database.write { try PartialUploadRepository.release(id, of: organization, media: nil, in: $0) }
            throw error
        }
    }

    private func get(_ id: MediaID, of organization: OrganizationID) async throws -> MediaView? {
        try await database.read { try MediaRepository.find(id, of: organization, in: $0) }.map(MediaView.init)
    }

    private func forget(_ upload: PartialUpload) async throws {
        try await database.write { try PartialUploadRepository.remove(upload.id, of: upload.organizationId, in: $0) }
        try await removeBytes(of: upload.id)
    }

    private func removeBytes(of id: PartialUploadID) async throws {
        try await storing { try await store.removeAll(MediaKey.pieces(of: id)) }
    }

    /// The pieces one behind the other. Throws `UNSUPPORTED_MEDIA` when one is missing: the upload begins anew then.
    private func pieces(of upload: PartialUpload) async throws -> UploadPieces {
        var found: [(piece: UploadPiece, key: String)] = []
        for try await file in store.all(MediaKey.pieces(of: upload.id)) {
            if let piece = UploadPiece(key: file.key), piece.range.count == file.size { found.append((piece, file.key)) }
        }
        // Of two that begin at one place, one was not counted: nothing goes on behind it.
        let beginnings = Set(found.map(\.piece.range.lowerBound) + [upload.size])
        var (keys, offset): ([(key: String, size: Int)], Int) = ([], 0)
        while offset < upload.size {
            guard let next = found.first(where: { $0.piece.range.lowerBound == offset && beginnings.contains($0.piece.range.upperBound) }) else {
                throw ProblemReport(.unsupportedMedia, "A piece of the file is missing \(store.place). Upload the file again.")
            }
            keys.append((next.key, next.piece.range.count))
            offset = next.piece.range.upperBound
        }
        return UploadPieces(store: store, keys: keys)
    }
}

/// Which bytes of a file a piece holds.
private struct UploadPiece {
    let range: Range<Int>

    init(range: Range<Int>) { self.range = range }

    init?(key: String) {
        let parts = key.split(separator: ".")
        guard parts.count == 4, let first = Int(parts[1]), let count = Int(parts[2]), count > 0 else { return nil }
        range = first..<first + count
    }

    /// A key that nobody else has.
    func key(of id: PartialUploadID) -> String {
        "\(MediaKey.pieces(of: id))\(range.lowerBound).\(range.count).\(UUID().uuidString.lowercased())"
    }
}

/// The bytes of pieces, as a request's body brings them.
private struct UploadPieces: AsyncSequence, Sendable {
    let store: any MediaStore
    let keys: [(key: String, size: Int)]

    struct AsyncIterator: AsyncIteratorProtocol {
        let store: any MediaStore
        var keys: ArraySlice<(key: String, size: Int)>
        var current: StoredBytes.AsyncIterator?

        mutating func next() async throws -> ByteBuffer? {
            while true {
                if let buffer = try await current?.next() { return buffer }
                guard let next = keys.popFirst() else { return nil }
                current = try await StoredBytes(store, next.key, 0..<next.size).makeAsyncIterator()
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(store: store, keys: keys[...]) }
}
