import Domain
import Foundation

/// A part that is live.
struct PublishedPart: Codable, Sendable, Equatable {
    /// The platform's id; empty when the platform named no id of its own for this part.
    let id: String
    let url: String?
    /// The address by which the platform itself names it, where that is another thing than `url`.
    var uri: String?
    /// The version that replies must name (AT Protocol).
    var cid: String?
    /// What the platform made otherwise than was asked, in words.
    var notes: [String]?
}

/// A file is uploaded but the platform still works on it: not an error, but a reason to come back.
struct StillProcessing: Error {
    let checkAfter: Duration
}

/// What a file's state is, as a platform tells it.
enum MediaState: Sendable {
    case ready
    case processing(checkAfter: Duration)
}

extension PlatformContext {
    /// The longest that a worker waits on the spot for a file to be processed.
    private static let patience = Duration.seconds(30)

    /// Asks `look` until it finds something, with pauses between. Throws `StillProcessing` when that takes longer than a worker should wait.
    func awaitResult<Result>(checkAfter wait: Duration, _ look: () async throws -> Result?) async throws -> Result {
        let deadline = time.now + Self.patience
        while true {
            if let result = try await look() { return result }
            guard time.now + wait <= deadline else { throw StillProcessing(checkAfter: wait) }
            try await pause(wait)
        }
    }

    /// Asks `state` until the file is ready. Throws `StillProcessing` when that takes longer than a worker should wait.
    func awaitReady(_ state: @Sendable () async throws -> MediaState) async throws {
        let deadline = time.now + Self.patience
        while case .processing(let checkAfter) = try await state() {
            guard time.now + checkAfter <= deadline else { throw StillProcessing(checkAfter: checkAfter) }
            try await pause(checkAfter)
        }
    }
}

extension PlatformAPI {
    /// What the setting `name` says of each of `count` files, in their order and with `|` between them; nil where it says nothing. Throws where it
    /// says more than there are files, or where there is one file only.
    func values(of name: String, in request: PublishRequest, forEachOf count: Int) throws -> [String?] {
        let values = (request.setting(name) ?? "").split(separator: "|", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        if let last = values.lastIndex(where: { !$0.isEmpty }), count < 2 || last >= count {
            throw PlatformError(
                .invalidContent, code: "\(prefix)_TOO_MANY_TEXTS",
                message: count > 1
                    ? "The setting \(name) has \(last + 1) values for \(count) pictures. Take some away, or add pictures."
                    : "The setting \(name) is for posts of several pictures. Add pictures, or leave it empty.")
        }
        return (0..<count).map { values.indices.contains($0) && !values[$0].isEmpty ? values[$0] : nil }
    }
}

extension PublishRequest {
    /// Publishes part after part, each built on the ones before it. All files are uploaded before anything becomes public, so that a
    /// file which cannot be used does not leave half a thread behind.
    func publish<Upload: Sendable>(
        upload: (_ media: OutgoingMedia, _ step: String) async throws -> Upload,
        commit: (_ index: Int, _ uploads: [Upload], _ earlier: [PublishedPart]) async throws -> PublishedPart
    ) async throws -> PublishOutcome {
        do {
            var uploads = [[Upload]]()
            for (index, part) in parts.enumerated() {
                uploads.append([])
                for (number, media) in part.media.enumerated() {
                    uploads[index].append(try await upload(media, "media-\(index)-\(number)"))
                }
            }
            var published = [PublishedPart]()
            for index in parts.indices { published.append(try await commit(index, uploads[index], published)) }
            guard let first = published.first else {
                throw PlatformError(.invalidContent, code: "EMPTY_POST", message: "The post has no parts. Write something first.")
            }
            return .published(platformPostId: first.id, url: first.url, notes: published.flatMap { $0.notes ?? [] }.distinct())
        } catch let wait as StillProcessing {
            return .processing(checkAfter: wait.checkAfter)
        }
    }

    /// Whether nothing follows the part.
    func ends(with index: Int) -> Bool { index == parts.count - 1 }
    func setting(_ name: String) -> String? { settings[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
    /// The answers of a poll.
    func answers(_ name: String) -> [JSONValue] { AnswerRule.list(setting(name) ?? "").map { .string($0) } }
    func toggle(_ name: String) -> Bool { settings[name]?.bool ?? false }
}
