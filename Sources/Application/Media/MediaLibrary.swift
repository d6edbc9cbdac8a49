import Domain
import Foundation
import Logging
import Messaging
import NIOCore
import Persistence
import Platforms

/// Uploaded files: taking them in, listing them, handing them to publishing.
public struct MediaLibrary: Sendable {
    private static let longestAltText = 5_000
    private static let longestName = 200
    private static let longestFolder = 60

    let folder: MediaFolder
    let store: any MediaStore
    let copies = Turnstile<String>(places: 4)
    let portraits = Portraits()
    let intake: MediaIntake
    let tools: MediaTools
    let publicFiles: PublicFiles
    let database: any Database
    let queue: (any JobQueue)?
    let guarded: GuardedHTTP
    let events: any EventBus
    let time: any TimeSource
    let logger = Logger(label: "postiz.media")

    /// `directory` is where files arrive, and stay where `store` is nil; `maximumBytes` the largest file taken; `guarded` fetches media from
    /// addresses. `queue` is told when a thumbnail is to be made; without one `makeThumbnails` has to be called.
    public init(
        directory: URL, store: (any MediaStore)? = nil, maximumBytes: Int, database: any Database, queue: (any JobQueue)? = nil, guarded: GuardedHTTP,
        events: any EventBus,
        time: any TimeSource, publicFiles: PublicFiles, tools: MediaTools = MediaTools()
    ) {
        folder = MediaFolder(path: directory.path)
        self.store = store ?? FolderStore(path: directory.path)
        intake = MediaIntake(maximumBytes: maximumBytes, tools: tools)
        self.tools = tools
        self.publicFiles = publicFiles
        self.database = database
        self.queue = queue
        self.guarded = guarded
        self.events = events
        self.time = time
    }

    /// Takes in a file as it arrives, in constant memory. `expectedBytes` is its size as announced, where it was. `rest` reads what comes after
    /// the file, once that has arrived whole and before anything is kept: the alternative text it gives replaces `altText`.
    ///
    /// Throws `TOO_LARGE`, `UPLOAD_INCOMPLETE`, `UNSUPPORTED_MEDIA`, `STORAGE_FULL`, `STORAGE_UNAVAILABLE`, `VALIDATION_FAILED`; nothing is
    /// stored then.
    public func upload<Body: AsyncSequence & Sendable>(
        name: String, altText: String?, expectedBytes: Int?, body: Body, as caller: Caller,
        rest: () async throws -> String? = { nil }
    ) async throws -> MediaView where Body.Element == ByteBuffer {
        try caller.require(.mediaWrite)
        var alt = try Self.altText(altText)
        return try await storing {
            let path = try await folder.newIncoming()
            let result: Result<MediaView, any Error>
            do {
                let arrival = try await intake.receive(body, expectedBytes: expectedBytes, at: path, for: caller.organizationId)
                if let later = try await rest() { alt = try Self.altText(later) }
                result = .success(try await keep(arrival, name: Self.displayName(name), altText: alt, as: caller))
            } catch {
                result = .failure(error)
            }
            try await intake.cleanUp(path)
            return try result.get()
        }
    }

    /// Fetches a file from the web. Throws what `upload` does, `ADDRESS_REFUSED`, and `VALIDATION_FAILED` when nothing is there.
    public func fromURL(_ url: String, altText: String?, as caller: Caller) async throws -> MediaView {
        try caller.require(.mediaWrite)
        let url = url.trimmingCharacters(in: .whitespacesAndNewlines)  // As it comes with an address that was copied.
        do {
            return try await guarded.download(url) { answer in
                guard answer.status == 200 else {
                    throw ProblemReport.invalid("url", "The address answered with status \(answer.status) instead of a file.")
                }
                return try await upload(
                    name: URL(string: answer.url)?.lastPathComponent ?? "", altText: altText, expectedBytes: answer.expectedBytes,
                    body: answer.body, as: caller)
            }
        } catch let failure as TransportFailure {
            throw ProblemReport.invalid("url", "The address could not be reached: \(failure.reason).")
        }
    }

