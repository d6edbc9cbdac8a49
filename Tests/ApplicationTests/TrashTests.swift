import Application
import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@Suite("The trash", .timeLimit(.minutes(10)))
struct TrashTests {
    private func trash(of world: PublishingWorld) -> Trash {
        let workspace = world.world.workspace
        return Trash(
            database: workspace.database, channels: world.world.channels, media: world.media,
            audit: AuditLog(database: workspace.database, time: world.time), time: world.time,
            keeps: .days(30))
    }

    private func trash(of library: Library) -> Trash {
        let workspace = library.workspace
        return Trash(
            database: workspace.database, media: library.media, audit: AuditLog(database: workspace.database, time: workspace.time),
            time: workspace.time, keeps: .days(30))
    }

    // MARK: Files

    @Test("A deleted file leaves the library, keeps its bytes, and comes back as it was", arguments: TestDatabase.all)
    func fileComesBack(on kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let (media, person) = (library.media, library.person)
            let png = SampleFile.png(width: 3, height: 2)
            let view = try await library.upload(png, name: "tea.png", altText: "Tea")
            _ = try await media.update(view.id, altText: nil, name: nil, folder: " Autumn ", as: person)
            try await media.remove(view.id, as: person)
            #expect(try await media.list(as: person).items.isEmpty)
            try await refused(.notFound) { try await media.get(view.id, as: person) }
            #expect(try await media.folders(as: person) == [])
            let there = try await media.list(as: person, inTrash: true).items
            #expect(there.map(\.id) == [view.id] && there[0].deletedAt != nil)
            #expect(try await library.stored(view.id) == png)
            try await refused(.notFound) { try await media.restore(view.id, as: library.workspace.stranger) }

            let back = try await media.restore(view.id, as: person)
            #expect((back.deletedAt, back.altText, back.folder, back.name) == (nil, "Tea", "Autumn", "tea.png"))
            #expect(try await media.list(as: person, inTrash: true).items.isEmpty)
            try await refused(.notFound) { try await media.restore(view.id, as: person) }
            let noted = try await AuditLog(database: library.workspace.database, time: library.workspace.time)
                .list(as: person, action: "media.").map(\.action)
            #expect(Set(noted) == ["media.trashed", "media.restored"])
        }
    }

    @Test("Files go for good when their time is over, with their bytes, and not before", arguments: TestDatabase.all)
    func filesEnd(on kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let (media, person, bin) = (library.media, library.person, trash(of: library))
            let early = try await library.upload(SampleFile.png(width: 3, height: 2))
            let late = try await library.upload(SampleFile.png(width: 4, height: 2))
            try await media.remove(early.id, as: person)
            library.workspace.time.advance(by: .days(20))
            try await media.remove(late.id, as: person)
            library.workspace.time.advance(by: .days(9))
            #expect(try await bin.removeOld() == .init(posts: 0, files: 0))
            library.workspace.time.advance(by: .days(2))
            #expect(try await bin.removeOld() == .init(posts: 0, files: 1))
            try await refused(.notFound) { try await media.restore(early.id, as: person) }
            #expect(try await media.list(as: person, inTrash: true).items.map(\.id) == [late.id])
            #expect(try library.files.filter { !$0.hasSuffix(".lock") }.count == 1)
        }
    }

    @Test("Two files of the same bytes: emptying the trash takes nothing from the one that is there", arguments: TestDatabase.all)
    func sameBytes(on kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let png = SampleFile.png(width: 3, height: 2)
            let (gone, stays) = (try await library.upload(png), try await library.upload(png))
            try await library.media.remove(gone.id, as: library.person)
            #expect(try await trash(of: library).empty(as: library.person) == .init(posts: 0, files: 1))
            #expect(try await library.stored(stays.id) == png)
        }
    }

    @Test("Pages of the trash follow each other, what was deleted last first", arguments: TestDatabase.all)
    func pages(on kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            var ids: [MediaID] = []
            for width in 1...5 { ids.append(try await library.upload(SampleFile.png(width: width, height: 1)).id) }
            for id in ids {
                library.workspace.time.advance(by: .seconds(1))
                try await library.media.remove(id, as: library.person)
            }
            var (found, cursor) = ([MediaID](), String?.none)
            repeat {
                let page = try await library.media.list(as: library.person, inTrash: true, cursor: cursor, limit: 2)
                (found, cursor) = (found + page.items.map(\.id), page.nextCursor)
            } while cursor != nil
            #expect(found == ids.reversed())
        }
    }

    @Test("Folders narrow the library; the empty one holds what is in no other", arguments: TestDatabase.all)
    func folders(on kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let (media, person) = (library.media, library.person)
            let inside = try await library.upload(SampleFile.png(width: 1, height: 1))
            let outside = try await library.upload(SampleFile.png(width: 2, height: 1))
            // However an accent was typed, it is one folder.
            _ = try await media.update(inside.id, altText: nil, name: nil, folder: "Cafe\u{301}", as: person)
            #expect(try await media.folders(as: person) == ["Café"])
            #expect(try await media.list(as: person, folder: "Cafe\u{301}").items.map(\.id) == [inside.id])
            #expect(try await media.list(as: person, folder: "").items.map(\.id) == [outside.id])
            try await refused(.validationFailed) {
                try await media.update(inside.id, altText: nil, name: nil, folder: String(repeating: "a", count: 61), as: person)
            }
            #expect(try await media.update(inside.id, altText: nil, name: nil, folder: "", as: person).folder == nil)
        }
    }

    // MARK: Replacing

    @Test("A file takes the place of another in what has not gone out, and what went out keeps its own", arguments: TestDatabase.all)
    func replacing(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let old = try await world.upload(altText: "A cup")
            func post(_ text: String, schedule: ScheduleChoice? = nil) async throws -> PostView {
                try await world.posts.create(
                    PostDraft(parts: [PartDraft(text: text, mediaIds: [old])], platforms: [channel.text], schedule: schedule), as: world.person)
            }
            let sent = try await post("Out", schedule: .now)
            try await world.turn()
            let draft = try await post("Waits")
            let other = try await world.media.upload(
                name: "b.png", altText: nil, expectedBytes: nil, body: Library.body(SampleFile.png(width: 12, height: 9), chunk: 1_000),
                as: world.person)
            let new = try await world.media.replace(old, with: other.id, as: world.person)
            #expect(new.altText == "A cup")
            let after = try await world.posts.get(draft.id, as: world.person)
            #expect(after.parts[0].mediaIds == [other.id] && after.revision > draft.revision)
            #expect(try await world.posts.get(sent.id, as: world.person).parts[0].mediaIds == [old])
            #expect(try await world.media.get(old, as: world.person).deletedAt == nil, "a post that is out shows it")

            let third = try await world.upload(SampleFile.png(width: 14, height: 9), altText: "Third")
            _ = try await world.media.replace(other.id, with: third, as: world.person)
            #expect(try await world.media.list(as: world.person, inTrash: true).items.map(\.id) == [other.id])
            try await refused(.validationFailed) { try await world.media.replace(third, with: third, as: world.person) }
            try await refused(.notFound) { try await world.media.replace(third, with: old, as: world.world.workspace.stranger) }
        }
    }

    // MARK: Posts

    @Test("A deleted post comes back with its files and its plan", arguments: TestDatabase.all)
    func postComesBack(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let picture = try await world.upload(altText: "A cup")
            let channel = try await world.mastodon()
            let post = try await world.posts.create(
                PostDraft(
                    parts: [PartDraft(text: "Tea", mediaIds: [picture])], platforms: [channel.text],
                    scheduledFor: (world.time.now + .days(2)).description), as: world.person)
            try await world.posts.remove(post.id, as: world.person)
            try await world.media.remove(picture, as: world.person)
            let there = try await world.posts.list(PostQuery(inTrash: true), as: world.person).items
            #expect(there.map(\.id) == [post.id] && there[0].deletedAt != nil)
            #expect(try await world.posts.inTrash(upTo: 9, as: world.person) == 1)
            // Its time in the trash is the file's too.
            world.time.advance(by: .days(1))
            #expect(try await trash(of: world).removeOld() == .init(posts: 0, files: 0))
            let back = try await world.posts.restore(post.id, as: world.person)
            #expect(back.status == .scheduled && back.deletedAt == nil)
            #expect(try await world.media.get(picture, as: world.person).deletedAt == nil)
            #expect(try await world.posts.list(PostQuery(inTrash: true), as: world.person).items.isEmpty)
        }
    }

    @Test("A post whose time in the trash is over is gone, and its files may follow", arguments: TestDatabase.all)
    func postsEnd(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let picture = try await world.upload(altText: "A cup")
            let post = try await world.posts.create(
                PostDraft(parts: [PartDraft(text: "Tea", mediaIds: [picture])], platforms: [try await world.mastodon().text]), as: world.person)
            try await world.posts.remove(post.id, as: world.person)
            try await world.media.remove(picture, as: world.person)
            world.time.advance(by: .days(31))
            #expect(try await trash(of: world).removeOld() == .init(posts: 1, files: 1))
            try await refused(.notFound) { try await world.posts.restore(post.id, as: world.person) }
            #expect(try await world.world.workspace.publications(of: post.id).isEmpty)
        }
    }

    @Test("What a platform may still be working on is not removed for good", arguments: TestDatabase.all)
    func uncertainStays(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.world.workspace.addPost(
                on: [try await world.mastodon()], status: .publishing, publications: .unconfirmed)
            try await world.posts.remove(post, as: world.person)
            #expect(try await trash(of: world).empty(as: world.person) == .init(posts: 0, files: 0))
            #expect(try await world.posts.inTrash(upTo: 9, as: world.person) == 1)
        }
    }

    @Test("Emptying is for administrators, not for assistants that make drafts, and stays in its workspace", arguments: TestDatabase.all)
    func whoEmpties(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.posts.create(PostDraft(content: "Tea"), as: world.person)
            try await world.posts.remove(post.id, as: world.person)
            try await refused(.forbidden) { try await trash(of: world).empty(as: world.draftOnly) }
            #expect(try await trash(of: world).empty(as: world.world.workspace.stranger) == .init(posts: 0, files: 0))
            #expect(try await trash(of: world).empty(as: world.person) == .init(posts: 1, files: 0))
        }
    }
}
