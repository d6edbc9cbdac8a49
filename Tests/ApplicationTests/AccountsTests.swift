import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite struct AccountsTests {
    @Test(arguments: TestDatabase.all) func firstAccountAdministersTheInstanceAndEachOneOwnsAWorkspace(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            #expect(try await !world.accounts.hasUsers())
            let first = try await world.register("ada")
            let second = try await world.register("bob")
            #expect(first.user.role == .admin)
            #expect(first.role == .owner)
            #expect(second.user.role == .user)
            #expect(second.role == .owner)
            #expect(first.organization.id != second.organization.id)
            #expect(try await world.accounts.hasUsers())
        }
    }

    @Test(arguments: TestDatabase.all) func ofSimultaneousFirstRegistrationsOneBecomesAdministrator(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind, registrationDisabled: true) { world in
            let admitted = await withTaskGroup(of: InstanceRole?.self) { group in
                for name in ["ada", "bob", "cleo", "dan"] {
                    // A refusal is what the others must get.
                    group.addTask { try? await world.register(name).user.role }
                }
                return await group.reduce(into: [InstanceRole]()) { if let role = $1 { $0.append(role) } }
            }
            let users = try await world.accounts.listUsers()
            #expect(admitted == [.admin])
            #expect(users.count == 1)
        }
    }

    @Test(arguments: TestDatabase.all) func closedRegistrationAdmitsTheFirstAccountOnly(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind, registrationDisabled: true) { world in
            #expect(try await world.accounts.registrationOpen())
            _ = try await world.register("ada")
            #expect(try await !world.accounts.registrationOpen())
            #expect(try await problem { _ = try await world.register("bob") } == .registrationClosed)
            // Whoever runs the server may still make accounts.
            let made = try await world.accounts.createUser(Registration(email: "bob@example.com", password: AccountsFixture.password))
            #expect(made.role == .user)
        }
    }

    @Test(arguments: TestDatabase.all) func anAddressIsTakenWhateverItsCase(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let first = try await world.accounts.register(
                Registration(email: " Ada@Example.COM ", password: AccountsFixture.password), from: AccountsFixture.client)
            #expect(first.user.email == "ada@example.com")
            #expect(first.user.name == "ada")
            #expect(try await problem { _ = try await world.register("ADA") } == .emailTaken)
            #expect(try await world.login("ADA").user.id == first.user.id)
        }
    }

    @Test(arguments: [
        Registration(email: "no address", password: "long enough for all"),
        Registration(email: "ada@example.com", password: "eleven char"),
        Registration(email: "ada@example.com", password: String(repeating: "x", count: 1001)),
        Registration(email: "ada@example.com", password: "long enough for all", name: "two\nlines"),
        Registration(email: "ada@example.com", password: "long enough for all", organizationName: "a\u{0}b"),
    ])
    func wrongInputIsNamed(_ registration: Registration) async throws {
        try await AccountsFixture.with(.sqlite) { world in
            let code = try await problem { _ = try await world.accounts.register(registration, from: AccountsFixture.client) }
            #expect(code == .validationFailed)
            #expect(try await !world.accounts.hasUsers())
        }
    }

    @Test func unknownTimeZoneIsRefused() async throws {
        try await AccountsFixture.with(.sqlite) { world in
            let registration = Registration(email: "ada@example.com", password: AccountsFixture.password, timeZone: "Mars/Olympus")
            let code = try await problem { _ = try await world.accounts.register(registration, from: AccountsFixture.client) }
            #expect(code == .invalidTimeZone)
        }
    }

    @Test(arguments: TestDatabase.all) func wrongPasswordAndUnknownAddressAreToldAlike(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register("ada")
            for name in ["ada", "nobody", "not an address"] {
                await #expect(throws: ProblemReport.self) { _ = try await world.login(name, password: "wrong password") }
                #expect(try await problem { _ = try await world.login(name, password: "wrong password") } == .wrongCredentials)
            }
            #expect(try await world.actions(as: ada.caller) == ["user.registered", "session.refused", "session.refused"])
        }
    }

    @Test func guessingIsSlowedDownForOneAccountAndForOneAddress() async throws {
        try await AccountsFixture.with(.sqlite) { world in
            _ = try await world.register("ada")
            for _ in 1...10 { #expect(try await problem { _ = try await world.login(password: "wrong password") } == .wrongCredentials) }
            #expect(try await problem { _ = try await world.login() } == .rateLimited)
            // From elsewhere the person still gets in.
            _ = try await world.login(from: ClientInfo(address: "192.0.2.8", userAgent: ""))
            for number in 1...39 { _ = try await problem { _ = try await world.login("guess\(number)", password: "wrong password") } }
            #expect(try await problem { _ = try await world.login("another", password: "wrong password") } == .rateLimited)
            world.time.advance(by: .minutes(15))
            _ = try await world.login()
        }
    }

    /// From ever new addresses, as whoever has many of them does.
    @Test func guessingIsSlowedDownForOneAccountFromEverywhereAndItsOwnerStillGetsIn() async throws {
        try await AccountsFixture.with(.sqlite, mailConfigured: true) { world in
            let ada = try await world.register("ada")
            _ = try await world.register("bob")
            func from(_ number: Int, device: String? = nil) -> ClientInfo {
                ClientInfo(address: "203.0.113.\(number)", userAgent: "", device: device)
            }
            for number in 1...30 {
                #expect(try await problem { _ = try await world.login(password: "wrong password", from: from(number)) } == .wrongCredentials)
            }
            #expect(try await problem { _ = try await world.login(password: "wrong password", from: from(31)) } == .rateLimited)
            #expect(try await problem { _ = try await world.login(from: from(32)) } == .rateLimited)
            // Others are not touched, and an address that nobody has is told alike.
            _ = try await world.login("bob", from: from(33))
            for number in 1...30 {
                _ = try await problem { _ = try await world.login("nobody", password: "wrong password", from: from(number + 40)) }
            }
            #expect(try await problem { _ = try await world.login("nobody", from: from(34)) } == .rateLimited)

            // The owner's browser is known, at that one account, and has a number of tries of its own.
            let device = try #require(ada.device)
            _ = try await world.login(from: from(35, device: device))
            #expect(try await problem { _ = try await world.login(from: from(36, device: device + "x")) } == .rateLimited)
            let bobs = try #require(try await world.login("bob", from: from(37)).device)
            #expect(try await problem { _ = try await world.login(from: from(38, device: bobs)) } == .rateLimited)
            for _ in 1...10 {
                _ = try await problem { _ = try await world.login(password: "wrong password", from: from(39, device: device)) }
            }
            #expect(try await problem { _ = try await world.login(from: from(39, device: device)) } == .rateLimited)

            // So is a browser in which a new password was set.
            let link = try await world.accounts.resetLink(forEmail: "ada@example.com", as: ada.caller)
            let token = try #require(link.query()?.split(separator: "=").last.map(String.init))
            let reset = PasswordReset(token: token, newPassword: "a second good password")
            let fresh = try await world.accounts.reset(reset, from: from(40))
            _ = try await world.login(password: reset.newPassword, from: from(40, device: fresh))
            world.time.advance(by: .days(401))
            #expect(world.accounts.devices.name(fresh, of: ada.user.id) == nil)
        }
    }

    @Test func whatSucceedsIsNotCounted() async throws {
        try await AccountsFixture.with(.sqlite) { world in
            _ = try await world.register("ada")
            for _ in 1...60 { _ = try await world.login() }
            for _ in 1...9 { _ = try await problem { _ = try await world.login(password: "wrong password") } }
            _ = try await world.login()
        }
    }

    @Test func whoeverHasManyAddressesOfOneNetworkCountsOnce() async throws {
        #expect(NetworkAddress.network(of: "2001:db8:1:2:aaaa::1") == NetworkAddress.network(of: "2001:db8:1:2::9"))
        #expect(NetworkAddress.network(of: "2001:db8:1:2::1") != NetworkAddress.network(of: "2001:db8:1:3::1"))
        #expect(NetworkAddress.network(of: "::ffff:192.0.2.7") == "192.0.2.7")
        #expect(NetworkAddress.network(of: "192.0.2.7") != NetworkAddress.network(of: "192.0.2.8"))
        #expect(NetworkAddress.network(of: "") == "")
        try await AccountsFixture.with(.sqlite) { world in
            for number in 1...51 {
                let client = ClientInfo(address: "2001:db8:1:2::\(number)", userAgent: "")
                let code = try await problem { _ = try await world.login("guess\(number)", password: "wrong password", from: client) }
                #expect(code == (number <= 50 ? .wrongCredentials : .rateLimited))
            }
        }
    }

    @Test(arguments: TestDatabase.all) func aSessionLastsSevenDaysAndCanBeEnded(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let first = try await world.register()
            let second = try await world.login()
            #expect(first.token != second.token)
            let found = try #require(try await world.accounts.authenticate(sessionToken: second.token))
            #expect(found.session.id == second.session.id)
            #expect(found.caller == second.caller)
            #expect(found.csrfToken == second.csrfToken)
            #expect(first.csrfToken != second.csrfToken)

            try await world.accounts.revokeSession(first.session.id, as: second.caller)
            #expect(try await world.accounts.authenticate(sessionToken: first.token) == nil)
            #expect(try await problem { try await world.accounts.revokeSession(first.session.id, as: second.caller) } == .notFound)

            world.time.advance(by: .days(7) - .seconds(1))
            #expect(try await world.accounts.authenticate(sessionToken: second.token) != nil)
            world.time.advance(by: .seconds(1))
            #expect(try await world.accounts.authenticate(sessionToken: second.token) == nil)
        }
    }

    @Test(arguments: TestDatabase.all) func nobodySeesOrEndsTheSessionsOfOthers(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let (ada, bob) = (try await world.register("ada"), try await world.register("bob"))
            #expect(try await world.accounts.sessions(as: bob.caller).map(\.id) == [bob.session.id])
            #expect(try await problem { try await world.accounts.revokeSession(ada.session.id, as: bob.caller) } == .notFound)
            try await world.accounts.logout(as: bob.caller)
            #expect(try await world.accounts.authenticate(sessionToken: bob.token) == nil)
            #expect(try await world.accounts.authenticate(sessionToken: ada.token) != nil)
        }
    }

    @Test(arguments: TestDatabase.all) func lastUseIsNotedOnceAMinute(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let signedIn = try await world.register()
            func lastSeen() async throws -> Timestamp? {
                _ = try await world.accounts.authenticate(sessionToken: signedIn.token)
                return try await world.accounts.sessions(as: signedIn.caller).first?.lastSeenAt
            }
            world.time.advance(by: .seconds(59))
            #expect(try await lastSeen() == signedIn.session.lastSeenAt)
            world.time.advance(by: .seconds(1))
            #expect(try await lastSeen() == world.time.now)
        }
    }

    @Test(arguments: TestDatabase.all) func aProfileChangesWhatIsGivenAndNothingElse(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let me = try await world.accounts.updateProfile(
                ProfileChange(timeZone: "Europe/Paris", organizationName: "Analytical Engines"), as: ada.caller)
            #expect(me.user?.name == "ada")
            #expect(me.user?.timeZone == "Europe/Paris")
            #expect(me.organization.name == "Analytical Engines")
            #expect(me.organization.timeZone == "UTC")
            #expect(me.organizations.map(\.id) == [ada.organization.id])
            let member = Caller(
                organizationId: ada.organization.id, identity: .user(ada.user.id, session: ada.session.id), role: .user, origin: .web)
            let code = try await problem { _ = try await world.accounts.updateProfile(ProfileChange(organizationName: "Mine"), as: member) }
            #expect(code == .forbidden)
        }
    }
}
