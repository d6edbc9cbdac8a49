import Domain
import Foundation
import PlatformSimulator
import TestSupport
import Testing

@testable import Application

@Suite("Files that are no longer whole", .timeLimit(.minutes(10)))
struct DamagedMediaTests {
    enum Damage: CaseIterable { case missing, cut, changed }

    @Test("A file that is missing, cut or changed on the disk is named, and nothing is sent", arguments: Damage.allCases)
    func named(_ damage: Damage) async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let channel = try await world.mastodon()
            let (post, path, bytes) = try await planned(on: channel, world)
            switch damage {
            case .missing: try FileManager.default.removeItem(at: path)
            case .cut: try bytes.dropLast(7).write(to: path)
            case .changed: try (bytes.dropLast() + [bytes.last.map { $0 ^ 1 } ?? 0]).write(to: path)
            }
            try await world.turn(after: .hours(1))
            let failed = try await world.publication(of: post)
            #expect(failed.status == .failed)
            #expect(failed.error?.code == "MEDIA_DAMAGED")
            #expect(failed.error?.message.contains("\"holiday.png\"") == true)
            #expect(world.simulator.log().allSatisfy { !$0.path.contains("/media") })

            try bytes.write(to: path)
            _ = try await world.posts.retry(post, as: world.person)
            try await world.turn()
            #expect(try await world.publication(of: post).status == .published)
        }
    }

    @Test("A disk that is not there is waited for")
    func folderGone() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let (post, _, _) = try await planned(on: try await world.mastodon(), world)
            let (folder, aside) = (world.media.folder.path, world.media.folder.path + "-aside")
            try FileManager.default.moveItem(atPath: folder, toPath: aside)
            try await world.turn(after: .hours(1))
            #expect(try await world.publication(of: post).status == .queued)
            try FileManager.default.moveItem(atPath: aside, toPath: folder)
            try await world.turn(after: .hours(1))
            #expect(try await world.publication(of: post).status == .published)
        }
    }

    /// A post with a picture in an hour, and where its file lies.
    private func planned(on channel: IntegrationID, _ world: PublishingWorld) async throws -> (PostID, URL, Data) {
        let picture = try await world.upload(altText: "A dot", name: "holiday.png")
        let draft = PostDraft(
            parts: [PartDraft(text: "Look", mediaIds: [picture])], platforms: [channel.text],
            scheduledFor: (world.time.now + .hours(1)).description)
        let post = try await world.posts.create(draft, as: world.person).id
        let media = try #require(try await world.media.items([picture], of: world.person.organizationId)[picture])
        let path = URL(filePath: "\(world.media.folder.path)/\(MediaKey.file(media.digest))")
        return (post, path, try Data(contentsOf: path))
    }
}
