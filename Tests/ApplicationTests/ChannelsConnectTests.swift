import Application
import Domain
import Foundation
import Persistence
import Platforms
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ChannelsConnectTests {
    @Test(arguments: TestDatabase.all, ["x", "linkedin", "mastodon"] as [PlatformID])
    func aPersonConnectsAnAccountOfEveryPlatform(_ kind: TestDatabase, _ platform: PlatformID) async throws {
        try await ConnectedWorld.with(kind) { world in
            let query = try await world.consent(try await world.start(platform, returnTo: "/channels"), account: "ada")
            let result = try await world.channels.finishConnect(platform, query: query, as: world.person)
            guard case .connected(let channel, let reconnected, let returnTo) = result else {
                Issue.record("not connected: \(result)")
                return
            }
            #expect(channel.platform == platform)
            #expect(channel.username.lowercased().contains("ada"))
            #expect(channel.status == .active)
            #expect(!reconnected)
            #expect(returnTo == "/channels")
            #expect(try await world.channels.page(ChannelQuery(), as: world.person).items == [channel])
            let (_, account) = try await world.channels.connectedAccount(channel.id)
            #expect(!account.credentials.accessToken.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.all)
    func tokensAreStoredSealed(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("mastodon", as: "ada")
            let (_, account) = try await world.channels.connectedAccount(channel.id)
            let found = try await world.workspace.database.read { try IntegrationRepository.withCredentials(channel.id, in: $0)?.sealed }
            let stored = try #require(found)
            #expect(stored.firstRange(of: Data(account.credentials.accessToken.utf8)) == nil)
        }
    }

    @Test(arguments: TestDatabase.all)
    func whoHasSeveralPagesChoosesAmongThem(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let query = try await world.consent(try await world.start("linkedin-page"), account: "ada")
            guard case .choose(let key, _) = try await world.channels.finishConnect("linkedin-page", query: query, as: world.person) else {
                Issue.record("nothing to choose from")
                return
            }
            let choices = try await world.channels.choices(key, as: world.person)
            #expect(choices.map(\.displayName).sorted() == ["Example Foods", "Example Widgets"])
            try await refused(.stateExpired) { try await world.channels.choices(key, as: world.workspace.stranger) }
            try await refused(.validationFailed) { try await world.channels.choose(key, accountIds: ["other"], as: world.person) }
            let chosen = try await world.channels.choose(key, accountIds: choices.map(\.id), as: world.person)
            #expect(chosen.count == 2)
            try await refused(.stateExpired) { try await world.channels.choose(key, accountIds: [choices[0].id], as: world.person) }
            #expect(try await world.channels.list(as: world.person).count == 2)
        }
    }

    @Test(arguments: TestDatabase.all)
    func aCallbackCountsOnceWithinTenMinutesAndInItsOwnSession(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let finish = { (query: [String: String], caller: Caller?) in
                try await world.channels.finishConnect("mastodon", query: query, as: caller)
            }
            var query = try await world.consent(try await world.start("mastodon"), account: "ada")
            try await refused(.stateExpired) { try await finish(["code": "1", "state": "unknown"], world.person) }
            try await refused(.unauthenticated) { try await finish(query, nil) }
            try await refused(.forbidden) { try await finish(query, world.workspace.stranger) }
            _ = try await finish(query, world.person)
            try await refused(.stateExpired) { try await finish(query, world.person) }
            query = try await world.consent(try await world.start("mastodon"), account: "ada")
            world.workspace.time.advance(by: .minutes(10))
            try await refused(.stateExpired) { try await finish(query, world.person) }
        }
    }

    @Test(arguments: TestDatabase.all, ["x", "linkedin", "mastodon"] as [PlatformID])
    func declinedConsentSaysSo(_ kind: TestDatabase, _ platform: PlatformID) async throws {
        try await ConnectedWorld.with(kind) { world in
            let query = try await world.consent(try await world.start(platform), account: "ada", answer: "decline")
            try await refused(.consentDeclined) { try await world.channels.finishConnect(platform, query: query, as: world.person) }
            #expect(try await world.channels.list(as: world.person).isEmpty)
        }
    }

    @Test func aFailingPlatformIsQuotedAndNothingIsStored() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let query = try await world.consent(try await world.start("linkedin"), account: "ada")
            try world.simulator.control.add(.init(.status, path: "linkedin.token", status: 500))
            try await refused(.connectFailed) { try await world.channels.finishConnect("linkedin", query: query, as: world.person) }
            #expect(try await world.channels.list(as: world.person).isEmpty)
        }
    }

    @Test func aPlatformWithoutCredentialsNamesWhatIsMissingAndTheCallback() async throws {
        try await ConnectedWorld.with(.sqlite, settings: { $0["LINKEDIN_CLIENT_SECRET"] = nil }) { world in
            do {
                _ = try await world.start("linkedin")
                Issue.record("it was offered")
            } catch let problem as ProblemReport {
                #expect(problem.code == .platformNotConfigured)
                #expect(problem.message.contains("LINKEDIN_CLIENT_SECRET"))
                #expect(problem.message.contains("https://postiz.example.com/api/auth/linkedin/callback"))
            }
            let view = try #require(try await world.channels.platforms(as: world.person).first { $0.id == "linkedin" })
            #expect(!view.configured)
            #expect(view.missing == ["LINKEDIN_CLIENT_SECRET"])
            try await refused(.unknownPlatform) { try await world.start("elsewhere") }
        }
    }

    @Test(arguments: ["https://elsewhere.example.com", "//elsewhere.example.com", "/\\elsewhere.example.com", "channels", "/a b"])
    func onlyPathsOfThisSiteAreReturnedTo(_ path: String) async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            try await refused(.validationFailed) { try await world.start("mastodon", returnTo: path) }
        }
    }

    @Test func aConnectionBegunWithAKeyNeedsNoSession() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let key = Caller(
                organizationId: world.workspace.organization, identity: .key(APIKeyID(), user: world.workspace.user), role: .user,
                scopes: [.channelsWrite, .postsRead], origin: .api)
            let url = try await world.channels.startConnect("mastodon", instance: nil, returnTo: nil, reconnecting: nil, as: key)
            let query = try await world.consent(url, account: "ada")
            _ = try await world.channels.finishConnect("mastodon", query: query, as: nil)
            #expect(try await world.channels.list(as: key).count == 1)
        }
    }

    @Test func aPlatformWithAConsentPageTakesNoForm() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            for form in [[:], ["password": "abcd"]] {
                let report = await #expect(throws: ProblemReport.self) {
                    try await world.channels.connect("mastodon", form: form, returnTo: nil, reconnecting: nil, as: world.person)
                }
                #expect(report?.code == .conflict)
            }
            let channels = try await world.channels.list(as: world.person)
            #expect(channels.isEmpty)
        }
    }
}

