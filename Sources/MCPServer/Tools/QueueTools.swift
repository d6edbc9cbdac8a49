import Application
import Domain

/// A span of time among the arguments of a tool.
enum Span {
    /// As it was called before: `from` is a word of Python, from which clients cannot make a function's argument.
    static let aliases = ["from": "since", "to": "until"]
}

struct FindSlotsInput: ToolInput {
    let channels: [String]?
    let count: Int?
    let since: String?
    let until: String?
    let basis: SlotBasis?

    static let descriptions = [
        "channels": "The channels, by id or name, at whose posting times the post could go out. Left out: all.",
        "count": "How many times for each channel, 1 to 50; the standard is 5.",
        "since": "Not before this date or time. Left out: now.",
        "until": "Not after this time.",
        "basis": "queue: the next free ones in order (the standard); engagement: best first, by how earlier posts did at that hour.",
    ]
    static let aliases = Span.aliases
}

struct FoundSlots: ToolOutput {
    let message: String
    let url: String
    let slots: [FreeSlot]
}

struct ListQueueInput: ToolInput {
    let channel: String?
    let days: Int?

    static let descriptions = [
        "channel": "Only this channel, by id or name.",
        "days": "How many days from today, 1 to 31; the standard is 7.",
    ]
}

struct Queue: ToolOutput {
    struct Day: Codable, Sendable {
        let date: String
        let items: [QueueItem]
        let freeSlots: [FreeTimes]
    }

    /// The free posting times of one channel on one day, as its clocks show them: there are many, so each is short.
    struct FreeTimes: Codable, Sendable {
        let channel: String
        let id: IntegrationID
        let tag: String?
        let local: [String]
    }

    let message: String
    let url: String
    let timeZone: String
    let days: [Day]
}

enum QueueTools {
    static func slots(_ input: FindSlotsInput, _ call: Invocation) async throws -> FoundSlots {
        let count = try input.count.within(1...50, standard: 5, "count")
        let slots = try await call.services.posts.freeSlots(
            channels: input.channels, count: count, from: try call.local.instant(input.since, "since"),
            to: try call.local.instant(input.until, "until"), basis: input.basis ?? .queue, as: call.caller)
        let message =
            slots.first.map { "\(slots.count) free time(s); the first is \($0.local) (\(call.zone)) on \($0.channel)." }
            ?? "No posting time is free there. Give another span of time, or a time of your own."
        return FoundSlots(message: message, url: call.pages.calendar, slots: slots)
    }

    static func queue(_ input: ListQueueInput, _ call: Invocation) async throws -> Queue {
        let days = try input.days.within(1...31, standard: 7, "days")
        let queue = try await call.services.posts.queue(channel: input.channel, days: days, as: call.caller)
        let count = queue.reduce(0) { $0 + $1.items.count }
        let empty = queue.filter(\.items.isEmpty).map(\.date)
        let message =
            count == 0
            ? "Nothing is planned in the next \(days) day(s)."
            : "\(count) publication(s) in the next \(days) day(s)\(empty.isEmpty ? "" : "; nothing on \(empty.joined(separator: ", "))")."
        return Queue(message: message, url: call.pages.calendar, timeZone: call.zone, days: queue.map(Queue.Day.init))
    }
}

extension Queue.Day {
    fileprivate init(_ day: QueueDay) {
        let kinds = Dictionary(grouping: day.freeSlots) { [$0.integrationId.text, $0.tag ?? ""] }
            .values.sorted { ($0[0].integrationId, $0[0].tag ?? "") < ($1[0].integrationId, $1[0].tag ?? "") }
        self.init(
            date: day.date, items: day.items,
            freeSlots: kinds.map { .init(channel: $0[0].channel, id: $0[0].integrationId, tag: $0[0].tag, local: $0.map(\.local)) })
    }
}
