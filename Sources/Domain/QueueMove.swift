/// Where a post goes among those that wait on a channel.
public enum QueueMove: String, Codable, Sendable, CaseIterable {
    case first = "FIRST"
    /// Before the one that goes out before it.
    case earlier = "EARLIER"
    /// Behind the one that goes out after it.
    case later = "LATER"
    case last = "LAST"
}

/// The order in which posts go out, as ids and times in the order of time.
public struct QueueOrder<ID: Hashable & Sendable>: Sendable {
    public let places: [(id: ID, at: Timestamp)]

    public init(_ places: [(id: ID, at: Timestamp)]) { self.places = places }

    /// The posts between which times are exchanged when `id` moves, in their new order; fewer than two when it stands there already, nil when
    /// it is not among them. What goes out at the same time is passed as one.
    public func moving(_ id: ID, _ move: QueueMove) -> [ID]? {
        guard let own = places.firstIndex(where: { $0.id == id }) else { return nil }
        let at = places[own].at
        let target: Int? =
            switch move {
            case .first: places.first.map { $0.at < at } == true ? 0 : nil
            case .earlier: places.lastIndex { $0.at < at }
            case .later: places.firstIndex { $0.at > at }
            case .last: places.last.map { $0.at > at } == true ? places.count - 1 : nil
            }
        guard let target else { return [id] }
        let others = places[min(own, target)...max(own, target)].map(\.id).filter { $0 != id }
        return target < own ? [id] + others : others + [id]
    }

    /// The same posts in an order made by chance: another one, where there is another.
    public func shuffled(using generator: inout some RandomNumberGenerator) -> [ID] {
        let ids = places.map(\.id)
        guard Set(places.map(\.at)).count > 1 else { return ids }
        let times = Dictionary(places.map { ($0.id, $0.at) }) { first, _ in first }
        while true {
            let order = ids.shuffled(using: &generator)
            if zip(order, places).contains(where: { times[$0] != $1.at }) { return order }
        }
    }

    /// Who takes whose time when the posts go out in `order`; those that keep theirs are left out. Whoever gives a time takes another one.
    public func exchanges(for order: [ID]) -> [(post: ID, of: ID)] {
        let own = Dictionary(places.map { ($0.id, $0.at) }) { first, _ in first }
        let moved = zip(order, places.map(\.at)).filter { own[$0] != $1 }
        let movedIds = Set(moved.map(\.0))
        var givers = Dictionary(grouping: places.filter { movedIds.contains($0.id) }, by: \.at).mapValues { $0.map(\.id) }
        return moved.compactMap { id, at in
            guard let giver = givers[at]?.popLast() else { return nil }
            return (id, giver)
        }
    }
}
