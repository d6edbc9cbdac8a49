import Domain
import Testing

@Suite struct ProductEventTests {
    @Test func everyEventHasAUniqueNameAndASummary() {
        let names = EventType.allCases.map(\.rawValue)
        #expect(Set(names).count == EventType.allCases.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" } })
        #expect(Set(EventType.allCases.map(\.summary)).count == EventType.allCases.count)
    }

    @Test func isStoredAndReadBack() throws {
        let event = ProductEvent(
            .postPublished, organizationId: .init(), at: Timestamp(milliseconds: 1_795_420_800_000), data: ["postId": "a"])
        let text = try JSON.text(event)
        #expect(text.contains(#""type":"post_published""#))
        let read = try JSON.decode(ProductEvent.self, from: text)
        #expect(read == event)
    }
}
