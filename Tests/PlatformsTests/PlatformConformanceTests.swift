import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// What every adapter must do, on the simulator.
@Suite(.timeLimit(.minutes(10)))
struct PlatformConformanceTests {
    @Test(arguments: ConformanceCase.all)
    func connectingGivesTheAccount(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            #expect(!bench.account.account.id.isEmpty)
            #expect(!bench.account.account.displayName.isEmpty)
            #expect(bench.platform.missingCredentials.isEmpty)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aDeclinedConsentIsSaidInWords(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard bench.platform.descriptor.connect.method != .form else { return }
            let callback = try await Bench.consent(bench.platform, "&auto=decline")
            #expect(bench.platform.callbackProblem(callback.query)?.code == .consentDeclined)
            let allowed = try await Bench.consent(bench.platform, "&auto=allow&account=ada")
            #expect(bench.platform.callbackProblem(allowed.query) == nil)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aCodeWorksOnce(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard bench.platform.descriptor.connect.method != .form else { return }
            let callback = try await Bench.consent(bench.platform, "&auto=allow&account=ada")
            _ = try await bench.platform.exchange(callback)
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.exchange(callback) }
            #expect(error?.kind == .authentication)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aFormWithAWrongSecretIsRefusedInWords(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let connect = bench.platform.descriptor.connect
            for field in connect.fields where field.kind == .secret {
                let wrong = conformance.form.merging([field.name: "wrong-secret"]) { $1 }
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.connect(form: connect.checked(wrong)) }
                #expect(error?.kind == .authentication)
                #expect(error.map { "\($0.message) \($0.platformAnswer ?? "")" }?.contains("wrong-secret") == false)
            }
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aTextIsPublishedAtAPublicAddress(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let text = conformance.sample
            let outcome = try await bench.platform.publish(bench.request([conformance.part(text)]), journal: MemoryJournal())
            let post = try #require(bench.publications.first)
            #expect(bench.publications.count == 1)
            #expect(post.text == text)
            guard case .published(let id, let url, _) = outcome else { throw Crash() }
            #expect(id == post.id)
            let page = try await Self.read(#require(url))
            #expect(page.contains("Tea &amp; cake"))
        }
    }

    private static func read(_ url: String) async throws -> String { try await answer(url).text }

    private static func answer(_ url: String, headers: [(name: String, value: String)] = []) async throws -> HTTPAnswer {
        let transport = HTTPTransport(settings: .test())
        let answer = try await transport.platform.send(HTTPCall("GET", url, headers: headers))
        try await transport.shutdown()
        return answer
    }

    @Test(arguments: ConformanceCase.all)
    func picturesKeepTheirOrderAndAlternativeText(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let rule = bench.platform.descriptor.media
            guard rule.maxImages > 1 else { return }
            let pictures = [OutgoingMedia.picture(altText: "A red dot"), .picture(altText: "Another dot")]
            _ = try await bench.publish(bench.request([conformance.part("Pictures", pictures)]), journal: MemoryJournal())
            let told = conformance.altTexts ?? (rule.altTextLimit > 0 ? ["A red dot", "Another dot"] : ["", ""])
            #expect(bench.publications.map { $0.media.map(\.altText) } == [told])
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aVideoIsPublishedWhenItIsProcessed(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard conformance.takesFilms else { return }
            let (film, journal) = (OutgoingMedia.film(bytes: 9_000_000), MemoryJournal())
            _ = try await bench.publish(bench.request([conformance.part("A film", [film])]), journal: journal)
            // Whoever has the address of an upload could go on with it.
            #expect(["upload_id=", "upload_token=", "sig=", "video-upload"].allSatisfy { !journal.readable.contains($0) })
            let media = try #require(bench.publications.first?.media.first)
            #expect(media.kind == .video)
            #expect(media.byteCount == film.media.size)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aFilmCanBePlayedOnThePublicPage(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard conformance.takesFilms else { return }
            let film = OutgoingMedia.film(bytes: 6_000_000)
            let outcome = try await bench.publish(bench.request([conformance.part("A film", [film])]), journal: MemoryJournal())
            guard case .published(_, let url, _) = outcome else { throw Crash() }
            let page = try await Self.read(#require(url))
            let source = try #require(page.firstMatch(of: /<video src="([^"]+)" controls/)?.output.1)
            let origin = try #require(url?.firstMatch(of: /^https?:\/\/[^\/]+/)?.output)
            let part = try await Self.answer("\(origin)\(source)", headers: [("Range", "bytes=5000000-5000999")])
            #expect(part.status == 206)
            #expect(part.headers["content-range"] == "bytes 5000000-5000999/6000000")
            #expect(try await part.body == film.read(5_000_000, 1000))
        }
    }

    @Test(arguments: ConformanceCase.all)
    func partsFollowEachOther(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard bench.platform.descriptor.thread.maxParts > 2 else { return }
            _ = try await bench.publish(bench.request(conformance.parts(["One", "Two", "Three"])), journal: MemoryJournal())
            let parts = bench.publications
            #expect(parts.map(\.text) == ["One", "Two", "Three"])
            #expect(parts.first?.parentID == nil)
            let isThread = bench.platform.descriptor.thread.kind == .replies
            #expect(parts[1].parentID == parts[0].id)
            #expect(parts[2].parentID == parts[isThread ? 1 : 0].id)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func renewingGivesWorkingTokensOrAsksThePerson(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            do {
                let renewed = try await bench.platform.refresh(bench.account.credentials)
                let accounts = try await bench.platform.accounts(renewed)
                #expect(!accounts.isEmpty)
                #expect(renewed.refreshToken != nil)
            } catch let error as PlatformError {
                #expect(error.kind == .authentication)
                #expect(bench.account.credentials.refreshToken == nil)
            }
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aRevokedConnectionAsksThePerson(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            try bench.simulator.control.revokeTokens(platform: conformance.simulated, account: "ada")
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([conformance.part("Hello")]), journal: MemoryJournal())
            }
            #expect(error?.kind == .authentication)
            #expect(error?.platformAnswer?.contains(bench.account.credentials.accessToken) == false)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func whatThePlatformRefusesIsFinal(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance, judged: false) { bench in
            guard let length = conformance.tooLong else { return }
            let text = String(repeating: "too long ", count: length / 9 + 1)
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([conformance.part(text)]), journal: MemoryJournal())
            }
            #expect(error?.kind == .invalidContent)
            #expect(bench.publications.isEmpty)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aRateLimitSaysWhenToComeBack(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            try bench.simulator.control.rateLimit(
                platform: conformance.simulated, account: "ada", limit: 5, remaining: 0, resetSeconds: 90)
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([conformance.part("Hello")]), journal: MemoryJournal())
            }
            #expect(error?.kind == .rateLimited)
            #expect((error?.retryAfter).map { $0 > .seconds(1) && $0 <= .days(1) } == true)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aFailedUploadIsTriedAgain(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            for kind in [Fault.Kind.status, .dropBefore, .dropAfter, .truncate] {
                try bench.fault(kind, conformance.upload)
                let error = await #expect(throws: PlatformError.self) {
                    try await bench.platform.publish(
                        bench.request([conformance.carries == .film ? conformance.part("Hello") : conformance.part("Hello", [.picture()])]),
                        journal: MemoryJournal())
                }
                #expect(error?.kind == .transient, "\(kind)")
            }
            #expect(bench.struck == 4)
            #expect(bench.publications.isEmpty)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func whatIsPublicCanBeTakenAwayAgain(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard conformance.removes else { return try await refusesToRemove(bench) }
            _ = try await bench.publish(bench.request([conformance.part("Stays")]), journal: MemoryJournal())
            let texts = ["One", "Two", "Three"].prefix(bench.platform.descriptor.thread.maxParts)
            _ = try await bench.publish(bench.request(conformance.parts(Array(texts))), journal: MemoryJournal())
            let ids = bench.publications.dropFirst().map(\.id)
            #expect(ids.count == texts.count)
            try await bench.platform.remove(PublishedRef(partIds: ids), account: bench.account)
            #expect(bench.publications.map(\.text) == ["Stays"])
            // What is gone already counts as taken away.
            try await bench.platform.remove(PublishedRef(partIds: ids), account: bench.account)
            #expect(bench.publications.map(\.text) == ["Stays"])
        }
    }

    private func refusesToRemove(_ bench: Bench) async throws {
        _ = try await bench.publish(bench.request([bench.conformance.part("Stays")]), journal: MemoryJournal())
        let error = await #expect(throws: PlatformError.self) {
            try await bench.platform.remove(PublishedRef(partIds: bench.publications.map(\.id)), account: bench.account)
        }
        #expect(error?.kind == .invalidContent)
        #expect(bench.publications.map(\.text) == ["Stays"])
    }

    @Test(arguments: ConformanceCase.all)
    func aPostThatCannotBeRemovedNowSaysWhy(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard conformance.removes else { return }
            _ = try await bench.publish(bench.request([conformance.part("Stays")]), journal: MemoryJournal())
            let ids = bench.publications.map(\.id)
            try bench.fault(.status, conformance.createPost.replacing("create", with: "delete"))
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.remove(PublishedRef(partIds: ids), account: bench.account)
            }
            #expect(error?.kind == .transient)
            #expect(bench.publications.count == 1)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aLookUpGivesWhatGoesIntoTheText(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard bench.platform.descriptor.lookups.contains(where: { $0.name == "mention" }) else { return }
            guard let mention = conformance.mention else {
                let error = await #expect(throws: PlatformError.self) {
                    try await bench.platform.options(field: "mention", query: "example-foods", account: bench.account)
                }
                #expect(error?.kind == .invalidContent)
                return
            }
            let found = try await bench.platform.options(field: "mention", query: mention.query, account: bench.account)
            #expect(found.map(\.value) == [mention.value])
            let nobody = try await bench.platform.options(field: "mention", query: "nobody-at-all", account: bench.account)
            #expect(nobody.isEmpty)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func figuresComeForWhatWasPublished(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard
                case .published(let id, _, _) = try await bench.publish(bench.request([conformance.part("Hello")]), journal: MemoryJournal())
            else { throw Crash() }
            let figures = try await bench.platform.metrics(
                of: [PublishedPost(platformPostId: id, publishedAt: .now)], account: bench.account)
            let known = Set(figures[id].map { Array($0.keys) } ?? [])
            #expect(known.isSubset(of: bench.platform.descriptor.analytics))
            #expect(known.isEmpty != conformance.tellsFigures)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func theAccountsFiguresAreThoseThatTheDescriptorNames(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let figures = try await bench.platform.figures(of: bench.account, since: .now - .days(7))
            let told = Set(figures.now.keys).union(figures.days.values.flatMap(\.keys))
            #expect(told.isSubset(of: bench.platform.descriptor.accountAnalytics))
            #expect(told.isEmpty == bench.platform.descriptor.accountAnalytics.isEmpty)
            #expect(figures.days.keys.allSatisfy { WallTime("\($0)T00:00") != nil })
        }
    }

    @Test(arguments: ConformanceCase.all.filter { ["x", "linkedin-page", "mastodon", "bluesky", "slack"].contains($0.platform) })
    func followersThatComeAreCounted(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let before = try await bench.platform.figures(of: bench.account, since: .now - .days(3)).now[.followers]
            try bench.simulator.control.gainFollowers(3, platform: conformance.simulated, account: conformance.author)
            let after = try await bench.platform.figures(of: bench.account, since: .now - .days(3)).now[.followers]
            #expect(try #require(after) - #require(before) == 3)
        }
    }
}
