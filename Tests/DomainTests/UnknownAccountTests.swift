import Domain
import Testing

@Suite("Channels that wait for their account")
struct UnknownAccountTests {
    private func channel(_ username: String, _ displayName: String = "Tea", account: String = "?c", at server: String? = nil) -> Integration {
        let now = Timestamp(milliseconds: 0)
        return Integration(
            id: IntegrationID(at: now), organizationId: OrganizationID(at: now), platform: "mastodon", platformAccountId: account,
            username: username, displayName: displayName, instanceURL: server, createdAt: now, updatedAt: now)
    }

    @Test("an account is known by its name, however it is written, and by its server where both tell it")
    func names() {
        let here = "https://one.example.org"
        #expect(channel("@Ada").goesBy("ada", "Ada", on: nil))
        #expect(channel("ada").goesBy("ada@one.example.org", "Ada", on: here))
        #expect(channel("ada", at: "https://One.example.org/").goesBy("ada@one.example.org", "Ada", on: here))
        #expect(!channel("ada", at: "https://two.example.org").goesBy("ada@one.example.org", "Ada", on: here))
        #expect(!channel("ada@two.example.org").goesBy("ada@one.example.org", "Ada", on: here))
        #expect(!channel("").goesBy("", "", on: nil) && !channel("@").goesBy("@", "", on: nil))
        #expect(!channel("ada").goesBy("adam", "Tea", on: nil), "what is shown is no name where there is one")
    }

    @Test("what is shown counts only where no name was told, and only until the account is known")
    func shown() {
        #expect(channel("Tea house", "Tea house").goesBy("teahouse", "Tea house", on: nil))
        #expect(!channel("Tea house", "Tea house", account: "7").goesBy("teahouse", "Tea house", on: nil))
        var waiting = channel("Tea")
        #expect(waiting.awaitsAccount && Integration.unknownAccount("c") == waiting.platformAccountId)
        waiting.become("7")
        #expect(!waiting.awaitsAccount && waiting.platformAccountId == "7")
    }
}
