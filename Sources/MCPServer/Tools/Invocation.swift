import Application
import Domain
import Foundation
import MCPProtocol
import NIOConcurrencyHelpers

/// One call of a tool, as the tool sees it. Shared by all that works for it: it is passed on for each post of a list.
final class Invocation: Sendable {
    /// What is to be told of the call beyond its arguments and its result.
    struct Notes: Sendable {
        var target: PostID?
        var undo: [Undo] = []
        /// Said beside the result.
        var warnings: [String] = []
    }

    let services: Services
    let caller: Caller
    let requestId: String
    let exchange: Exchange?
    let arguments: [String: JSONValue]
    let local: LocalClock
    let pages: Pages
    private let noted: NIOLockedValueBox<Notes>

    convenience init(services: Services, caller: Caller, requestId: String, exchange: Exchange?, arguments: [String: JSONValue]) {
        self.init(services, caller, requestId, exchange, arguments, NIOLockedValueBox(Notes()))
    }

    private init(
        _ services: Services, _ caller: Caller, _ requestId: String, _ exchange: Exchange?, _ arguments: [String: JSONValue],
        _ noted: NIOLockedValueBox<Notes>
    ) {
        (self.services, self.caller, self.requestId, self.exchange, self.arguments) = (services, caller, requestId, exchange, arguments)
        (local, pages, self.noted) = (LocalClock(zone: caller.timeZone), Pages(services.configuration.mainURL), noted)
    }

    var notes: Notes { noted.withLockedValue { $0 } }

    /// Says which post the call was about.
    func note(target: PostID) { noted.withLockedValue { $0.target = $0.target ?? target } }

    /// Says how the call can be undone.
    func note(undo: Undo) { noted.withLockedValue { $0.undo.append(undo) } }

    /// Says what the caller may not have meant.
    func note(warning: String) { noted.withLockedValue { $0.warnings.append(warning) } }

    /// The same call, with its arguments as they were understood.
    func taking(_ arguments: [String: JSONValue]) -> Invocation {
        Invocation(services, caller, requestId, exchange, arguments, noted)
    }

    var now: Timestamp { services.time.now }
    var zone: String { caller.timeZone }
}

extension Int? {
    /// A number within `range`; left out or 0, the standard. Throws `VALIDATION_FAILED` for others.
    func within(_ range: ClosedRange<Int>, standard: Int, _ name: String) throws -> Int {
        guard let self, self != 0 || range.contains(0) else { return standard }
        guard range.contains(self) else {
            throw ProblemReport.invalid(name, "\(name) is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return self
    }
}

/// Addresses of the web interface, for people.
struct Pages: Sendable {
    private let base: String

    init(_ mainURL: URL) { base = mainURL.absoluteString }

    func post(_ id: PostID) -> String { "\(base)/posts/\(id)" }
    var posts: String { "\(base)/posts" }
    var calendar: String { "\(base)/calendar" }
    var channels: String { "\(base)/channels" }
    var media: String { "\(base)/media" }
    var start: String { "\(base)/" }
    /// Where a path of ours can be reached.
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? base + path : path }
}

/// Shows instants as the clocks of a time zone do, and reads what is written without an offset.
struct LocalClock: Sendable {
    let zone: String
    private let rules: Zone

    init(zone: String) { (self.zone, rules) = (zone, ZoneData.inForce.zone(named: zone) ?? .utc) }

    /// `2026-11-24T09:00`; in UTC where this machine does not know the zone.
    func text(_ instant: Timestamp) -> String { wall(instant).minuteText }

    func wall(_ instant: Timestamp) -> WallTime { WallTime(instant, in: rules) }

    /// Reads ISO 8601, a wall time of the zone, or a date alone: then the beginning of that day. Throws `VALIDATION_FAILED`.
    func instant(_ text: String?, _ field: String) throws -> Timestamp? {
        guard let text = text?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
        do {
            return try Schedule.resolve(text.count == 10 ? text + "T00:00" : text, zone: zone)
        } catch {
            guard error.code == .validationFailed else { throw error }
            throw ProblemReport.invalid(
                field,
                "\(field) '\(text.prefix(40))' cannot be read. Write 2026-11-24, 2026-11-24T09:00 (in the time zone \(zone)) "
                    + "or 2026-11-24T09:00:00Z.")
        }
    }
}
