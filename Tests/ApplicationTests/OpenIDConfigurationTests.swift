import Domain
import Foundation
import Testing

@testable import Application

@Suite("Providers of identities in the environment")
struct OpenIDConfigurationTests {
    private func providers(_ environment: [String: String]) throws -> [OpenIDProvider] {
        try Configuration.load(environment: environment).openIDProviders
    }

    private func mistakes(_ environment: [String: String]) -> [String] {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(environment: environment) }
        return error?.mistakes ?? []
    }

    @Test("each that is named has variables of its own")
    func several() throws {
        let environment = [
            "OIDC_PROVIDERS": "work, club", "OIDC_WORK_ISSUER": "https://id.example.com/realms/work", "OIDC_WORK_CLIENT_ID": "postiz",
            "OIDC_WORK_CLIENT_SECRET": "hidden", "OIDC_WORK_NAME": "Example Works", "OIDC_WORK_ALLOWED_DOMAINS": "Example.com",
            "OIDC_WORK_JOIN": "create", "OIDC_CLUB_ISSUER": "https://club.example.org/", "OIDC_CLUB_CLIENT_ID": "p",
        ]
        let found = try providers(environment)
        #expect(found.map(\.name) == ["work", "club"] && found.map(\.title) == ["Example Works", "Club"])
        #expect(found[0].makesAccounts && !found[1].makesAccounts && !found[0].isTrusted && found[1].clientSecret == nil)
        #expect(found[0].allows("ada@EXAMPLE.com") && !found[0].allows("ada@example.org") && found[1].allows("ada@example.org"))
        #expect(found[1].issuer == "https://club.example.org/", "as it was written")
        let configuration = try Configuration.load(environment: environment)
        #expect(configuration.warnings.isEmpty && !configuration.settings.contains { $0.shownValue == "hidden" })
        #expect(try Configuration.load(environment: ["OIDC_WROK_ISSUER": "https://id.example.com"]).warnings.count == 1)
    }

    @Test("what is missing or cannot be meant is told")
    func wrong() {
        #expect(mistakes(["OIDC_PROVIDERS": "work"]).count == 2)
        #expect(mistakes(["OIDC_PROVIDERS": "Work"]).first?.hasPrefix("OIDC_PROVIDERS") == true)
        #expect(mistakes(["OIDC_PROVIDERS": "postiz"]).count == 1)
        let whole = ["OIDC_PROVIDERS": "work", "OIDC_WORK_ISSUER": "https://id.example.com", "OIDC_WORK_CLIENT_ID": "p"]
        #expect(mistakes(whole.merging(["OIDC_PROVIDERS": "work,work"]) { $1 }).count == 1)
        #expect(mistakes(whole.merging(["OIDC_WORK_SCOPE": "email"]) { $1 }).count == 1)
        #expect(mistakes(whole.merging(["OIDC_WORK_JOIN": "everybody"]) { $1 }).count == 1)
    }

    @Test("the one that Postiz knows keeps its names")
    func postiz() throws {
        let environment = [
            "POSTIZ_GENERIC_OAUTH": "true", "POSTIZ_OAUTH_URL": "https://auth.example.com", "POSTIZ_OAUTH_CLIENT_ID": "p",
            "POSTIZ_OAUTH_AUTH_URL": "https://auth.example.com/authorize", "POSTIZ_OAUTH_TOKEN_URL": "https://auth.example.com/token",
            "POSTIZ_OAUTH_USERINFO_URL": "https://auth.example.com/me", "POSTIZ_OAUTH_CLIENT_SECRET": "s",
            "NEXT_PUBLIC_POSTIZ_OAUTH_DISPLAY_NAME": "Example",
        ]
        let found = try #require(try providers(environment).first)
        #expect(found.name == "postiz" && found.title == "Example" && found.makesAccounts)
        #expect(found.endpoints?.userInfo == "https://auth.example.com/me")
        #expect(try providers(environment.merging(["DISABLE_REGISTRATION": "true"]) { $1 }).first?.makesAccounts == false)
        #expect(try providers(environment.merging(["POSTIZ_GENERIC_OAUTH": "false"]) { $1 }).isEmpty)
        #expect(mistakes(["POSTIZ_GENERIC_OAUTH": "true"]).count == 5)
    }
}
