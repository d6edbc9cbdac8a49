import Application
import Domain
import TestSupport
import Testing

@Suite("A cancelling taken back")
struct UncancelTests {
    @Test("plans it again where it was kept from going out, and nowhere else", arguments: TestDatabase.all)
    func planned(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channels = (linkedin: try await world.world.connect("linkedin", as: "ada").id, mastodon: try await world.mastodon())
            let post = try await world.schedule(["Back again"], on: [channels.linkedin, channels.mastodon])
            _ = try await world.posts.cancel(post.id, channels: [channels.linkedin.text], as: world.person)
            world.time.advance(by: .seconds(1))
            let cancelled = try await world.posts.cancel(post.id, as: world.person)
            #expect(cancelled.status == .cancelled)
            let back = try await world.posts.uncancel(post.id, to: .scheduled, revision: cancelled.revision, as: world.person)
            #expect(back.status == .scheduled && back.scheduledFor == post.scheduledFor)
            try await world.turn(after: .hours(1))
            #expect(world.published() == ["Back again"] && world.published(on: "linkedin").isEmpty)
            try await refused(.conflict) {
                try await world.posts.uncancel(post.id, to: .scheduled, revision: post.revision + 1, as: world.person)
            }
        }
    }

    @Test("brings back a draft as a draft and what waited for review as waiting; neither goes out", arguments: TestDatabase.all)
    func proposals(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon().text
            let time = (world.time.now + .hours(1)).description
            for status in [DraftStatus.draft, .inReview] {
                let post = try await world.posts.create(
                    PostDraft(content: "Not yet", platforms: [channel], scheduledFor: time, status: status), as: world.person)
                let cancelled = try await world.posts.cancel(post.id, as: world.person)
                let back = try await world.posts.uncancel(post.id, to: status, revision: cancelled.revision, as: world.person)
                #expect(back.status.rawValue == status.rawValue && back.publications.map(\.status) == [.draft])
            }
            try await world.turn(after: .hours(2))
            #expect(world.published().isEmpty)
        }
    }

    @Test("is refused when it was changed since, when nothing is cancelled, and when its time has passed", arguments: TestDatabase.all)
    func refusals(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let post = try await world.schedule(["Stays"], on: [channel])
            try await refused(.conflict) { try await world.posts.uncancel(post.id, to: .scheduled, revision: post.revision, as: world.person) }
            let cancelled = try await world.posts.cancel(post.id, as: world.person)
            try await refused(.conflict) {
                try await world.posts.uncancel(post.id, to: .scheduled, revision: cancelled.revision - 1, as: world.person)
            }
            try await refused(.notFound) {
                try await world.posts.uncancel(post.id, to: .scheduled, revision: cancelled.revision, as: world.world.workspace.stranger)
            }
            world.time.advance(by: .hours(2))
            try await refused(.conflict) {
                try await world.posts.uncancel(post.id, to: .scheduled, revision: cancelled.revision, as: world.person)
            }
            #expect(try await world.posts.get(post.id, as: world.person).status == .cancelled)
        }
    }

    @Test("waits for approval when who takes it back only drafts", arguments: TestDatabase.all)
    func drafting(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["Please"], on: [try await world.mastodon()])
            let cancelled = try await world.posts.cancel(post.id, as: world.person)
            let back = try await world.posts.uncancel(post.id, to: .scheduled, revision: cancelled.revision, as: world.draftOnly)
            #expect(back.status == .inReview)
            try await world.turn(after: .hours(2))
            #expect(world.published().isEmpty)
        }
    }
}
