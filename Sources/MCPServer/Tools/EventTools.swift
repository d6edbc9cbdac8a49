import Application
import Domain

struct ListEventsInput: ToolInput {
    let since: String?
    let types: [EventType]?
    let limit: Int?

    static let descriptions = [
        "since": "What happened after this: a time, or next_cursor of an earlier answer. Left out: the latest events.",
        "types": "Only these kinds of event.",
        "limit": "How many at most, 1 to 100; the standard is 50.",
    ]
}

struct EventCard: Codable, Sendable {
    let type: EventType
    let at: Timestamp
    let atLocal: String
    let message: String
    let post: PostID?
    let channel: IntegrationID?
    /// What to do about it, where something is to be done.
    let action: String?
}

struct EventCards: ToolOutput {
    let message: String
    let url: String
    let events: [EventCard]
    /// Give it as since to hear what happens from here on.
    let nextCursor: String?
}

enum EventTools {
    static func list(_ input: ListEventsInput, _ call: Invocation) async throws -> EventCards {
        let limit = try input.limit.within(1...100, standard: 50, "limit")
        let page = try await call.services.eventLog.list(
            since: try position(input.since, call), types: input.types ?? [], limit: limit, as: call.caller)
        let cards = page.items.map { EventCard($0, call) }
        return EventCards(
            message: cards.isEmpty ? "Nothing happened since." : "\(cards.count) event(s), the newest last.", url: call.pages.calendar,
            events: cards, nextCursor: page.nextCursor)
    }

    private static func position(_ since: String?, _ call: Invocation) throws -> EventPosition? {
        guard let since else { return nil }
        // A date or time begins with the year and a dash; a cursor does not.
        let looksLikeTime = since.count >= 10 && since.dropFirst(4).first == "-" && since.prefix(4).allSatisfy(\.isNumber)
        return looksLikeTime ? .time(try call.local.instant(since, "since") ?? call.now) : .cursor(since)
    }
}

extension EventCard {
    init(_ record: EventRecord, _ call: Invocation) {
        self.init(
            type: record.type, at: record.at, atLocal: call.local.text(record.at), message: record.message, post: record.postId,
            channel: record.integrationId, action: Self.action(record.type))
    }

    static func action(_ type: EventType) -> String? {
        switch type {
        case .postFailed, .postPartiallyPublished: "get_post tells why; retry_post tries again."
        case .integrationNeedsReconnect, .integrationEnding: "A person has to connect the channel again in the web interface under Channels."
        case .postAtRisk: "get_post tells what to mend."
        case .postOverdue: "publish_post sends it now; reschedule_post or cancel_post are the other ways."
        case .publishingPaused: "An administrator resumes it in the web interface under Channels."
        case .postInReview: "An administrator approves it in the web interface."
        default: nil
        }
    }
}
