import Application
import Domain
import Foundation
import PlatformSimulator
import Platforms
import TestSupport
import Testing

/// LinkedIn ends a member's earlier tokens when the member allows the same app another set of permissions, and so does the simulator.
@Suite("Profile and page through one LinkedIn app", .timeLimit(.minutes(10)))
struct ChannelsKinTests {
    /// Connects the page "Example Widgets" as a member does who administers it.
    private func connectPage(_ world: ConnectedWorld, as member: String) async throws -> ChannelView {
        let query = try await world.consent(try await world.start("linkedin-page"), account: member)
        guard case .choose(let key, _) = try await world.channels.finishConnect("linkedin-page", query: query, as: world.person) else {
            throw ConnectedWorld.NotConnected()
        }
        let widgets = try #require(try await world.channels.choices(key, as: world.person).first { $0.displayName == "Example Widgets" })
        return try #require(try await world.channels.choose(key, accountIds: [widgets.id], as: world.person).first)
    }

    /// Throws unless LinkedIn accepts the channel's tokens.
    private func use(_ channel: ChannelView, _ world: ConnectedWorld) async throws {
        let (_, account) = try await world.channels.connectedAccount(channel.id)
        _ = try await #require(world.platforms[channel.platform]).accounts(account.credentials)
    }

    @Test("A page that is connected after the profile gives the profile its tokens", arguments: TestDatabase.all)
    func pageAfterProfile(on kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let profile = try await world.connect("linkedin", as: "ada")
            let page = try await connectPage(world, as: "ada")
            try await use(page, world)
            try await use(profile, world)
            let (_, account) = try await world.channels.connectedAccount(profile.id)
            #expect(account.account.id == profile.username || account.account.username == profile.username)
            try await world.channels.refreshNow(profile.id)
            try await use(page, world)
            try await use(profile, world)
        }
    }

    @Test("A profile that is connected after the page keeps the page's permissions", arguments: TestDatabase.all)
    func profileAfterPage(on kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let page = try await connectPage(world, as: "ada")
            let profile = try await world.connect("linkedin", as: "ada")
            try await use(profile, world)
            try await use(page, world)
        }
    }

    /// Where somebody stops who connects a page after their profile.
    enum Stop: CaseIterable { case beforeConsent, declined, atTheChoice, otherAccount }

    @Test("A page connect that is left anywhere leaves the same member's profile at work", arguments: Stop.allCases)
    func abandoned(at stop: Stop) async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let member = "ada"
            let profile = try await world.connect("linkedin", as: member)
            switch stop {
            case .beforeConsent: _ = try await world.start("linkedin-page")
            case .declined:
                let query = try await world.consent(try await world.start("linkedin-page"), account: member, answer: "deny")
                await #expect(throws: ProblemReport.self) {
                    try await world.channels.finishConnect("linkedin-page", query: query, as: world.person)
                }
            case .atTheChoice:
                let query = try await world.consent(try await world.start("linkedin-page"), account: member)
                guard case .choose = try await world.channels.finishConnect("linkedin-page", query: query, as: world.person) else {
                    throw ConnectedWorld.NotConnected()
                }
            case .otherAccount:
                // Reconnects Bo's profile, signed in as Ada.
                let other = try await world.connect("linkedin", as: "bo")
                let query = try await world.consent(try await world.start("linkedin", reconnecting: other.id), account: member)
                await #expect(throws: ProblemReport.self) {
                    try await world.channels.finishConnect("linkedin", query: query, as: world.person)
                }
            }
            try await use(profile, world)
            #expect(try await world.channels.get(profile.id, as: world.person).status == .active)
        }
    }

    @Test("With an app of their own pages leave profiles alone, and each asks for its own product's permissions")
    func ownApp() async throws {
        let own: (inout [String: String]) -> Void = {
            $0["LINKEDIN_PAGE_CLIENT_ID"] = "page-app"
            $0["LINKEDIN_PAGE_CLIENT_SECRET"] = "page-secret"
        }
        try await ConnectedWorld.with(.sqlite, settings: own) { world in
            try await world.connect("linkedin", as: "ada")
            func asked(_ platform: PlatformID) async throws -> [String: String?] {
                let url = try await world.start(platform)
                let items = URLComponents(url: url, resolvingAgainstBaseURL: false)?.queryItems ?? []
                return Dictionary(items.map { ($0.name, $0.value) }) { _, last in last }
            }
            let page = try await asked("linkedin-page")
            #expect(page["client_id"] == "page-app")
            #expect(page["scope"] == "r_basicprofile rw_organization_admin w_organization_social r_organization_social")
            let profile = try await asked("linkedin")
            #expect(profile["client_id"] != "page-app")
            #expect(profile["scope"] == "openid profile w_member_social")
        }
    }

    @Test("Removing a channel ends the member's tokens at LinkedIn with the last channel that has them", arguments: TestDatabase.all)
    func removal(on kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            func revocations() -> Int { world.simulator.control.log(platform: "linkedin", operation: "linkedin.revoke").count }
            let profile = try await world.connect("linkedin", as: "ada")
            let page = try await connectPage(world, as: "ada")
            let other = try await world.connect("linkedin", as: "bo")
            let (_, account) = try await world.channels.connectedAccount(page.id)
            try await world.channels.remove(profile.id, forGood: true, as: world.person)
            #expect(revocations() == 0)
            try await use(page, world)
            try await world.channels.remove(page.id, forGood: true, as: world.person)
            #expect(revocations() == 1)
            await #expect(throws: PlatformError.self) { try await world.platforms["linkedin-page"]?.accounts(account.credentials) }
            try await use(other, world)
        }
    }

    @Test("Removing a channel ends its token at X")
    func removalAtX() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let channel = try await world.connect("x", as: "ada")
            let (_, account) = try await world.channels.connectedAccount(channel.id)
            let x = try #require(world.platforms["x"])
            _ = try await x.accounts(account.credentials)
            try await world.channels.remove(channel.id, forGood: true, as: world.person)
            await #expect(throws: PlatformError.self) { try await x.accounts(account.credentials) }
            // What has ended already is no error.
            try await x.revoke(account.credentials)
        }
    }

    @Test("A page goes its whole way through an app of its own: connected, renewed, published, removed", arguments: TestDatabase.all)
    func ownAppToTheEnd(on kind: TestDatabase) async throws {
        let own: (inout [String: String]) -> Void = {
            $0["LINKEDIN_PAGE_CLIENT_ID"] = "sim-linkedin-page-id"
            $0["LINKEDIN_PAGE_CLIENT_SECRET"] = "sim-linkedin-page-secret"
        }
        try await PublishingWorld.with(kind, settings: own) { publishing in
            let world = publishing.world
            let profile = try await world.connect("linkedin", as: "ada")
            let page = try await connectPage(world, as: "ada")
            try await use(profile, world)
            let before = try await world.channels.connectedAccount(page.id).1.credentials
            try await world.channels.refreshNow(page.id)
            #expect(try await world.channels.connectedAccount(page.id).1.credentials.accessToken != before.accessToken)
            let post = try await publishing.schedule(["From the page", "A comment"], on: [page.id])
            try await publishing.turn(after: .hours(1))
            #expect(try await publishing.publication(of: post.id).status == .published)
            #expect(publishing.published(on: "linkedin") == ["From the page", "A comment"])
            try await world.channels.remove(page.id, forGood: true, as: world.person)
            #expect(world.simulator.control.log(platform: "linkedin", operation: "linkedin.revoke").count == 1)
            try await use(profile, world)
        }
    }

    @Test("Half of a page app is told, not mixed with the first app")
    func halfAnApp() async throws {
        try await ConnectedWorld.with(.sqlite, settings: { $0["LINKEDIN_PAGE_CLIENT_ID"] = "page-app" }) { world in
            #expect(world.platforms["linkedin-page"]?.missingCredentials == ["LINKEDIN_PAGE_CLIENT_SECRET"])
            #expect(world.platforms["linkedin"]?.missingCredentials == [])
        }
    }

    @Test("A profile that had to be connected again works again with its page")
    func reconnecting() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            _ = try await connectPage(world, as: "ada")
            let profile = try await world.connect("linkedin", as: "ada")
            try await world.channels.markNeedsReconnect(profile.id, reason: "Signed out")
            _ = try await connectPage(world, as: "ada")
            #expect(try await world.channels.get(profile.id, as: world.person).status == .active)
        }
    }

    @Test("Another member's profile keeps its own tokens")
    func anotherMember() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let profile = try await world.connect("linkedin", as: "bo")
            let (_, before) = try await world.channels.connectedAccount(profile.id)
            _ = try await connectPage(world, as: "ada")
            let (_, after) = try await world.channels.connectedAccount(profile.id)
            #expect(after.credentials == before.credentials)
            try await use(profile, world)
        }
    }

    @Test("The operator's own set of permissions is asked for as it is")
    func ownScopes() async throws {
        let wanted = "openid profile w_member_social"
        try await ConnectedWorld.with(.sqlite, settings: { $0["LINKEDIN_SCOPES"] = wanted }) { world in
            let url = try await world.start("linkedin")
            #expect(
                url.query()?.contains("scope=openid%20profile%20w_member_social&") == true
                    || url.absoluteString.hasSuffix(
                        "scope=openid%20profile%20w_member_social")
            )
        }
    }
}
