import Application
import Domain
import Foundation
import Logging
import Messaging
import Persistence
import PlatformSimulator
import TestSupport
import Testing

/// A workspace whose posts go out: what `cron` and `worker` do is done step by step, on a clock that the test drives.
struct PublishingWorld: Sendable {
    let world: ConnectedWorld
    let queue: DatabaseJobQueue
    let publishing: Publishing
    let posts: Posts
    let media: MediaLibrary
    private let key = APIKeyID()

    var time: ManualTime { world.workspace.time }
    var person: Caller { world.person }
    /// A key of the person that makes drafts and posts for review only.
    var draftOnly: Caller {
        Caller(
            organizationId: person.organizationId, identity: .key(key, user: world.workspace.user), role: .owner,
            scopes: [.postsRead, .postsWrite, .mediaWrite], origin: .api, timeZone: person.timeZone, draftOnly: true)
    }
    var simulator: SimulatorControl { world.simulator.control }

    /// `settings` may change the operator's settings.
    static func with(
        _ kind: TestDatabase, settings: (inout [String: String]) -> Void = { _ in }, _ body: (PublishingWorld) async throws -> Void
    ) async throws {
        try await ConnectedWorld.with(kind, settings: settings) { try await body(PublishingWorld($0)) }
    }

    private init(_ world: ConnectedWorld) throws {
        self.world = world
        let (workspace, directory) = (world.workspace, FileManager.default.temporaryDirectory.appending(path: "postiz-test-\(UUID())"))
        queue = DatabaseJobQueue(database: workspace.database, time: workspace.time)
        media = MediaLibrary(
            directory: directory, maximumBytes: 1_000_000, database: workspace.database, guarded: world.platforms.guarded,
            events: workspace.events, time: workspace.time, publicFiles: try .testing(workspace.time))
        publishing = try Self.publishing(world, queue, media, on: workspace.database)
        posts = Posts(
            database: workspace.database, queue: queue, events: workspace.events, time: workspace.time, platforms: world.platforms,
            channels: world.channels, media: media, alarm: publishing.alarm, mainURL: "https://postiz.example.com")
    }

    private static func publishing(
        _ world: ConnectedWorld, _ queue: DatabaseJobQueue, _ media: MediaLibrary, on database: any Database
    ) throws -> Publishing {
        Publishing(
            database: database, queue: queue, events: world.workspace.events, time: world.workspace.time, platforms: world.platforms,
            channels: world.channels, media: media, configuration: try Configuration.load(environment: [:]), logger: Logger(label: "test"))
    }

    /// As `publishing`, with its own way to the database.
    func publishing(on database: any Database) throws -> Publishing { try Self.publishing(world, queue, media, on: database) }

    /// The one job is taken by so many workers in turn, each of which dies.
    func loseWorkers(_ count: Int) async throws {
        for _ in 0..<count {
            #expect(try await queue.claim(kind: Publisher.jobKind, limit: 1, lease: .seconds(15), patience: .zero).count == 1)
            time.advance(by: .seconds(16))
        }
    }

    /// Runs a worker until `isOver`.
    func work(until isOver: @escaping @Sendable () async throws -> Bool) async throws {
        let worker = Task { try await publishing.worker.run() }
        defer { worker.cancel() }
        try await eventually("the worker has done it") { try await isOver() }
    }

    func mastodon(as account: String = "ada") async throws -> IntegrationID { try await world.connect("mastodon", as: account).id }

    /// A thread for these channels in an hour, or when `draft` says.
    func schedule(_ texts: [String], on channels: [IntegrationID], in delay: Duration = .hours(1)) async throws -> PostView {
        try await posts.create(
            PostDraft(
                parts: texts.map { PartDraft(text: $0) }, platforms: channels.map(\.text), scheduledFor: (time.now + delay).description),
            as: person)
    }

    /// Does what `cron` and one worker would do at this moment: queues what is due and takes each ready job once. Returns how many it took.
    @discardableResult
    func turn() async throws -> Int {
        try await publishing.dueScan.queueEverythingDue()
        let jobs = try await queue.claim(kind: Publisher.jobKind, limit: 100, lease: .seconds(15), patience: .zero)
        for job in jobs {
            switch try await publishing.publisher.run(try #require(PublicationID(job.payload))) {
            case .done: try await queue.complete([job])
            case .again(let instant, let reason): try await queue.retry(job, at: instant, error: reason)
            }
        }
        return jobs.count
    }

    /// Lets `duration` pass, then takes a turn.
    func turn(after duration: Duration) async throws {
        time.advance(by: duration)
        try await turn()
    }

    func publication(of post: PostID) async throws -> PublicationView { try #require(try await posts.get(post, as: person).publications.first) }

    /// A picture in the media library.
    func upload(_ data: Data = SampleFile.png(width: 10, height: 10), altText: String, name: String = "a.png") async throws -> MediaID {
        try await media.upload(name: name, altText: altText, expectedBytes: nil, body: Library.body(data, chunk: 1_000), as: person).id
    }

    /// A picture in the media library, without its file.
    func addPicture() async throws -> MediaID {
        let picture = Media(
            id: MediaID(), organizationId: person.organizationId, name: "a.png", kind: .image, mimeType: "image/png", size: 100,
            digest: String(repeating: "0", count: 64), width: 10, height: 10, duration: nil, altText: "A picture", hasThumbnail: false,
            createdAt: time.now)
        try await world.workspace.database.write { try MediaRepository.insert(picture, in: $0) }
        return picture.id
    }

    /// A post that came out on a channel and has these figures now.
    func addFigures(_ figures: [String: Int], publishedAt text: String, on channel: IntegrationID) async throws {
        let (workspace, publishedAt) = (world.workspace, try #require(Timestamp(text)))
        let post = try await workspace.addPost(
            on: [channel], status: .published, publications: .published, platformPostId: "1", publishedAt: publishedAt)
        let publication = try #require(try await workspace.publications(of: post).first)
        let target = MetricsTarget(
            publicationId: publication.id, organizationId: workspace.organization, integrationId: channel, platformPostId: "1",
            publishedAt: publishedAt)
        try await workspace.database.write { try MetricsRepository.insert(figures, of: target, at: publishedAt + .hours(1), in: $0) }
    }

    /// The texts that stand on the platform, oldest first.
    func published(on platform: String = "mastodon") -> [String] { simulator.publications(platform: platform).map(\.text) }
}
