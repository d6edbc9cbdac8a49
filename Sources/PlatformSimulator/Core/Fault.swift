import Foundation
import NIOConcurrencyHelpers

/// A misbehaviour to apply to matching calls.
public struct Fault: Sendable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// Wait `delayMs`, then go on as usual.
        case delay
        /// Answer `status` without acting.
        case status
        /// Act, then answer `status` all the same.
        case statusAfter
        /// Close the connection without acting.
        case dropBefore
        /// Act, then close the connection without an answer.
        case dropAfter
        /// Act, then close the connection in the middle of the answer's body.
        case truncate
    }

    public var id: Int?
    /// Nil: all platforms.
    public var platform: String?
    /// Operation name (`x.createPost`), path prefix (`/2/tweets`, with or without the platform's own prefix), or a regular expression
    /// on the path that starts with `^`. Nil: every call.
    public var path: String?
    /// Handle or id; nil: everybody.
    public var account: String?
    public var kind: Kind
    /// Default 503.
    public var status: Int?
    /// Text, or JSON that is sent as such.
    public var body: JSON?
    public var headers: [String: String]?
    public var delayMs: Int?
    /// How often it strikes; nil: until removed.
    public var times: Int?
    /// Matching calls to let pass first.
    public var skip: Int?
    /// What part of the matching calls it strikes, 0 to 1; nil: each. Which ones is the same in every run.
    public var share: Double?

    public init(
        _ kind: Kind, platform: String? = nil, path: String? = nil, account: String? = nil, status: Int? = nil, body: JSON? = nil,
        headers: [String: String]? = nil, delayMs: Int? = nil, times: Int? = nil, skip: Int? = nil, share: Double? = nil
    ) {
        (self.kind, self.platform, self.path, self.account) = (kind, platform, path, account)
        (self.status, self.body, self.headers, self.delayMs, self.times, self.skip) = (status, body, headers, delayMs, times, skip)
        self.share = share
    }

    func matches(_ call: Call, platform: any SimulatedPlatform, account caller: Account?) -> Bool {
        if let wanted = self.platform, wanted != platform.name { return false }
        if let account, account != caller?.username, account != caller?.id { return false }
        guard let path else { return true }
        if path == call.operation { return true }
        if path.hasPrefix("^") { return call.path.range(of: path, options: .regularExpression) != nil }
        return path.hasPrefix("/") && (call.path.hasPrefix(path) || call.path.dropFirst(call.prefix.count).hasPrefix(path))
    }

    /// The scripted answer.
    var reply: Reply {
        var reply = Reply(status: status ?? 503)
        switch body {
        case .string(let text): reply.body.writeString(text)
        case .some(let json): reply = .json(json, status: reply.status)
        case nil: break
        }
        reply.headers += (headers ?? [:]).map { ($0.key.lowercased(), $0.value) }
        return reply
    }
}

/// The faults in force.
final class FaultPlan: Sendable {
    private let box = NIOLockedValueBox<(faults: [Fault], nextID: Int, dice: [Int: Dice])>(([], 1, [:]))

    var all: [Fault] { box.withLockedValue { $0.faults } }

    func add(_ fault: Fault) -> Int {
        box.withLockedValue { state in
            var fault = fault
            fault.id = state.nextID
            state.faults.append(fault)
            if fault.share != nil { state.dice[state.nextID] = Dice(seed: UInt64(state.nextID)) }
            state.nextID += 1
            return state.nextID - 1
        }
    }

    /// Removes one, or all.
    func remove(id: Int? = nil) {
        box.withLockedValue { state in
            state.faults.removeAll { id == nil || $0.id == id }
            state.dice = state.dice.filter { id != nil && $0.key != id }
        }
    }

    /// The faults that strike this call: any delays, and at most one of the others.
    func take(_ call: Call, platform: any SimulatedPlatform, account: Account?) -> [Fault] {
        box.withLockedValue { state in
            var taken: [Fault] = []
            for index in state.faults.indices where state.faults[index].matches(call, platform: platform, account: account) {
                let fault = state.faults[index]
                if let times = fault.times, times <= 0 { continue }
                if let skip = fault.skip, skip > 0 {
                    state.faults[index].skip = skip - 1
                    continue
                }
                if let share = fault.share, let id = fault.id, state.dice[id]?.roll() ?? 1 >= share { continue }
                if fault.kind != .delay, taken.contains(where: { $0.kind != .delay }) { continue }
                state.faults[index].times = fault.times.map { $0 - 1 }
                taken.append(fault)
            }
            if !taken.isEmpty { state.faults.removeAll { $0.times.map { $0 <= 0 } ?? false } }
            return taken
        }
    }
}

/// Chance that is the same in every run: SplitMix64.
private struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// From 0 up to, but not, 1.
    mutating func roll() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }
}
