import Foundation
import Testing

@testable import Platforms

struct OAuthTests {
    private static let signer = OAuth1Signer(
        consumerKey: "xvz1evFS4wEEPTGEFPHBog", consumerSecret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        token: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", tokenSecret: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE")

    @Test(
        "The documented request gets the documented signature",
        arguments: [("api.x.com", "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="), ("api.twitter.com", "hCtSmYh+iHYCEqBWrE7C7hYmtUk=")])
    func signature(host: String, expected: String) {
        let header = Self.signer.authorization(
            method: "POST", url: "https://\(host)/1.1/statuses/update.json?include_entities=true",
            form: [("status", "Hello Ladies + Gentlemen, a signed OAuth request!")], nonce: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
            timestamp: 1_318_622_958)
        #expect(header.hasPrefix("OAuth "))
        #expect(header.contains("oauth_signature=\"\(FormEncoding.escape(expected))\""))
    }

    @Test func aNewNonceIsUsedEachTime() {
        let headers = (0..<2).map { _ in Self.signer.authorization(method: "GET", url: "https://api.x.com/2/users/me", timestamp: 1) }
        #expect(headers[0] != headers[1])
    }

    @Test func onlyUnreservedCharactersStayBare() {
        #expect(FormEncoding.escape("Ladies + Gentlemen, ~._- ☃") == "Ladies%20%2B%20Gentlemen%2C%20~._-%20%E2%98%83")
        #expect(FormEncoding.decode("a=1+2&b=%26&c") == ["a": "1 2", "b": "&", "c": ""])
    }

    @Test func theChallengeOfRFC7636IsMadeFromItsVerifier() {
        let proof = PKCE(verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(proof.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        #expect(PKCE().verifier != PKCE().verifier)
        #expect(PKCE().verifier.count == 43)
    }

    @Test func scopesMayBeSeparatedByCommasOrSpaces() throws {
        for scope in ["openid,profile", "openid profile"] {
            let answer = try JSONDecoder().decode(
                OAuth2.TokenAnswer.self, from: Data(#"{"access_token":"t","expires_in":60,"scope":"\#(scope)"}"#.utf8))
            #expect(answer.scopes == ["openid", "profile"])
        }
    }
}
