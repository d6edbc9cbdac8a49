import Application
import Platforms
import Testing

@Suite("Choosing among accounts")
struct AccountGroupTests {
    private func account(_ id: String, _ group: String?) -> PlatformAccount {
        PlatformAccount(id: id, username: id, displayName: id, pictureURL: nil, profileURL: nil, group: group)
    }

    @Test("what belongs together stands together, in the platform's order")
    func groups() {
        let groups = AccountGroup.of([account("a", "Guild"), account("b", nil), account("c", "Club"), account("d", "Guild"), account("e", nil)])
        #expect(groups.map(\.label) == ["Guild", nil, "Club"])
        #expect(groups.map { $0.accounts.map(\.id) } == [["a", "d"], ["b", "e"], ["c"]])
    }

    @Test("accounts without groups are one list")
    func plain() {
        #expect(AccountGroup.of([account("a", nil), account("b", nil)]).count == 1)
        #expect(AccountGroup.of([]).isEmpty)
    }
}
