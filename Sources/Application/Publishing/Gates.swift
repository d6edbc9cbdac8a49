import Domain
import Foundation
import Persistence
import Platforms

/// What lets a publication through to its platform, the same for all processes: the circuit breaker of the platform's host, waits that the
/// platform asked for on behalf of an account, and the budgets of account and app. What does not pass waits in the queue and loses no attempt.
struct Gates: Sendable {
    /// So many outages in a row close a breaker.
    static let mostFailures = 5
    static let shortest = Duration.seconds(20)
    /// How long one that tries whether the host answers has for it, before another one may.
    static let probe = Duration.minutes(2)

    let platforms: PlatformRegistry
    let keepsBudgets: Bool
    let retryLimit: Duration

    /// The gates in the way of a publication.
    struct Way: Sendable {
        let host: String
        let account: String
    }

    struct Wait: Sendable {
        let until: Timestamp
        let error: PublicationError
    }

    enum Answer: Sendable {
        /// Nil: it is not ready, or its worker died; nobody waits for either.
        case pass(Way?)
        case wait(Wait, GateRepository.Arrival)
    }

    /// Whether a publication may be claimed now, in the transaction of the claim. `post` is what was read of it on the way.
    func admit(_ id: PublicationID, post: inout Post?, now: Timestamp, in transaction: any Transaction) throws -> Answer {
        guard let arrival = try GateRepository.arrival(id, now: now, in: transaction) else { return .pass(nil) }
        let way = Self.way(of: arrival)
        guard !arrival.isHeld || arrival.isBegun else { return .pass(way) }
        // What has waited for longer than anything is tried is tried, and ends one way or the other.
        if let first = arrival.firstAttemptAt, now - first > retryLimit { return .pass(way) }
        guard let wait = try wait(of: arrival, way, post: &post, now: now, in: transaction) else { return .pass(way) }
        // Those that wait for the same do not return together.
        let until = wait.until + .milliseconds(Int64.random(in: 0...2_000))
        try GateRepository.postpone(id, until: until, error: wait.error, now: now, in: transaction)
        return .wait(Wait(until: until, error: wait.error), arrival)
    }

    private static func way(of arrival: GateRepository.Arrival) -> Way {
        let host = arrival.instanceURL.flatMap(authority) ?? arrival.platform.rawValue
        return Way(host: "host:\(host)", account: account(arrival.channel))
    }

    /// Host and port: two servers on one machine are two, and one that is down says nothing of the other (RFC 3986 §3.2).
    static func authority(of address: String) -> String? {
        guard let url = URL(string: address), let host = url.host()?.lowercased() else { return nil }
        let port = url.port.flatMap { $0 == (url.scheme == "http" ? 80 : 443) ? nil : $0 }
        return host + (port.map { ":\($0)" } ?? "")
    }

    private func wait(
        of arrival: GateRepository.Arrival, _ way: Way, post: inout Post?, now: Timestamp, in transaction: any Transaction
    ) throws -> Wait? {
        let descriptor = platforms[arrival.platform]?.descriptor
        let name = descriptor?.name ?? arrival.platform.rawValue
        let gates = try GateRepository.find([way.account, way.host], in: transaction)
        if let until = gates[way.account]?.blockedUntil, until > now { return .limited(name, until) }
        let budgets = (arrival.isBegun || !keepsBudgets ? [] : descriptor?.budgets ?? []).map {
            (name: Self.gate(of: $0, channel: arrival.channel, on: arrival.platform), budget: $0)
        }
        if !budgets.isEmpty { post = try PostRepository.find(arrival.post, of: arrival.organization, in: transaction) }
        // Each part of a thread is a post.
        let cost = max(1, post?.content.parts(for: arrival.channel).count ?? 1)
        var taken: [(name: String, budget: PublishingBudget)] = []
        func giveBack() throws {
            for (name, budget) in taken { try GateRepository.giveBack(cost, of: name, limit: budget.posts, in: transaction) }
        }
        for (gate, budget) in budgets {
            if let until = try GateRepository.take(cost, of: gate, limit: budget.posts, window: budget.window, now: now, in: transaction) {
                try giveBack()
                return .limited(name, until)
            }
            taken.append((gate, budget))
        }
        guard let gate = gates[way.host], let until = try down(gate, way, now: now, in: transaction) else { return nil }
        try giveBack()
        return .down(name, until)
    }

    /// The gate of an account, at which it waits where the platform asks it to.
    static func account(_ channel: IntegrationID) -> String { "account:\(channel)" }

    /// The gate of a budget.
    static func gate(of budget: PublishingBudget, channel: IntegrationID, on platform: PlatformID) -> String {
        "\(budget.owner == .account ? account(channel) : "app:\(platform)"):\(budget.window.milliseconds / 1000)"
    }

    /// Until when the host is left alone; nil when it may be asked.
    private func down(_ gate: GateRepository.Gate, _ way: Way, now: Timestamp, in transaction: any Transaction) throws -> Timestamp? {
        guard gate.failures >= Self.mostFailures else { return nil }
        if let until = gate.blockedUntil, until > now { return until }
        if try GateRepository.probe(way.host, until: now + Self.probe, now: now, in: transaction) { return nil }
        // Somebody asks the host just now: its answer is not far.
        return now + .seconds(5)
    }

    /// Notes what an attempt told of the host and the account; `error` is nil where it succeeded.
    func note(_ error: PlatformError?, on way: Way, now: Timestamp, in transaction: any Transaction) throws {
        guard let error else { return try GateRepository.answered(way.host, in: transaction) }
        if error.isOutage {
            try GateRepository.failed(way.host, most: Self.mostFailures, shortest: Self.shortest, now: now, in: transaction)
        } else if [.invalidContent, .authentication, .rateLimited].contains(error.kind) {
            try GateRepository.answered(way.host, in: transaction)
        }
        if error.kind == .rateLimited, let wait = error.retryAfter, wait > .zero {
            try GateRepository.block(way.account, until: now + wait, in: transaction)
        }
    }
}

extension Gates.Wait {
    static func limited(_ platform: String, _ until: Timestamp) -> Self {
        Self(
            until: until,
            error: PublicationError(
                code: "BUDGET_USED", message: "\(platform) allows no more posts of this account or app for now. It goes on by itself.",
                kind: .rateLimited))
    }

    static func down(_ platform: String, _ until: Timestamp) -> Self {
        Self(
            until: until,
            error: PublicationError(
                code: "PLATFORM_DOWN",
                message: "\(platform) has not answered several times in a row. It is asked again now and then; the post goes "
                    + "on by itself when it answers.", kind: .transient))
    }
}
