import Domain
import Foundation

/// One social platform: how to connect an account and what to do with it afterwards. Every adapter passes the platform conformance suite.
///
/// An adapter keeps no state of its own; it throws `PlatformError` and nothing else for what the platform or the network did.
public protocol Platform: Sendable {
    var descriptor: PlatformDescriptor { get }

    /// The names of operator settings that are missing, so that the platform cannot be offered yet.
    var missingCredentials: [String] { get }

    /// The operator's app at the platform, where one person's newer consent for an app ends the older ones; nil elsewhere. Platforms with
    /// the same app share their tokens.
    var sharedApp: String? { get }

    /// Asks the platform whether it accepts the operator's app, with nobody's account. Throws what kept it from answering.
    func checkApp(callbackURL: URL) async throws -> AppCheck

    /// The first step of connecting: where to send the person, and what to remember until they come back.
    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest

    /// What the consent page said instead of yes; nil when the callback can be exchanged.
    func callbackProblem(_ query: [String: String]) -> ProblemReport?

    /// Exchanges what the callback brought for tokens.
    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials

    /// Proves what the person filled in for the descriptor's `connect.fields`, checked already, and makes credentials of it: for platforms
    /// without a consent page. Addresses among it are the person's: they are called through the guarded client only.
    func connect(form: [String: String]) async throws -> Credentials

    /// The accounts or pages these tokens may post to: one for most platforms, several where the person must choose.
    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount]

    /// Renews the tokens. Throws `.authentication` when only the person can mend it.
    func refresh(_ credentials: Credentials) async throws -> Credentials

    /// Publishes all parts. Called again after a crash or an error with the same journal, it continues where it stopped.
    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome

    /// Does something, once, with a post that is out, as far as the descriptor's `followUps` name it. Called again after a crash or an error
    /// with the same journal, it continues where it stopped.
    func followUp(_ request: FollowUpRequest, journal: any StepJournal) async throws -> PublishOutcome

    /// The figures of published posts, by platform post id; posts the platform does not tell about are absent.
    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings

    /// The figures of the account itself, as far as the descriptor's `accountAnalytics` name them: those of now, and those of the days since
    /// `earliest` that the platform tells apart.
    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures

    /// Takes a post with all its parts away from the platform. What is gone already counts as taken away, so it may be repeated.
    ///
    /// Returns the numbers, from 0, of the parts that stay because nobody can say which of the platform's posts they are.
    @discardableResult
    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int]

    /// The platform's own id of the post at a public address, as far as the address tells: a person who has found a post in doubt gives that.
    /// Empty where it tells nothing.
    func postID(at url: String) -> String

    /// Ends the tokens at the platform, where it lets apps do that (RFC 7009). Tokens that have ended already are no error.
    func revoke(_ credentials: Credentials) async throws

    /// The values of a field that fit `query`: the platform is asked for the descriptor's `lookups`.
    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption]
}

extension Platform {
    public var sharedApp: String? { nil }

    public func checkApp(callbackURL: URL) async throws -> AppCheck { .untold }

    public func callbackProblem(_ query: [String: String]) -> ProblemReport? { standardCallbackProblem(query) }

    public func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest { throw connectsOtherwise }
    public func exchange(_ callback: AuthorizationCallback) async throws -> Credentials { throw connectsOtherwise }
    public func connect(form: [String: String]) async throws -> Credentials { throw connectsOtherwise }

    private var connectsOtherwise: PlatformError {
        let way = descriptor.connect.method == .form ? "by a form" : "on its consent page"
        return PlatformError(
            .invalidContent, code: "CONNECTS_OTHERWISE", message: "\(descriptor.name) is connected \(way). Start again from Channels.")
    }

    public func revoke(_ credentials: Credentials) async throws {}

    public func postID(at url: String) -> String { URL(string: url)?.lastPathComponent ?? "" }

    public func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures { AccountFigures() }

    public func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        throw PlatformError(
            .invalidContent, code: "CANNOT_REMOVE",
            message: "\(descriptor.name) does not let apps remove posts. Delete it at \(descriptor.name) yourself.")
    }

    public func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        descriptor.options(of: field, matching: query)
    }

    /// RFC 6749 §4.1.2.1, with the names that platforms have added.
    func standardCallbackProblem(_ query: [String: String]) -> ProblemReport? {
        guard let error = query["error"] else { return nil }
        if error == "access_denied" || error.hasPrefix("user_cancelled") { return .consentDeclined(descriptor.name) }
        let reason = query["error_description"].flatMap { $0.isEmpty ? nil : $0 } ?? error
        return ProblemReport(.connectFailed, "\(descriptor.name) did not connect the account: \(reason.prefix(300))")
    }
}

extension ProblemReport {
    static func consentDeclined(_ platform: String) -> ProblemReport {
        ProblemReport(.consentDeclined, "The connection was declined at \(platform). Nothing was changed; connect again to allow it.")
    }
}