    /// Newest first, in the trash what was removed last. `cursor` is a page's `nextCursor`; `limit` 1 to 200. `search` looks at names and
    /// alternative texts; `used`: whether posts use it; `folder`: the empty one holds what is in no other.
    public func list(
        as caller: Caller, search: String? = nil, kind: MediaKind? = nil, used: Bool? = nil, folder: String? = nil, inTrash: Bool = false,
        cursor: String? = nil, limit: Int = 50
    ) async throws -> Page<MediaView> {
        try caller.require(.postsRead)
        let (organization, limit) = (caller.organizationId, min(max(limit, 1), 200))
        let before = try cursor.map(PageCursor<Media>.init)
        var filter = MediaRepository.Filter()
        (filter.text, filter.kind, filter.used, filter.inTrash) = (search, kind, used, inTrash)
        filter.folder = folder?.precomposedStringWithCanonicalMapping
        let wanted = filter
        let found = try await database.readDelayed {
            try MediaRepository.list(wanted, of: organization, before: before.map { ($0.createdAt, $0.id) }, limit: limit + 1, in: $0)
        }
        let page = found.prefix(limit)
        let last = found.count > limit ? page.last : nil
        return Page(items: page.map(MediaView.init), nextCursor: last.map { PageCursor($0.deletedAt ?? $0.createdAt, $0.id).text })
    }

    /// The folders that hold anything, by name.
    public func folders(as caller: Caller) async throws -> [String] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.readDelayed { try MediaRepository.folders(of: organization, in: $0) }
    }

    /// `orInTrash`: also a file that may still come back.
    public func get(_ id: MediaID, orInTrash: Bool = false, as caller: Caller) async throws -> MediaView {
        try caller.require(.postsRead)
        return MediaView(try await media(id, of: caller.organizationId, orInTrash: orInTrash))
    }

    /// Changes what is not nil; an empty alternative text removes it, an empty folder takes it out of its folder. The words words go out with the posts that use the file, so each of those
    /// still to go out gets a new revision: who looked at it before must look again. Once a person has planned one, only those may change them
    /// who could change the post itself: throws `FORBIDDEN` for a draft-only caller, `FORBIDDEN_SCOPE` for one without `posts:write`.
    public func update(_ id: MediaID, altText: String?, name: String?, folder: String? = nil, as caller: Caller) async throws -> MediaView {
        try caller.require(.mediaWrite)
        let (now, organization, alt) = (time.now, caller.organizationId, try Self.altText(altText))
        let place = try folder.map(Self.folder)
        let (changed, posts) = try await database.write { transaction -> (Media, [PostID]) in
            guard let before = try MediaRepository.find(id, of: organization, lock: true, in: transaction) else {
                throw ProblemReport.notFound("file")
            }
            var media = before
            if altText != nil { media.altText = alt }
            if let name { media.name = Self.displayName(name) }
            let saysOther = media != before
            if let place { media.folder = place.isEmpty ? nil : place }
            guard saysOther else {
                if media != before { try MediaRepository.update(media, in: transaction) }
                return (media, [])
            }
            let users = try Self.revisePosts(using: id, as: caller, now: now, in: transaction)
            try MediaRepository.update(media, in: transaction)
            return (media, users)
        }
        await tellChange(of: id, in: posts, of: organization)
        return MediaView(changed)
    }

    /// Gives the posts that use a file and are still to go out a new revision, because its words go out with them. Throws as `update` does.
    static func revisePosts(using id: MediaID, as caller: Caller, now: Timestamp, in transaction: any Transaction) throws -> [PostID] {
        let users = try MediaRepository.posts(stillUsing: id, of: caller.organizationId, in: transaction)
        try requirePostChange(of: users, by: caller, in: transaction)
        try PostRepository.revise(users.map(\.id), now: now, in: transaction)
        return users.map(\.id)
    }

    func tellChange(of id: MediaID, in posts: [PostID], of organization: OrganizationID) async {
        await send(.mediaUpdated, id, of: organization)
        for post in posts {
            await events.publish(ProductEvent(.postUpdated, organizationId: organization, at: time.now, data: ["postId": .string(post.text)]))
        }
    }

    /// Throws unless the caller may change what these posts say, as far as they are more than drafts.
    static func requirePostChange(of posts: [(id: PostID, status: PostStatus)], by caller: Caller, in transaction: any Transaction) throws {
        let planned = posts.filter { !$0.status.isProposal }.map(\.id)
        guard !planned.isEmpty else { return }
        let approvals = try Approvals(for: caller, in: transaction)
        let caller = try planned.reduce(caller) { $0.draftOnly ? $0 : try approvals.planner(of: $1, in: transaction) }
        try caller.requireApproved(to: "change the words of a file that a planned post uses")
        guard caller.may(.postsWrite) else {
            throw ProblemReport(
                .forbiddenScope,
                "A planned post uses this file, and its words go out with the post: changing them needs the scope posts:write too.",
                details: ["scope": .string(Scope.postsWrite.rawValue)])
        }
    }

    /// Removes what uploads left behind that never ended. For the regular clean-up; returns how many files on this machine.
    @discardableResult
    public func removeAbandonedUploads(olderThan age: Duration = .days(1)) async throws -> Int {
        let before = Timestamp.now - age  // Files carry the machine's own time.
        let removed = try await folder.removeIncoming(before: before)
        try await storing {
            try await store.removeUnfinished(before: before)
            try await removeLeftovers()
        }
        return removed
    }
}

