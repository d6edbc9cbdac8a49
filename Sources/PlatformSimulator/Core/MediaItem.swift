import Crypto
import Foundation
import NIOCore

public enum MediaKind: String, Sendable {
    case image, gif, video, audio, document

    /// The kind a MIME type stands for; nil when no platform takes it.
    init?(contentType: String) {
        let type = contentType.lowercased()
        if type == "image/gif" {
            self = .gif
        } else if type.hasPrefix("image/") {
            self = .image
        } else if type.hasPrefix("video/") {
            self = .video
        } else if type.hasPrefix("audio/") {
            self = .audio
        } else if type.hasPrefix("application/") {
            self = .document
        } else {
            return nil
        }
    }
}

/// A file being uploaded to a platform, or uploaded. The bytes themselves are not here.
struct MediaItem: Sendable {
    enum State: Sendable, Equatable {
        case waitingForUpload
        /// Reads still to be answered with "processing".
        case processing(pollsLeft: Int)
        case ready
        case failed(String)
    }

    let id: String
    /// Account id that may use it.
    let owner: String
    var kind: MediaKind
    var contentType: String
    /// Announced size; nil when the platform does not ask.
    var announcedBytes: Int?
    var altText = ""
    var state = State.waitingForUpload
    var parts = ReceivedParts()
    let createdAt: Date
    /// The publication it became part of.
    var attachedTo: String?

    var attachment: Attachment {
        Attachment(
            id: id, kind: kind, altText: altText, contentType: contentType, byteCount: parts.byteCount, sha256: parts.sha256 ?? "")
    }

    /// The state after one more status request.
    mutating func poll(failing: Bool) -> State {
        if case .processing(let polls) = state {
            state = polls > 1 ? .processing(pollsLeft: polls - 1) : failing ? .failed("InvalidMedia") : .ready
        }
        return state
    }

    /// Called when all bytes have arrived.
    mutating func finish(polls: Int, failing: Bool) {
        state = polls > 0 ? .processing(pollsLeft: polls) : failing ? .failed("InvalidMedia") : .ready
    }
}

/// Sizes and digests of the pieces of an upload. A piece may be sent again; the whole is hashed when pieces come in order.
struct ReceivedParts: Sendable {
    private(set) var sizes: [Int: Int] = [:]
    private(set) var tags: [Int: String] = [:]
    private var whole = SHA256()
    private var hashedParts = 0
    private var isOrdered = true

    var byteCount: Int { sizes.values.reduce(0, +) }
    /// Pieces 0, 1, 2, … without a gap.
    var isGapless: Bool { sizes.keys.max().map { $0 + 1 == sizes.count } ?? false }
    var sha256: String? { isOrdered && isGapless ? Encoding.hex(whole.finalize()) : nil }

    /// Where the next piece in order must go on to keep the hash of the whole; nil once order was lost.
    var position: HashPosition? { isOrdered ? HashPosition(part: hashedParts, hash: whole) : nil }

    mutating func add(_ part: Int, _ received: ReceivedPart) {
        let isRepeat = tags[part] == received.tag
        sizes[part] = received.byteCount
        tags[part] = received.tag
        if isRepeat { return }
        if part == hashedParts, let position = received.position, position.part == part {
            whole = position.hash
            hashedParts += 1
        } else {
            isOrdered = false
        }
    }
}

/// The hash of a file's first pieces: `part` of them.
struct HashPosition: Sendable {
    let part: Int
    var hash: SHA256

    static let start = HashPosition(part: 0, hash: SHA256())
}

/// One piece of an upload after its last byte.
struct ReceivedPart: Sendable {
    let byteCount: Int
    /// Digest of this piece: also its ETag.
    let tag: String
    /// Hash state of the whole file up to the end of this piece.
    let position: HashPosition?
    /// The bytes, unless there were too many to keep.
    let kept: ByteBuffer?
}

/// Swallows a piece of an upload as it arrives: counts, hashes, and keeps the bytes only while they are few.
struct MediaSink {
    static let keepLimit = 16 << 20

    private var byteCount = 0
    private var own = SHA256()
    private var position: HashPosition?
    private var kept: ByteBuffer? = ByteBuffer()

    init(continuing position: HashPosition?) { self.position = position }

    mutating func write(_ chunk: ByteBuffer) {
        byteCount += chunk.readableBytes
        own.update(data: chunk.readableBytesView)
        position?.hash.update(data: chunk.readableBytesView)
        guard byteCount <= Self.keepLimit else {
            kept = nil
            return
        }
        kept?.writeImmutableBuffer(chunk)
    }

    func finish() -> ReceivedPart {
        ReceivedPart(byteCount: byteCount, tag: Encoding.hex(own.finalize()), position: position, kept: kept)
    }

    static func receive(_ bytes: ByteBuffer, continuing position: HashPosition? = .start) -> ReceivedPart {
        var sink = MediaSink(continuing: position)
        sink.write(bytes)
        return sink.finish()
    }
}

/// The bytes of pictures and films for the pages. Files that are too large are not kept, and the oldest go when the shelf is full.
struct FileShelf: Sendable {
    static let capacity = 128 << 20
    static let largest = 64 << 20

    private struct File {
        var contentType: String
        var pieces: [Int: ByteBuffer] = [:]
        var byteCount = 0
        /// A piece of it was too large: what came of it is no whole file.
        var isDropped = false
    }

    private var files: [String: File] = [:]
    private var queue: [String] = []
    private var head = 0
    private var byteCount = 0

    /// `bytes`: a piece of the file as it was received; nil when there were too many to keep.
    mutating func put(_ id: String, part: Int = 0, contentType: String, bytes: ByteBuffer?) {
        if files[id] == nil { queue.append(id) }
        var file = files[id] ?? File(contentType: contentType)
        let before = file.byteCount
        file.contentType = contentType
        if let bytes, !file.isDropped {
            file.byteCount += bytes.readableBytes - (file.pieces[part]?.readableBytes ?? 0)
            file.pieces[part] = bytes
        }
        if bytes == nil || file.byteCount > Self.largest { file = File(contentType: contentType, isDropped: true) }
        byteCount += file.byteCount - before
        files[id] = file
        makeRoom()
    }

    private mutating func makeRoom() {
        while byteCount > Self.capacity, head < queue.count {
            byteCount -= files.removeValue(forKey: queue[head])?.byteCount ?? 0
            head += 1
        }
        if head > 1024 {
            queue.removeFirst(head)
            head = 0
        }
    }

    /// What was kept under `id` is the file `other` from now on.
    mutating func rename(_ id: String, to other: String) {
        guard let file = files.removeValue(forKey: id) else { return }
        files[other] = file
        queue.append(other)
    }

    /// How much of a file is here, without reading it.
    func size(_ id: String) -> Int { files[id]?.byteCount ?? 0 }

    func file(_ id: String) -> (contentType: String, bytes: ByteBuffer)? {
        guard let file = files[id], !file.isDropped else { return nil }
        var bytes = ByteBuffer()
        for piece in file.pieces.sorted(by: { $0.key < $1.key }) { bytes.writeImmutableBuffer(piece.value) }
        return (file.contentType, bytes)
    }
}
