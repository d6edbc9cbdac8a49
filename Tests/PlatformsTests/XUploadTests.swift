import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Large films on their way to X.
@Suite(.timeLimit(.minutes(10)))
struct XUploadTests {
    private func film(mebibytes: Int) -> OutgoingMedia {
        let size = mebibytes << 20
        let media = Media(
            id: MediaID(), organizationId: OrganizationID(), name: "film.mp4", kind: .video, mimeType: "video/mp4", size: size, digest: "",
            width: 640, height: 360, duration: 10, altText: nil, hasThumbnail: false, createdAt: .now)
        return OutgoingMedia(media: media) { offset, count in
            Data(repeating: UInt8(truncatingIfNeeded: offset >> 20), count: min(count, size - offset))
        }
    }

    @Test("After an interruption a large film goes on near where it stood")
    func resuming() async throws {
        try await withBench(try #require(ConformanceCase.all.first { $0.platform == "x" })) { bench in
            let request = bench.request([OutgoingPart(text: "Film", media: [film(mebibytes: 80)])])
            let journal = MemoryJournal()
            try bench.fault(.status, "x.appendUpload", skip: 17)
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .transient)
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.simulator.control.log(operation: "x.initializeUpload").count == 1)
            // 18 calls until the failure; then the last of two groups of 16 segments, which has 4.
            #expect(bench.simulator.control.log(operation: "x.appendUpload").count == 22)
            #expect(bench.publications.map { $0.media.map(\.byteCount) } == [[80 << 20]])
        }
    }

    @Test("An upload that X has forgotten is begun anew")
    func forgotten() async throws {
        try await withBench(try #require(ConformanceCase.all.first { $0.platform == "x" })) { bench in
            let request = bench.request([OutgoingPart(text: "Film", media: [film(mebibytes: 68)])])
            let answer: PlatformSimulator.JSON = ["errors": [["message": "Unknown media id."]], "title": "Invalid Request"]
            try bench.simulator.control.add(Fault(.status, platform: "x", path: "x.appendUpload", status: 400, body: answer, times: 1, skip: 3))
            _ = try await bench.publish(request, journal: MemoryJournal())
            #expect(bench.simulator.control.log(operation: "x.initializeUpload").count == 2)
            #expect(bench.publications.map { $0.media.map(\.byteCount) } == [[68 << 20]])
        }
    }
}