// MARK: - Keeping

extension MediaLibrary {
    /// Puts the file in its place and stores its row. Its thumbnail is made afterwards, unless the same bytes have one already.
    private func keep(_ arrival: MediaIntake.Arrival, name: String, altText: String?, as caller: Caller) async throws -> MediaView {
        let (now, queue) = (time.now, queue)
        let new = Media(
            id: MediaID(at: now), organizationId: caller.organizationId, name: name, kind: arrival.kind, mimeType: arrival.mimeType,
            size: arrival.size, digest: arrival.digest, width: arrival.picture.width, height: arrival.picture.height,
            duration: arrival.picture.duration, facts: arrival.picture.facts, altText: altText, hasThumbnail: false, createdAt: now)
        let media = try await holding(arrival.digest, size: arrival.size) { hold in
            let (key, thumbnail) = (MediaKey.file(arrival.digest), MediaKey.thumbnail(arrival.digest))
            if try await store.size(of: key) != arrival.size { try await store.put(arrival.path, as: key) }
            let hasThumbnail = try await store.size(of: thumbnail) != nil
            return try await database.write { transaction in
                try hold.letGo(in: transaction)
                var media = new
                media.hasThumbnail = hasThumbnail
                let waits = !hasThumbnail && MediaTools.pictured.contains(media.kind)
                try MediaRepository.insert(media, thumbnailDue: waits ? now : nil, in: transaction)
                if waits { try queue?.enqueue([Chore.makeThumbnails.job(at: now)], in: transaction) }
                return media
            }
        }
        if !media.hasThumbnail { await queue?.announce([Chore.jobKind]) }
        await send(.mediaReady, media.id, of: media.organizationId)
        return MediaView(media)
    }

    /// Says what is wrong with the store in words for people.
    func storing<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as DiskError {
            throw error.problem
        } catch let error as StoreError {
            throw error.problem
        } catch let error as MissingFile {
            throw error.problem
        }
    }

    func send(_ type: EventType, _ id: MediaID, of organization: OrganizationID) async {
        await events.publish(ProductEvent(type, organizationId: organization, at: time.now, data: ["mediaId": .string(id.text)]))
    }

    /// A name to be shown: never a path, never a control character.
    static func displayName(_ name: String) -> String {
        let last = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        let scalars = last.unicodeScalars.filter {
            ![.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
        }
        let clean = String(String.UnicodeScalarView(scalars)).trimmingCharacters(in: .whitespaces)
            .precomposedStringWithCanonicalMapping
        return clean.isEmpty ? "file" : String(clean.prefix(longestName))
    }

    /// The name of a folder, on one line; empty for none.
    static func folder(_ name: String) throws -> String {
        let name = name.trimmingCharacters(in: .whitespacesAndNewlines).precomposedStringWithCanonicalMapping
        guard name.count <= longestFolder, !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw ProblemReport.invalid("folder", "Use at most \(longestFolder) characters on one line.")
        }
        return name
    }

    static func altText(_ text: String?) throws -> String? {
        guard let text = text?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return nil }
        guard text.count <= longestAltText, !text.unicodeScalars.contains("\0") else {
            throw ProblemReport.invalid("altText", "Use at most \(longestAltText) characters of plain text.")
        }
        return text.precomposedStringWithCanonicalMapping
    }
}
