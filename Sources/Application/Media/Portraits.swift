import Domain
import Foundation
import NIOConcurrencyHelpers
import Platforms

/// Small pictures of accounts, as their platforms show them, by address. Browsers never ask the platforms: that would tell them who looks.
final class Portraits: Sendable {
    struct Known: Sendable {
        /// A WebP; nil where there was none to be had.
        let picture: Data?
        let until: Timestamp
    }

    /// A picture is a few kilobytes.
    private static let most = 500
    private let known = NIOLockedValueBox<[String: Known]>([:])
    let places = Turnstile<String>(places: 2)

    func find(_ url: String, at now: Timestamp) -> Known? { known.withLockedValue { $0[url] }.flatMap { $0.until > now ? $0 : nil } }

    func keep(_ picture: Data?, for url: String, at now: Timestamp) {
        known.withLockedValue { known in
            if known.count >= Self.most { known = known.filter { $0.value.until > now } }
            if known.count >= Self.most { known.removeAll() }
            known[url] = Known(picture: picture, until: now + (picture == nil ? .minutes(10) : .hours(24)))
        }
    }
}

extension MediaLibrary {
    private static let largestPortrait = 4 << 20
    private static let largestPortraitPixels = 16_000_000
    private static let portraitSide = 96
    private static let portraitPatience = Duration.seconds(10)

    /// The picture of a channel's account, a small WebP; nil where it has none, or none can be had.
    public func portrait(of channel: ChannelView) async -> Data? {
        guard let url = channel.pictureUrl else { return nil }
        if let known = portraits.find(url, at: time.now) { return known.picture }
        return await portraits.places.pass(url) {
            if let known = portraits.find(url, at: time.now) { return known.picture }
            var picture: Data?
            do {
                picture = try await fetchPortrait(url)
            } catch {
                logger.info("no picture of an account", metadata: ["channel": "\(channel.id)", "error": "\(error)"])
            }
            // Who went away meanwhile does not say that there is none.
            if !Task.isCancelled { portraits.keep(picture, for: url, at: time.now) }
            return picture
        }
    }

    private func fetchPortrait(_ url: String) async throws -> Data? {
        let bytes = try await guarded.download(url, within: Self.portraitPatience) { answer -> Data? in
            guard answer.status == 200 else { return nil }
            var bytes = Data()
            for try await piece in answer.body {
                bytes.append(contentsOf: piece.readableBytesView)
                guard bytes.count <= Self.largestPortrait else { return nil }
            }
            return bytes
        }
        guard let bytes, let type = FileSignature(bytes) else { return nil }
        let side = Self.portraitSide
        return try await folder.withIncoming { original in
            // Headers decide, before anything is decoded.
            let isSound = try await DiskFile.onThread {
                let file = try DiskFile.creating(original)
                defer { file.close() }
                try bytes.withUnsafeBytes { try file.write($0, at: 0) }
                guard let header = try ImageHeader.read(FileBytes(file: file, size: bytes.count), as: type) else { return false }
                return header.pixels <= Self.largestPortraitPixels && !header.isAnimated
            }
            guard isSound else { return nil }
            return try await folder.withIncoming(".webp") { target in
                _ = await tools.shrink(original, to: (side, side), at: target, "[Q=80,strip]")
                return try await DiskFile.onThread { DiskFile.exists(target) ? try Data(contentsOf: URL(fileURLWithPath: target)) : nil }
            }
        }
    }
}
