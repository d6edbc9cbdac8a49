import MCPProtocol
import Testing

@Suite struct RevisionTests {
    @Test func onlyTheNewestRevisionIsStateless() {
        #expect(Revision.allCases.filter(\.isStateless) == [.july2026])
        #expect(Revision.newestHandshake < .july2026)
    }
}
