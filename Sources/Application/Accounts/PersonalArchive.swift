import Domain
import Foundation
import NIOCore
import Persistence

/// Everything of a person as a tar archive: what is kept about them, their posts, and the files of these. Of workspaces in which nobody else is,
/// all posts and files.
public struct PersonalArchive: Sendable {
    private static let batch = 100

    let accounts: Accounts
    let posts: Posts
    let media: MediaLibrary

    init(accounts: Accounts, posts: Posts, media: MediaLibrary) {
        self.accounts = accounts
        self.posts = posts
        self.media = media
    }

    /// An archive that is made while it is read.
    public struct Begun: Sendable {
        fileprivate let archive: PersonalArchive
        fileprivate let data: PersonalData
        fileprivate let places: [Place]

        /// The archive's bytes, in order. Each reader gets the whole.
        public var pieces: Pieces { Pieces(walk: Walk(self)) }
    }

    fileprivate struct Place: Sendable {
        let organization: OrganizationID
        /// Nil: everybody's posts.
        let author: UserID?
    }

    /// Throws `FORBIDDEN` for who is no person.
    public func begin(as caller: Caller) async throws -> Begun {
        let user = try caller.requireSignedIn().user
        let data = try await accounts.personalData(as: caller)
        let places = try await accounts.database.read { transaction in
            try data.workspaces.map { workspace in
                let isAlone = try TeamRepository.members(of: workspace.id, in: transaction).count == 1
                return Place(organization: workspace.id, author: isAlone ? nil : user)
            }
        }
        return Begun(archive: self, data: data, places: places)
    }

    public struct Pieces: AsyncSequence, Sendable {
        fileprivate let walk: Walk

        public struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate let walk: Walk
            public func next() async throws -> ByteBuffer? { try await walk.next() }
        }

        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(walk: walk) }
    }

    /// Goes through what belongs into the archive, a piece at a time.
    fileprivate actor Walk {
        /// A hundred posts, or a file.
        private enum Step {
            case posts(Place, after: PostID?, number: Int)
            case file(Media)
            case files(Place, before: (at: Timestamp, id: MediaID)?)
        }

        private let begun: Begun
        private var steps: [Step] = []
        private var waiting: [ByteBuffer] = []
        private var file: (key: String, offset: Int, size: Int)?
        private var seen: Set<MediaID> = []
        private var hasBegun = false
        private var hasEnded = false

        init(_ begun: Begun) {
            self.begun = begun
            // The last step is the next one.
            steps = begun.places.reversed().flatMap { [.files($0, before: nil), .posts($0, after: nil, number: 1)] }
        }

        private var archive: PersonalArchive { begun.archive }

        func next() async throws -> ByteBuffer? {
            while true {
                if !waiting.isEmpty { return waiting.removeFirst() }
                if let piece = try await nextOfFile() { return piece }
                if !hasBegun {
                    hasBegun = true
                    try add("account.json", in: "", JSON.data(begun.data))
                } else if let step = steps.popLast() {
                    try await take(step)
                } else if hasEnded {
                    return nil
                } else {
                    hasEnded = true
                    return ByteBuffer(bytes: TarBlock.end)
                }
            }
        }

        private func take(_ step: Step) async throws {
            switch step {
            case .posts(let place, let after, let number): try await addPosts(of: place, after: after, number)
            case .files(let place, let before): try await addFiles(of: place, before: before)
            case .file(let media): try await addFile(media)
            }
        }

        private func addPosts(of place: Place, after: PostID?, _ number: Int) async throws {
            let found = try await archive.accounts.database.readDelayed {
                try PostRepository.list(of: place.organization, by: place.author, after: after, limit: PersonalArchive.batch, in: $0)
            }
            guard let last = found.last else { return }
            let views = try await archive.posts.views(found, of: place.organization)
            try add("posts-\(number).json", in: "workspaces/\(place.organization)", JSON.data(views))
            if found.count == PersonalArchive.batch { steps.append(.posts(place, after: last.id, number: number + 1)) }
            let ids = Set(found.flatMap(\.content.mediaIds)).subtracting(seen)
            seen.formUnion(ids)
            let files = try await archive.accounts.database.readDelayed { try MediaRepository.find(ids, of: place.organization, in: $0) }
            steps += files.map { .file($0) }
        }

        /// Those that no post has, where everything is the person's.
        private func addFiles(of place: Place, before: (at: Timestamp, id: MediaID)?) async throws {
            guard place.author == nil else { return }
            let found = try await archive.accounts.database.readDelayed {
                try MediaRepository.list(of: place.organization, before: before, limit: PersonalArchive.batch, in: $0)
            }
            if found.count == PersonalArchive.batch, let last = found.last { steps.append(.files(place, before: (last.createdAt, last.id))) }
            steps += found.filter { seen.insert($0.id).inserted }.map { .file($0) }
        }

        private func addFile(_ media: Media) async throws {
            let key = MediaKey.file(media.digest)
            // One that was removed meanwhile, or that the store has lost, is left out.
            guard let size = try await archive.media.store.size(of: key) else { return }
            let folder = "workspaces/\(media.organizationId)/files"
            let ending = media.name.split(separator: ".").last.map { $0.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(8) } ?? ""
            let name = ending.isEmpty ? media.id.text : "\(media.id.text).\(ending)"
            waiting.append(ByteBuffer(bytes: TarBlock.header(name, in: folder, size: size, at: media.createdAt)))
            file = (key, 0, size)
        }

        private func nextOfFile() async throws -> ByteBuffer? {
            guard let (key, offset, size) = file else { return nil }
            if offset < size {
                let store = archive.media.store
                let data = try await store.read(key, at: offset, count: min(store.blockSize, size - offset))
                guard !data.isEmpty else { throw StoreError(action: "read a file", code: "FileCut", status: nil, message: "it ends too early") }
                file = (key, offset + data.count, size)
                return ByteBuffer(bytes: data)
            }
            file = nil
            let padding = Self.padding(size)
            return padding > 0 ? ByteBuffer(repeating: 0, count: padding) : nil
        }

        private func add(_ name: String, in folder: String, _ data: Data) throws {
            waiting.append(ByteBuffer(bytes: TarBlock.header(name, in: folder, size: data.count, at: begun.data.exportedAt)))
            waiting.append(ByteBuffer(bytes: data + Data(count: Self.padding(data.count))))
        }

        private static func padding(_ size: Int) -> Int { (TarBlock.size - size % TarBlock.size) % TarBlock.size }
    }
}
