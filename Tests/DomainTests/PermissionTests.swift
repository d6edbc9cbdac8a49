import Domain
import Testing

@Suite struct PermissionTests {
    @Test func eachRoleMayWhatTheOnesBeforeItMay() {
        for (lesser, greater) in zip(Role.allCases, Role.allCases.dropFirst()) {
            #expect(lesser < greater && lesser.permissions.isStrictSubset(of: greater.permissions) || lesser.permissions == greater.permissions)
        }
        #expect(Role.viewer.permissions == [.view])
        #expect(Role.owner.permissions == Set(Permission.allCases))
    }

    @Test func aCallerHasOfItsScopesWhatItsRoleMay() {
        func caller(_ role: Role, draftOnly: Bool = false) -> Caller {
            Caller(
                organizationId: OrganizationID(), identity: .user(UserID(), session: SessionID()), role: role, origin: .web, draftOnly: draftOnly)
        }
        #expect(caller(.viewer).scopes == [.postsRead, .analyticsRead])
        #expect(caller(.drafter).scopes == [.postsRead, .analyticsRead, .postsWrite, .mediaWrite])
        #expect(caller(.user).scopes == Set(Scope.allCases))
        #expect(caller(.drafter).draftOnly && !caller(.user).draftOnly && caller(.user, draftOnly: true).draftOnly)
        #expect(!caller(.admin, draftOnly: true).may(.approve) && caller(.admin).may(.approve))
        #expect(throws: ProblemReport.self) { try caller(.viewer).require(.postsWrite) }
        #expect(throws: ProblemReport.self) { try caller(.user).require(.manage) }
    }

    @Test func ownershipIsNotGivenAndNobodyDecidesAboutTheirLikes() {
        for role in Role.allCases {
            #expect(!role.given.contains(.owner) && role.given.allSatisfy { $0 <= role })
            #expect(Role.allCases.allSatisfy { !role.isAbove($0) || $0 < role })
        }
        #expect(Role.user.given.isEmpty && !Role.user.isAbove(.viewer))
    }
}
