import Domain
import Foundation
import Platforms
import TestSupport
import Testing

@testable import Application

extension PublicFiles {
    /// With a key and an address for tests.
    static func testing(_ time: any TimeSource, key: String = "a key for tests that is long enough") throws -> PublicFiles {
        PublicFiles(
            mainURL: try #require(URL(string: "https://postiz.example.com")), secrets: SecretBox(encryptionKey: key), time: time)
    }
}

@Suite struct PublicFilesTests {
    private let time = ManualTime()

    private func media(_ type: String = "video/mp4") -> Media {
        Media(
            id: MediaID(), organizationId: OrganizationID(), name: "cat", kind: .video, mimeType: type, size: 1, digest: "", width: nil,
            height: nil, duration: nil, altText: nil, hasThumbnail: false, createdAt: time.now)
    }

    private func token(_ url: URL) -> String { url.deletingLastPathComponent().lastPathComponent }

    @Test func anAddressStandsForOneFileUntilItEnds() throws {
        let (files, media) = (try PublicFiles.testing(time), media())
        let url = try files.address(of: media, lasting: .hours(1))
        #expect(url.absoluteString.hasPrefix("https://postiz.example.com/api/files/"))
        #expect(url.lastPathComponent == "file.mp4")
        let grant = try files.grant(token(url))
        #expect(grant.mediaId == media.id)
        #expect(grant.organizationId == media.organizationId)
        time.advance(by: .minutes(59))
        _ = try files.grant(token(url))
        time.advance(by: .minutes(1))
        #expect(throws: ProblemReport.self) { try files.grant(token(url)) }
    }

    @Test func nobodyElseMakesOrChangesAnAddress() throws {
        let files = try PublicFiles.testing(time)
        let good = token(try files.address(of: media(), lasting: .hours(1)))
        let foreign = token(try PublicFiles.testing(time, key: "another key for tests, long enough").address(of: media(), lasting: .hours(1)))
        let changed = String(good.dropLast(6)) + String(good.suffix(6).reversed()) + "A"
        for token in [foreign, changed, "", "abc", "ä"] {
            let report = #expect(throws: ProblemReport.self) { try files.grant(token) }
            #expect(report?.code == .notFound)
        }
    }

    @Test(arguments: [("image/jpeg", "jpg"), ("image/png", "png"), ("video/quicktime", "mov")])
    func anAddressEndsLikeTheFilesType(_ type: String, _ ending: String) throws {
        #expect(try PublicFiles.testing(time).address(of: media(type), lasting: .hours(1)).pathExtension == ending)
    }

    @Test(arguments: [
        ("https://postiz.example.com", true), ("https://8.8.8.8", true), ("http://localhost:5000", false), ("http://127.0.0.1:5000", false),
        ("http://[::1]:5000", false), ("http://192.168.1.7", false), ("http://postiz", false), ("https://postiz.local", false),
        ("https://postiz.localhost", false),
    ])
    func anAddressTellsWhetherItCanBePublic(_ address: String, _ expected: Bool) throws {
        #expect(try #require(URL(string: address)).mayBePublic == expected)
    }
}
