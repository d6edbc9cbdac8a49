public typealias EvergreenEntryID = Identifier<EvergreenEntry>

/// What may go out on a channel again and again, in times of its queue that are still free.
public struct EvergreenEntry: Codable, Sendable, Equatable {
    public let id: EvergreenEntryID
    public let integrationId: IntegrationID
    /// The post that it was made from, if any.
    public let postId: PostID?
    /// One to ten texts, used in turn.
    public var texts: [String]
    /// The files that go with each text.
    public let mediaIds: [MediaID]
    /// What its channel is told of each, beside text and files.
    public let settings: [String: JSONValue]
    /// It goes out at the posting times that a post with these takes.
    public var tags: [String]
    /// Whether links go out as they are written, whatever the workspace's rules say.
    public let linksAsWritten: Bool
    /// At least so many days by the workspace's calendar are between two outings.
    public var everyDays: Int
    /// After so many outings it ends; nil: it goes on.
    public var most: Int?
    /// Nothing of it is planned for a time after this.
    public var endsAt: Timestamp?
    public var active: Bool
    /// Why the product paused it; nil where a person did.
    public var pausedReason: String?
    /// How many outings were planned.
    public let outings: Int
    /// The time of the latest one, also of one that was removed; for an entry of a post at first when that went out.
    public let lastOutingAt: Timestamp?
    public let createdAt: Timestamp

    public init(
        id: EvergreenEntryID, integrationId: IntegrationID, postId: PostID?, texts: [String], mediaIds: [MediaID],
        settings: [String: JSONValue] = [:], tags: [String] = [], linksAsWritten: Bool = false, everyDays: Int, most: Int?,
        endsAt: Timestamp?, active: Bool = true, pausedReason: String? = nil, outings: Int = 0, lastOutingAt: Timestamp?, createdAt: Timestamp
    ) {
        self.id = id
        self.integrationId = integrationId
        self.postId = postId
        self.texts = texts
        self.mediaIds = mediaIds
        self.settings = settings
        self.tags = tags
        self.linksAsWritten = linksAsWritten
        self.everyDays = everyDays
        self.most = most
        self.endsAt = endsAt
        self.active = active
        self.pausedReason = pausedReason
        self.outings = outings
        self.lastOutingAt = lastOutingAt
        self.createdAt = createdAt
    }

    /// Whether it has an end that has come: by count, or by date at `now`.
    public func isOver(at now: Timestamp) -> Bool { !(most.map { outings < $0 } ?? true) || !(endsAt.map { now <= $0 } ?? true) }

    /// Whether it may go out at `time`. Days are those of the calendar in `zone`, so that a change of the clocks does not put it off by a day.
    public func mayGoOut(at time: Timestamp, in zone: Zone) -> Bool {
        guard active, !isOver(at: time) else { return false }
        return lastOutingAt.map { WallTime(time, in: zone).day - WallTime($0, in: zone).day >= everyDays } ?? true
    }

    /// Its texts, the one whose turn it is first.
    public var textsInTurn: [String] {
        let turn = texts.isEmpty ? 0 : outings % texts.count
        return Array(texts[turn...] + texts[..<turn])
    }
}

/// That an entry was planned for a time of a channel's queue, and what became of it.
public struct EvergreenOuting: Codable, Sendable, Equatable {
    public let entryId: EvergreenEntryID
    public let at: Timestamp
    public let text: String
    /// Nil when the post is there no more.
    public let postId: PostID?
    public let status: PublicationStatus?
    /// Where it can be seen.
    public let url: String?

    public init(entryId: EvergreenEntryID, at: Timestamp, text: String, postId: PostID?, status: PublicationStatus?, url: String?) {
        self.entryId = entryId
        self.at = at
        self.text = text
        self.postId = postId
        self.status = status
        self.url = url
    }
}
