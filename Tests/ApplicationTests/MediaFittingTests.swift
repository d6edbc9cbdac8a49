import Domain
import Foundation
import TestSupport
import Testing

@testable import Application

extension MediaRule {
    static func pictures(types: [String] = ["image/jpeg", "image/png"], bytes: Int = 5_000_000, pixels: Int? = nil) -> MediaRule {
        MediaRule(
            maxImages: 4, maxVideos: 0, maxAnimations: 0, image: FileRule(types: types, maxBytes: bytes, maxPixels: pixels), animation: nil,
            video: nil, altTextLimit: 100)
    }
}

@Suite(.timeLimit(.minutes(10)), .enabled(if: MediaInspectionTests.has("vipsthumbnail")))
struct MediaFittingTests {
    private func sent(_ file: Data, for rule: MediaRule, _ body: (Media, Data, Library) async throws -> Void) async throws {
        try await Library.with(tools: MediaTools(timeLimit: .minutes(3))) { library in
            let view = try await library.upload(file, name: "cat.png", altText: "A cat")
            let organization = library.workspace.organization
            let outgoing = try #require(try await library.media.outgoing([view.id], of: organization, for: rule, limits: AccountLimits()).first)
            try await body(outgoing.media, try await outgoing.read(0, outgoing.media.size + 1), library)
        }
    }

    @Test func aPictureThatFitsGoesAsItIs() async throws {
        let file = SampleFile.png(width: 300, height: 200)
        try await sent(file, for: .pictures(pixels: 60_000)) { media, bytes, _ in
            #expect(bytes == file)
            #expect(media.mimeType == "image/png")
        }
    }

    @Test func aFormThatThePlatformDoesNotTakeBecomesAJPEG() async throws {
        try await sent(SampleFile.png(width: 300, height: 200), for: .pictures(types: ["image/jpeg"])) { media, bytes, library in
            #expect(bytes.prefix(3) == Data([0xFF, 0xD8, 0xFF]))
            #expect((media.mimeType, media.name, media.altText) == ("image/jpeg", "cat.jpg", "A cat"))
            #expect((media.width, media.height, media.size) == (300, 200, bytes.count))
            let original = try await library.stored(media.id)
            #expect(original == SampleFile.png(width: 300, height: 200))
        }
    }

    @Test func aPictureWithTooManyPixelsIsScaledDownToNoMore() async throws {
        try await sent(SampleFile.png(width: 300, height: 200), for: .pictures(pixels: 59_999)) { media, _, _ in
            let (width, height) = (try #require(media.width), try #require(media.height))
            #expect(width * height <= 59_999)
            #expect(width >= 297 && height >= 197)
        }
    }

    @Test func aPictureWithTooManyBytesIsMadeSmallerUntilItFits() async throws {
        try await sent(SampleFile.png(width: 300, height: 200), for: .pictures(bytes: 700)) { media, bytes, _ in
            #expect(bytes.count <= 700)
            #expect(media.size == bytes.count)
        }
    }

    @Test func whatCannotBeMadeFitIsSaid() async throws {
        let problem = await #expect(throws: ProblemReport.self) {
            try await sent(SampleFile.png(width: 300, height: 200), for: .pictures(bytes: 10)) { _, _, _ in }
        }
        #expect(problem?.code == .unsupportedMedia)
    }

    @Test func aVersionIsMadeOnceAndGoesWithItsFile() async throws {
        try await sent(SampleFile.png(width: 300, height: 200), for: .pictures(types: ["image/jpeg"])) { media, _, library in
            let path = "\(library.media.folder.path)/\(MediaKey.version(media.digest, PictureFitting(maxPixels: nil, maxBytes: 5_000_000)))"
            let made = try #require(try DiskFile.modified(path))
            let rule = MediaRule.pictures(types: ["image/jpeg"])
            _ = try await library.media.outgoing([media.id], of: library.workspace.organization, for: rule, limits: AccountLimits())
            #expect(try DiskFile.modified(path) == made)
            try await library.media.remove(media.id, forGood: true, as: library.person)
            #expect(!DiskFile.exists(path))
        }
    }
}
