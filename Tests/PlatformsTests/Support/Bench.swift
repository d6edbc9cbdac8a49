import AsyncHTTPClient
import Domain
import Foundation
import NIOCore
import PlatformSimulator
import Testing

@testable import Platforms

/// One platform of the conformance suite: what differs in the simulator.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
    let platform: PlatformID
    /// The simulator's name for it.
    let simulated: String
    /// Whose posts they are there.
    let author: String
    let createPost: String
    let createFollowUp: String
    /// The first call of an image upload.
    let upload: String
    /// Whom somebody looks for, and what goes into the text to mention them; nil where these permissions let nobody be found.
    let mention: (query: String, value: String)?
    /// Whose ways the simulated server has, where it may be one of several.
    var server: String?
    /// Whether it takes films, and a text that it refuses.
    var takesFilms = true
    var tooLong: Int? = 4500
    /// What a person fills in, where the platform is connected by a form.
    var form: [String: String] = [:]
    /// What every part carries, on platforms that take no text alone.
    var carries = Carried.nothing
    /// What every post needs: a board, a title.
    var settings: [String: JSONValue] = [:]
    /// Whose post of unknown fate is found again; else a person has to look.
    var looksUp = true
    /// Whether a part says which one it follows.
    var chainsParts = true
    /// Whether the platform lets posts be taken away.
    var removes = true
    /// Whether the platform tells figures of what was just published with the permissions that are asked for.
    var tellsFigures = true
    /// A text with signs that mean something elsewhere; without `<` where the platform refuses it.
    var sample = "Tea & cake (with <jam>) at https://example.com/menu?a=1 — 5 * 5, [sic] #tea"
    /// What becomes of two pictures' alternative texts, "A red dot" and "Another dot"; nil where each keeps its own.
    var altTexts: [String]?
    /// The name of the account among those that may be chosen; the first one otherwise.
    var chosen: String?
    /// How the simulator is set.
    var switches: [String: PlatformSimulator.JSON] = [:]

    enum Carried: Sendable { case nothing, picture, film }

    /// A part with this text, and with what the platform asks for besides.
    func part(_ text: String, _ media: [OutgoingMedia] = []) -> OutgoingPart {
        guard media.isEmpty else { return OutgoingPart(text: text, media: media) }
        switch carries {
        case .nothing: return OutgoingPart(text: text)
        case .picture: return OutgoingPart(text: text, media: [.picture()])
        case .film: return OutgoingPart(text: text, media: [.film()])
        }
    }

    /// A post of as many parts as there are texts, where the platform takes so many: a first one with what it must carry, and replies.
    func parts(_ texts: [String]) -> [OutgoingPart] { texts.enumerated().map { $0 == 0 ? part($1) : OutgoingPart(text: $1) } }

    var testDescription: String { [platform.rawValue, server].compactMap { $0 }.joined(separator: " ") }

    private static func mastodon(_ server: String, takesFilms: Bool = true, tooLong: Int? = 4500) -> ConformanceCase {
        ConformanceCase(
            platform: "mastodon", simulated: "mastodon", author: "ada", createPost: "mastodon.createStatus",
            createFollowUp: "mastodon.createStatus", upload: "/api/v2/media", mention: ("bo ex", "@bo"), server: server,
            takesFilms: takesFilms, tooLong: tooLong)
    }

    /// The servers that speak Mastodon's API, each in its own way.
    static let fediverse = [
        mastodon("mastodon"), mastodon("snac", tooLong: 100_001), mastodon("takahe", takesFilms: false), mastodon("wordpress", tooLong: nil),
    ]

    static let all =
        [
            ConformanceCase(
                platform: "x", simulated: "x", author: "ada", createPost: "x.createPost", createFollowUp: "x.createPost",
                upload: "/2/media/upload/initialize", mention: ("@bo", "@bo")),
            ConformanceCase(
                platform: "linkedin", simulated: "linkedin", author: "ada", createPost: "linkedin.createPost",
                createFollowUp: "linkedin.comment", upload: "/rest/images", mention: nil, tellsFigures: false),
            ConformanceCase(
                platform: "linkedin-page", simulated: "linkedin", author: "example-widgets", createPost: "linkedin.createPost",
                createFollowUp: "linkedin.comment", upload: "/rest/images",
                mention: ("https://www.linkedin.com/company/example-foods/", "@[Example Foods](urn:li:organization:5501002)"),
                chosen: "Example Widgets"),
            ConformanceCase(
                platform: "bluesky", simulated: "bluesky", author: "ada", createPost: "bluesky.createRecord",
                createFollowUp: "bluesky.createRecord", upload: "/xrpc/com.atproto.repo.uploadBlob", mention: ("@bo", "@bo.bsky.example.com"),
                form: ["identifier": "@ada.bsky.example.com", "password": "abcd-efgh-ijkl-mnop"]),
            .discord,
            .discordWebhook,
            .facebook,
            .instagram,
            .instagramStandalone,
            pinterest,
            reddit,
            .slack,
            .threads,
            .tikTok,
            .youtube,
        ] + fediverse
}

/// A simulator and an adapter that is connected to an account there.
struct Bench {
    static let callbackURL = "https://postiz.example.com/api/auth/callback"

    let simulator: RunningSimulator
    let registry: PlatformRegistry
    let platform: any Platform
    let account: ConnectedAccount
    let conformance: ConformanceCase

    /// What is public, oldest first.
    var publications: [PublicationRecord] {
        simulator.control.publications(platform: conformance.simulated, account: conformance.author)
    }

