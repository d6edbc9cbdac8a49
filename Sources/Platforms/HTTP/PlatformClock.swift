import Domain
import Foundation
import NIOConcurrencyHelpers

/// How far this machine's clock is from that of a platform which the operator has set up, as the latest answer told (`Date`, RFC 9110 §6.6.1).
/// Posts go out by our clock, and signatures carry its time. Servers that users name are not listened to.
public final class PlatformClock: Sendable {
    public struct Difference: Sendable, Equatable {
        /// Whose clock it was: a host or an address.
        public let name: String
        /// Ours minus theirs, in whole seconds.
        public let seconds: Int64

        public init(name: String, seconds: Int64) { (self.name, self.seconds) = (name, seconds) }

        /// More than the seconds that answers may be on their way.
        public var isNotable: Bool { abs(seconds) > 30 }
        /// So much that platforms begin to refuse signatures.
        public var isGrave: Bool { abs(seconds) > 240 }

        public var words: String {
            "This machine's clock is \(abs(seconds)) seconds \(seconds > 0 ? "ahead of" : "behind") that of \(name). Posts go out by it, "
                + "and X refuses what is signed with a wrong time."
        }
    }

    private struct Note {
        let difference: Difference
        let taken: ContinuousClock.Instant
    }

    /// What was seen longer ago says nothing of now.
    private static let life = Duration.seconds(3600)
    private let latest = NIOLockedValueBox<Note?>(nil)

    public init() {}

    /// Nil when no platform answered within the hour.
    public var difference: Difference? {
        latest.withLockedValue { note in note.flatMap { $0.taken.duration(to: .now) < Self.life ? $0.difference : nil } }
    }

    func note(_ difference: Difference) {
        latest.withLockedValue { $0 = Note(difference: difference, taken: .now) }
    }

    /// Notes the time of an answer that came just now, unless a cache kept it.
    func note(_ answer: HTTPAnswer, to call: HTTPCall, now: Timestamp) {
        guard let date = answer.date, answer.headers["age"] == nil, let host = URL(string: call.url)?.host() else { return }
        note(Difference(name: host, seconds: (now - date).milliseconds / 1000))
    }
}

/// Notes the time in each answer.
struct ClockNotingHTTP: HTTPSender {
    let base: any HTTPSender
    let clock: PlatformClock
    let time: any TimeSource

    func send(_ call: HTTPCall) async throws -> HTTPAnswer {
        let answer = try await base.send(call)
        clock.note(answer, to: call, now: time.now)
        return answer
    }
}
