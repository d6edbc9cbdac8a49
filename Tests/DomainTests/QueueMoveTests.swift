import Domain
import Testing

@Suite("The order of a queue")
struct QueueMoveTests {
    private func queue(_ places: [(String, Int64)]) -> QueueOrder<String> {
        QueueOrder(places.map { (id: $0.0, at: Timestamp(milliseconds: $0.1)) })
    }

    @Test(
        "a move names the posts between which times are exchanged, in their new order",
        arguments: [
            ("c", QueueMove.first, ["c", "a", "b"]), ("c", .earlier, ["c", "b"]), ("c", .later, ["d", "c"]), ("b", .last, ["c", "d", "b"]),
            ("a", .first, ["a"]), ("a", .earlier, ["a"]), ("d", .later, ["d"]), ("d", .last, ["d"]),
        ])
    func moves(id: String, move: QueueMove, order: [String]) {
        #expect(queue([("a", 1), ("b", 2), ("c", 3), ("d", 4)]).moving(id, move) == order)
    }

    @Test("what goes out at the same time is passed as one, and has no earlier and later among itself")
    func sameTime() {
        let queue = queue([("a", 1), ("b", 1), ("c", 2), ("d", 2)])
        #expect(queue.moving("d", .earlier) == ["d", "b", "c"])
        #expect(queue.moving("b", .first) == ["b"] && queue.moving("c", .last) == ["c"])
        let exchanges = queue.exchanges(for: ["a", "d", "b", "c"])
        #expect(exchanges.map(\.post) == ["d", "b"] && exchanges.map(\.of) == ["b", "d"])
    }

    @Test("who gives a time takes another: the times stay the same ones, whatever the order")
    func closed() {
        var dice = SystemRandomNumberGenerator()
        for size in 1...12 {
            let queue = queue((0..<size).map { ("\($0)", Int64.random(in: 0...5)) }.sorted { $0.1 < $1.1 })
            let order = queue.places.map(\.id).shuffled(using: &dice)
            let exchanges = queue.exchanges(for: order)
            #expect(Set(exchanges.map(\.post)) == Set(exchanges.map(\.of)))
            let times = Dictionary(uniqueKeysWithValues: queue.places)
            var after = times
            for exchange in exchanges { after[exchange.post] = times[exchange.of] }
            #expect(order.compactMap { after[$0] } == queue.places.map(\.at))
        }
    }

    @Test("shuffling always makes another order, where there is another")
    func shuffled() {
        var dice = SystemRandomNumberGenerator()
        for _ in 0..<20 { #expect(queue([("a", 1), ("b", 2)]).shuffled(using: &dice) == ["b", "a"]) }
        #expect(queue([("a", 1), ("b", 1)]).shuffled(using: &dice) == ["a", "b"])
        #expect(queue([]).shuffled(using: &dice) == [])
        #expect(queue([("a", 1)]).moving("z", .first) == nil)
    }
}