/// A post that went out, as analytics needs it.
public struct PublishedPost: Sendable {
    public let platformPostId: String
    public let publishedAt: Timestamp

    public init(platformPostId: String, publishedAt: Timestamp) {
        self.platformPostId = platformPostId
        self.publishedAt = publishedAt
    }
}

/// What a platform tells about an account.
public struct AccountFigures: Sendable, Equatable {
    /// How many there are now.
    public var now: [AccountMetric: Int]
    /// By day, `yyyy-mm-dd` as the platform divides its days.
    public var days: [String: [AccountMetric: Int]]

    public init(now: [AccountMetric: Int] = [:], days: [String: [AccountMetric: Int]] = [:]) {
        self.now = now
        self.days = days
    }
}

/// What a platform tells about posts, by its ids. A post that it tells nothing about is absent.
public struct PostReadings: Sendable, Equatable {
    public private(set) var figures: [String: [Metric: Int]] = [:]
    /// What the platform itself did with a post since, in words for a person, such as taking it away.
    public private(set) var notes: [String: String] = [:]

    public init() {}

    public subscript(_ id: String) -> [Metric: Int]? {
        get { figures[id] }
        set { figures[id] = newValue }
    }

    public subscript(_ id: String, default none: @autoclosure () -> [Metric: Int]) -> [Metric: Int] {
        get { figures[id] ?? none() }
        set { figures[id] = newValue }
    }

    mutating func note(_ text: String, about id: String) { notes[id] = text }
}

/// A post that went out, as removing needs it.
public struct PublishedRef: Sendable, Equatable {
    /// One part as it was noted when it became public.
    public struct Part: Sendable, Equatable {
        /// The platform's id; empty when it is not known.
        public let id: String
        /// The address by which the platform itself names the part, to be compared before anything is removed; nil when it is not known.
        public let uri: String?
        /// The public address.
        public let url: String?

        public init(id: String, uri: String? = nil, url: String? = nil) {
            self.id = id
            self.uri = uri
            self.url = url
        }
    }

    /// All parts that are public, in the order in which they were published; never empty.
    public let parts: [Part]

    public init(_ parts: [Part]) { self.parts = parts }

    public init(partIds: [String]) { self.init(partIds.map { Part(id: $0) }) }
}

/// What is to be published on one account.
public struct PublishRequest: Sendable {
    /// Stable over all attempts: idempotency keys are made from it.
    public let publicationId: PublicationID
    public let account: ConnectedAccount
    public let parts: [OutgoingPart]
    /// Values for the descriptor's settings, defaults filled in; where there are kinds, of those that apply to `kind`.
    public let settings: [String: JSONValue]
    /// The name of the descriptor's kind that it is published as; empty where the platform has one kind only.
    public let kind: String

    public init(
        publicationId: PublicationID, account: ConnectedAccount, parts: [OutgoingPart], settings: [String: JSONValue], kind: String = ""
    ) {
        self.publicationId = publicationId
        self.account = account
        self.parts = parts
        self.settings = settings
        self.kind = kind
    }
}

/// One part of a post as one channel gets it.
public struct OutgoingPart: Sendable {
    public let text: String
    public let media: [OutgoingMedia]

    public init(text: String, media: [OutgoingMedia] = []) {
        self.text = text
        self.media = media
    }
}

/// A file to be uploaded, read in pieces so that a large video never stands in memory.
public struct OutgoingMedia: Sendable {
    public let media: Media
    /// Reads up to `count` bytes from `offset`; empty at the end.
    public let read: @Sendable (_ offset: Int, _ count: Int) async throws -> Data
    /// The address under `MAIN_URL` at which a platform that pulls can fetch the file for as long as it is told. It answers HEAD and ranges.
    public let publicURL: @Sendable (_ lasting: Duration) throws -> URL
    /// Of a film, one for each language.
    public let captions: [Captions]

    public init(
        media: Media, captions: [Captions] = [], read: @escaping @Sendable (_ offset: Int, _ count: Int) async throws -> Data,
        publicURL: @escaping @Sendable (_ lasting: Duration) throws -> URL = OutgoingMedia.noAddress
    ) {
        self.media = media
        self.captions = captions
        self.publicURL = publicURL
        self.read = read
    }
}

extension OutgoingMedia {
    /// For files that cannot be fetched from outside.
    public static let noAddress: @Sendable (Duration) throws -> URL = { _ in
        throw PlatformError(
            .invalidContent, code: "NO_PUBLIC_ADDRESS",
            message: "This file has no public address. The operator sets MAIN_URL to an address that can be reached from outside.")
    }
}

/// How publishing ended without an error.
public enum PublishOutcome: Sendable, Equatable {
    /// Live, with the id of the first part and its public address. `notes` say in words what the platform made otherwise than was asked.
    case published(platformPostId: String, url: String?, notes: [String] = [])
    /// Accepted; ask again after the given time by calling `publish` with the same journal.
    case processing(checkAfter: Duration)
}