@Suite(.timeLimit(.minutes(10)))
struct ChannelsReconnectTests {
    @Test(arguments: TestDatabase.all)
    func reconnectingKeepsTheChannelAndLetsHeldPostsGo(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("mastodon", as: "ada")
            let slots = [Slot(minute: 540, timeZone: "Europe/Paris")]
            _ = try await world.channels.setSlots(channel.id, slots, as: world.person)
            _ = try await world.channels.update(
                channel.id, ChannelChange(displayName: "My Mastodon", settings: ["visibility": "unlisted"]), as: world.person)
            try await world.channels.markNeedsReconnect(channel.id, reason: "revoked")
            #expect(try await world.channels.get(channel.id, as: world.person).status == .needsReconnect)
            let post = try await world.workspace.addPost(on: [channel.id], status: .scheduled, publications: .onHold)

            let query = try await world.consent(try await world.start("mastodon", reconnecting: channel.id), account: "ada")
            let result = try await world.channels.finishConnect("mastodon", query: query, as: world.person)
            guard case .connected(let renewed, true, _) = result else {
                Issue.record("not reconnected: \(result)")
                return
            }
            #expect(renewed.id == channel.id)
            #expect(renewed.status == .active)
            #expect(renewed.reconnectReason == nil)
            #expect(renewed.displayName == "My Mastodon")
            #expect(renewed.slots == slots)
            #expect(renewed.settings == ["visibility": "unlisted"])
            #expect(try await world.workspace.publications(of: post).map(\.status) == [.scheduled])
        }
    }

    @Test(arguments: TestDatabase.all)
    func reconnectingWithAnotherAccountIsRefusedByName(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("mastodon", as: "ada")
            do {
                try await world.connect("mastodon", as: "grace", reconnecting: channel.id)
                Issue.record("it was taken")
            } catch let problem as ProblemReport {
                #expect(problem.code == .conflict)
                #expect(problem.message.contains("ada") && problem.message.contains("grace"))
            }
            #expect(try await world.channels.list(as: world.person).count == 1)
        }
    }

    @Test(arguments: TestDatabase.all)
    func connectingTheSameAccountTwiceIsReconnecting(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let first = try await world.connect("x", as: "ada")
            #expect(try await world.connect("x", as: "ada").id == first.id)
        }
    }

    @Test(arguments: TestDatabase.all)
    func aChannelRemovedForGoodComesBackAsANewOne(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let first = try await world.connect("x", as: "ada")
            let scheduled = try await world.workspace.addPost(on: [first.id], status: .scheduled, publications: .scheduled)
            let draft = try await world.workspace.addPost(on: [first.id], status: .draft, publications: .draft)
            try await world.channels.remove(first.id, forGood: true, as: world.person)
            #expect(try await world.workspace.status(of: scheduled) == .cancelled)
            #expect(try await world.workspace.status(of: draft) == .draft)
            try await refused(.notFound) { try await world.channels.connectedAccount(first.id) }
            try await refused(.notFound) { try await world.channels.remove(first.id, as: world.person) }
            try await refused(.notFound) { try await world.channels.remove(first.id, forGood: true, as: world.person) }
            try await refused(.notFound) { try await world.channels.restore(first.id, as: world.person) }
            #expect(try await world.connect("x", as: "ada").id != first.id)
        }
    }

    @Test(arguments: TestDatabase.all)
    func pausedChannelsHoldAndResumedOnesRelease(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("x", as: "ada")
            #expect(try await world.channels.pause(channel.id, as: world.person).status == .paused)
            let post = try await world.workspace.addPost(on: [channel.id], status: .scheduled, publications: .onHold)
            #expect(try await world.channels.get(channel.id, as: world.person).scheduledCount == 1)
            #expect(try await world.channels.resume(channel.id, as: world.person).status == .active)
            #expect(try await world.workspace.publications(of: post).map(\.status) == [.scheduled])
        }
    }

    @Test(arguments: TestDatabase.all)
    func noChannelIsVisibleOrChangeableElsewhere(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let (channels, stranger) = (world.channels, world.workspace.stranger)
            let id = try await world.connect("x", as: "ada").id
            #expect(try await channels.list(as: stranger).isEmpty)
            try await refused(.notFound) { try await channels.get(id, as: stranger) }
            try await refused(.notFound) { try await channels.update(id, ChannelChange(active: false), as: stranger) }
            try await refused(.notFound) { try await channels.setSlots(id, [], as: stranger) }
            try await refused(.notFound) { try await channels.pause(id, as: stranger) }
            try await refused(.notFound) { try await channels.remove(id, as: stranger) }
            #expect(try await channels.integrations([id], of: stranger.organizationId).isEmpty)
            try await refused(.unknownChannel) { try await channels.resolve([id.text], as: stranger) }
        }
    }

    @Test func settingsAreCheckedAgainstThePlatform() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let id = try await world.connect("mastodon", as: "ada").id
            for settings in [["visibility": "loud"], ["volume": "loud"]] as [[String: JSONValue]] {
                try await refused(.validationFailed) {
                    try await world.channels.update(id, ChannelChange(settings: settings), as: world.person)
                }
            }
        }
    }

    @Test func channelsAreFoundByTheirNames() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let x = try await world.connect("x", as: "ada")
            let mastodon = try await world.connect("mastodon", as: "grace")
            let other = try await world.connect("x", as: "grace")
            let found = { (name: String) async throws -> [IntegrationID] in
                try await world.channels.resolve([name], as: world.person).map(\.id)
            }
            for name in [x.id.text, x.username, "@" + x.username, "x:ada", "X:@Ada"] { #expect(try await found(name) == [x.id]) }
            for name in [mastodon.username, "mastodon", "Mastodon", "mastodon:grace"] { #expect(try await found(name) == [mastodon.id]) }
            #expect(try await found("x:grace") == [other.id])
            try await refused(.ambiguousChannel) { try await found("x") }
            for name in ["", "nobody", "x:nobody"] { try await refused(.unknownChannel) { try await found(name) } }
            #expect(try await world.channels.resolve(["x:ada", "@ada"], as: world.person).count == 1)
        }
    }
}
