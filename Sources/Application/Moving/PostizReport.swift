import Domain
import Foundation

/// What an import from Postiz brings, and what it does not.
public struct PostizReport: Codable, Sendable, Equatable {
    public struct Channel: Codable, Sendable, Equatable {
        public enum Outcome: String, Codable, Sendable {
            /// It is made, and waits to be connected.
            case new = "NEW"
            /// The same account is connected here.
            case here = "HERE"
            /// An earlier import brought it.
            case known = "KNOWN"
            case left = "LEFT"
        }

        public let name: String
        public let platform: String
        public let outcome: Outcome
        /// Of one that does not come, or was found by its name.
        public let why: String?
    }

    /// By what they were there.
    public struct Posts: Codable, Sendable, Equatable {
        public var published = 0
        /// They become drafts that keep their time.
        public var planned = 0
        public var drafts = 0
        /// They become drafts too.
        public var failed = 0
        /// Brought by an earlier import.
        public var known = 0
        public var coming: Int { published + planned + drafts + failed }
    }

    /// Something that does not come, or not as it was.
    public struct Left: Codable, Sendable, Equatable {
        public let what: String
        public let count: Int
        public let why: String
    }

    /// Nil where nothing was brought.
    public var runId: OriginRunID?
    /// Whose workspace there.
    public var organization: String
    public var channels: [Channel] = []
    public var posts = Posts()
    /// Files that come; after an import, those that came.
    public var files = 0
    public var templates = 0
    public var signatures = 0
    public var left: [Left] = []
    /// What the way by which it was read does not tell, so that nobody knows whether it is there.
    public var untold: [String] = []

    mutating func leave(_ count: Int, _ what: String, _ why: String) {
        guard count > 0 else { return }
        left.append(Left(what: what, count: count, why: why))
    }

    /// What a run made, by kind.
    var counts: [String: Int] {
        [
            "channels": channels.count { $0.outcome == .new }, "posts": posts.coming, "files": files, "templates": templates,
            "signatures": signatures,
        ]
    }
}

/// How an import from Postiz is to go.
public struct PostizReading: Sendable {
    public enum Origin: Sendable {
        /// A dump of its database; `-` is standard input.
        case dump(String)
        /// One that runs, by its public API.
        case server(PostizServer)
    }

    public enum Files: Sendable {
        /// From their addresses.
        case fetched
        /// From the folder in which Postiz kept its uploads; what is not there, from its address.
        case folder(String)
        case none
    }

    public var origin: Origin
    /// The id or name of the workspace there; nil where it has only one.
    public var organization: String?
    public var files: Files
    /// Hears how it goes where that takes a while.
    public var progress: @Sendable (String) -> Void

    public init(
        _ origin: Origin, organization: String? = nil, files: Files = .fetched, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.origin = origin
        self.organization = organization
        self.files = files
        self.progress = progress
    }

    /// How the import is called in the list.
    var name: String {
        switch origin {
        case .dump("-"): "-"
        case .dump(let path): URL(fileURLWithPath: path).lastPathComponent.shortened(to: 200)
        case .server(let server): server.name.shortened(to: 200)
        }
    }
}

/// What was taken back of an import, and what stays because somebody has changed or used it since.
public struct UndoneOriginRun: Codable, Sendable, Equatable {
    public let run: OriginRun
    public var removed: [String: Int]
    public var left: [String: Int]
}
