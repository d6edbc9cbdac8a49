import Foundation
import Testing

@testable import PlatformSimulator

@Suite struct OAuth1Tests {
    private static let parameters = [
        ("status", "Hello Ladies + Gentlemen, a signed OAuth request!"), ("include_entities", "true"),
        ("oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"), ("oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"),
        ("oauth_signature_method", "HMAC-SHA1"), ("oauth_timestamp", "1318622958"),
        ("oauth_token", "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"), ("oauth_version", "1.0"),
    ]

    @Test(
        "The published example yields the published signature",
        arguments: [("api.x.com", "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="), ("api.twitter.com", "hCtSmYh+iHYCEqBWrE7C7hYmtUk=")])
    func vector(host: String, signature: String) {
        let computed = OAuth1Signature.sign(
            method: "POST", address: "https://\(host)/1.1/statuses/update.json", parameters: Self.parameters,
            consumerSecret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw", tokenSecret: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE")
        #expect(computed == signature)
    }

    @Test("A signed call passes, with its query in the signature")
    func passes() async throws {
        try await Bench.run { bench async throws in
            let answer = try await bench.onX().get("/x/2/users/me?user.fields=username,verified")
            #expect(answer.status == 200)
            #expect(answer.json["data"]?["username"] == "ada")
            #expect(answer.json["data"]?["verified"] == false)
        }
    }

    @Test("A header signed for another path, or with another secret, is refused")
    func tampered() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.onX()
            let moved = try await bench.get("/x/2/users/by/username/bo", [ada.header("GET", "/x/2/users/me")])
            #expect(moved.status == 401)
            #expect(moved.json["title"] == "Unauthorized")
            var stranger = ada
            stranger.token?.1 = "wrong"
            #expect(try await stranger.get("/x/2/users/me").status == 401)
        }
    }

    @Test("A nonce counts once, and a stale or early timestamp never")
    func replayed() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.onX()
            let header = ada.header("GET", "/x/2/users/me")
            #expect(try await bench.get("/x/2/users/me", [header]).status == 200)
            #expect(try await bench.get("/x/2/users/me", [header]).status == 401)
            for skew in [-301.0, 301] {
                let late = ada.header("GET", "/x/2/users/me", timestamp: bench.clock.now.addingTimeInterval(skew))
                #expect(try await bench.get("/x/2/users/me", [late]).status == 401)
            }
        }
    }

    @Test("An unknown or revoked token answers code 89")
    func revoked() async throws {
        try await Bench.run { bench async throws in
            let ada = try bench.onX()
            #expect(try bench.simulator.control.revokeTokens(platform: "x", account: "ada") == 1)
            let answer = try await ada.get("/x/2/users/me")
            #expect(answer.status == 401)
            #expect(answer.json["errors"]?[0]?["code"] == 89)
        }
    }
}
