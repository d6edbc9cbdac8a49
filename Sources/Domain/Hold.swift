/// Why a post on a channel waits although its time has come. The raw value is the code that its publication shows.
public enum Hold: String, Sendable, CaseIterable {
    case instancePaused = "INSTANCE_PAUSED"
    case workspacePaused = "WORKSPACE_PAUSED"
    case channelNeedsReconnect = "CHANNEL_NEEDS_RECONNECT"
    case channelPaused = "CHANNEL_PAUSED"
    case channelInTrash = "CHANNEL_IN_TRASH"
    /// Its workspace wants a person to decide about what is late.
    case overdue = "OVERDUE"

    /// What a person is told.
    public var message: String {
        switch self {
        case .instancePaused: "An administrator has paused publishing on this server. It goes out when that is over, within the late-posting limit."
        case .workspacePaused: "The workspace is paused. It goes out when the workspace is resumed, within the late-posting limit."
        case .channelNeedsReconnect: "The channel must be connected again. It goes out by itself after that, within the late-posting limit."
        case .channelPaused: "The channel is paused. It goes out when the channel is resumed, within the late-posting limit."
        case .channelInTrash:
            "Its channel is in the trash. It goes out when the channel is restored, within the late-posting limit; after that it becomes a draft."
        case .overdue: "Its time passed while it could not go out. Send it now, choose another time, or cancel it."
        }
    }

    /// How the wait is classed.
    public var kind: PublishingErrorKind { self == .channelNeedsReconnect ? .authentication : .transient }

    /// What a publication shows while it is held.
    public var error: PublicationError { PublicationError(code: rawValue, message: message, kind: kind) }
}

/// What becomes of posts whose time passed while they could not go out, because the system was down or they were held.
public enum CatchUp: String, Codable, Sendable, CaseIterable {
    /// They go out at once, oldest first.
    case sendNow = "SEND_NOW"
    /// Each moves to the next free posting time of its channel.
    case nextSlots = "NEXT_SLOTS"
    /// They wait for a person, who sends, moves or cancels them.
    case leave = "LEAVE"

    /// How late a post must be before the choice applies: what is late by less goes out in any case.
    public static let grace = Duration.minutes(15)
}