    func request(_ parts: [OutgoingPart], settings: [String: JSONValue] = [:]) -> PublishRequest {
        let settings = conformance.settings.merging(settings) { $1 }
        let kind = platform.descriptor.kind(settings, files: parts.first?.media.map(\.media.kind) ?? [])
        return PublishRequest(account, parts, settings: settings, kind: kind?.name ?? "")
    }

    /// How many calls were struck by a fault so far.
    var struck: Int { simulator.control.log().count { $0.fault != nil } }

    /// Calls `publish` as the workers do, through crashes and errors, until it is live.
    func publish(_ request: PublishRequest, journal: MemoryJournal) async throws -> PublishOutcome {
        for _ in 0..<20 {
            do {
                let outcome = try await platform.publish(request, journal: journal)
                if case .published = outcome { return outcome }
            } catch is Crash {
            } catch let error as PlatformError where error.kind == .transient || error.kind == .unknownOutcome && error.decidable {
            }
        }
        return try await platform.publish(request, journal: journal)
    }

    /// The same; what became public by it.
    func published(
        _ parts: [OutgoingPart], settings: [String: JSONValue] = [:], journal: MemoryJournal = MemoryJournal()
    ) async throws -> [PublicationRecord] {
        let before = publications.count
        _ = try await publish(request(parts, settings: settings), journal: journal)
        return Array(publications.dropFirst(before))
    }

    /// The same; the last that became public by it.
    func published(_ request: PublishRequest) async throws -> PublicationRecord {
        _ = try await publish(request, journal: MemoryJournal())
        return try #require(publications.last)
    }

    /// What the first call throws.
    func refusal(_ request: PublishRequest) async -> PlatformError? {
        await #expect(throws: PlatformError.self) { try await platform.publish(request, journal: MemoryJournal()) }
    }

    func refusal(_ parts: [OutgoingPart], settings: [String: JSONValue] = [:]) async -> PlatformError? {
        await refusal(request(parts, settings: settings))
    }

    /// One call to `path` (an operation or a path's beginning) goes wrong, after `skip` that go well.
    func fault(_ kind: Fault.Kind, _ path: String, skip: Int = 0) throws {
        try simulator.control.add(Fault(kind, platform: conformance.simulated, path: path, status: 503, times: 1, skip: skip))
    }

    /// Connects through the consent page or the form like a person does.
    static func connect(_ platform: any Platform, account: String, as conformance: ConformanceCase) async throws -> ConnectedAccount {
        let credentials: Credentials
        if platform.descriptor.connect.method == .form {
            credentials = try await platform.connect(form: platform.descriptor.connect.checked(conformance.form))
        } else {
            credentials = try await platform.exchange(consent(platform, "&auto=allow&account=\(account)"))
        }
        let accounts = try await platform.accounts(credentials)
        let chosen = conformance.chosen.map { name in accounts.first { $0.displayName == name } } ?? accounts.first
        guard let chosen else { throw PlatformError(.invalidContent, code: "NO_ACCOUNT", message: "no account") }
        return ConnectedAccount(account: chosen, credentials: credentials)
    }

    /// The callback that the consent page leads to.
    static func consent(_ platform: any Platform, _ decision: String) async throws -> AuthorizationCallback {
        guard let callback = URL(string: callbackURL) else { throw URLError(.badURL) }
        let request = try await platform.authorizationRequest(ConnectRequest(state: "state-1", callbackURL: callback))
        var get = HTTPClientRequest(url: request.url.absoluteString + decision)
        get.method = .GET
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
        let location: String?
        do {
            location = try await client.execute(get, timeout: .seconds(60)).headers.first(name: "location")
            try await client.shutdown()
        } catch {
            try await client.shutdown()
            throw error
        }
        let query = location.flatMap { URLComponents(string: $0)?.percentEncodedQuery } ?? ""
        return AuthorizationCallback(query: FormEncoding.decode(query), memory: request.memory, callbackURL: callback)
    }
}

/// Runs `body` on a simulator of its own, every call held against the platform's contract. `judged`: not where the adapter is made to send
/// what the platform refuses.
func withBench<Result>(
    _ conformance: ConformanceCase, readTimeout: Duration = .seconds(120), values: [String: String] = [:], judged: Bool = true,
    _ body: (Bench) async throws -> Result
) async throws -> Result {
    let simulator = try await SimulatedPlatforms.start(port: 0, enforceRateLimits: false)
    do {
        if let server = conformance.server { try simulator.control.set("server", to: .string(server), platform: conformance.simulated) }
        for (name, value) in conformance.switches { try simulator.control.set(name, to: value, platform: conformance.simulated) }
        // On servers of the Fediverse nobody has an app before: it is registered on the way.
        let environment = simulator.environment.filter { !$0.key.hasPrefix("MASTODON_CLIENT_") }.merging(values) { _, own in own }
        let result = try await judging(judged ? conformance.platform : nil) { watching in
            try await withRegistry(
                environment, transport: .test(readTimeout: readTimeout), time: SleeplessTime(), watching: watching
            ) { registry in
                guard let platform = registry[conformance.platform] else {
                    throw PlatformError(.invalidContent, code: "NO_PLATFORM", message: "no platform")
                }
                let account = try await Bench.connect(platform, account: "ada", as: conformance)
                let bench = Bench(simulator: simulator, registry: registry, platform: platform, account: account, conformance: conformance)
                return try await FileHost.serving { try await body(bench) }
            }
        }
        await simulator.stop()
        return result
    } catch {
        await simulator.stop()
        throw error
    }
}
