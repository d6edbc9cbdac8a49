/// Something that happened in a workspace. Live events, webhooks and notifications are made from this one catalogue.
public struct ProductEvent: Codable, Sendable, Equatable {
    public let id: Identifier<ProductEvent>
    public let organizationId: OrganizationID
    public let type: EventType
    public let at: Timestamp
    /// What it is about: ids and the fields that changed.
    public let data: JSONValue

    public init(
        _ type: EventType, organizationId: OrganizationID, at: Timestamp, data: JSONValue, id: Identifier<ProductEvent>? = nil
    ) {
        self.id = id ?? Identifier(at: at)
        self.organizationId = organizationId
        self.type = type
        self.at = at
        self.data = data
    }
}

extension ProductEvent: JSONWritable {
    /// By hand: each publication tells of three.
    public func write(to json: inout JSONBytes) throws {
        try json.object { json in
            json.field("id", id)
            json.field("organizationId", organizationId)
            json.field("type", type.rawValue)
            json.field("at", at)
            json.field("data")
            try data.write(to: &json)
        }
    }
}

/// Every kind of event; the raw value is its name in streams and webhooks.
public enum EventType: String, Codable, Sendable, CaseIterable {
    case postCreated = "post_created"
    case postUpdated = "post_updated"
    case postInReview = "post_in_review"
    case postCommented = "post_commented"
    case postScheduled = "post_scheduled"
    case postAtRisk = "post_at_risk"
    case postReadyAgain = "post_ready_again"
    case postOverdue = "post_overdue"
    case postPublishing = "post_publishing"
    case postPublished = "post_published"
    case postPartiallyPublished = "post_partially_published"
    case postFailed = "post_failed"
    case postCancelled = "post_cancelled"
    case postDeleted = "post_deleted"
    case publicationUpdated = "publication_updated"
    case integrationConnected = "integration_connected"
    case integrationUpdated = "integration_updated"
    case integrationEnding = "integration_ending"
    case integrationNeedsReconnect = "integration_needs_reconnect"
    case integrationRemoved = "integration_removed"
    case publishingPaused = "publishing_paused"
    case publishingResumed = "publishing_resumed"
    case zoneRulesChanged = "zone_rules_changed"
    case webhookStopped = "webhook_stopped"
    case memberJoined = "member_joined"
    case memberChanged = "member_changed"
    case memberLeft = "member_left"
    case mediaReady = "media_ready"
    case mediaUpdated = "media_updated"
    case mediaDeleted = "media_deleted"

    /// One sentence for the documentation.
    public var summary: String {
        switch self {
        case .postCreated: "A post or draft was saved for the first time."
        case .postUpdated: "The content, channels or tags of a post were changed."
        case .postInReview: "A post waits for an administrator's approval before it goes out."
        case .postCommented: "Somebody said something about a post, within the workspace."
        case .postScheduled: "A post was given a time, or a new one."
        case .postAtRisk: "A planned post could not go out on a channel as things are: its data says why, while there is time to mend it."
        case .postReadyAgain: "What kept a planned post from going out on a channel is mended."
        case .postOverdue: "The time of a post passed while it could not go out, and the workspace wants a person to decide."
        case .postPublishing: "The first of a post's channels has begun to publish it."
        case .postPublished: "A post is public on all of its channels."
        case .postPartiallyPublished: "A post is public on some of its channels and failed on others."
        case .postFailed: "A post failed on all of its channels."
        case .postCancelled: "A post was cancelled before it went out."
        case .postDeleted: "A post was deleted."
        case .publicationUpdated: "The status of a post on one of its channels changed."
        case .integrationConnected: "A channel was connected, or connected again."
        case .integrationUpdated: "The name, slots or settings of a channel changed, or it was paused or resumed."
        case .integrationEnding: "A channel's authorisation ends within a week, or a day, and only a person can renew it."
        case .integrationNeedsReconnect: "A channel's authorisation ended: a person must connect it again."
        case .integrationRemoved: "A channel was removed."
        case .publishingPaused: "The workspace, or the whole instance, was paused: what becomes due waits."
        case .publishingResumed: "The workspace, or the whole instance, publishes again."
        case .zoneRulesChanged: "The clocks of a place follow new rules: planned posts were moved so that they keep their time of day there."
        case .webhookStopped: "A webhook is told nothing any more, because its address took nothing for a day or is gone."
        case .memberJoined: "Somebody accepted an invitation into the workspace."
        case .memberChanged: "A member of the workspace was given another role."
        case .memberLeft: "A member left the workspace or was removed from it."
        case .mediaReady: "An uploaded file can be used in posts."
        case .mediaUpdated: "A file's small picture was made, or its name or alternative text changed."
        case .mediaDeleted: "A file was deleted from the media library."
        }
    }
}

/// What a listener to events hears.
public enum LiveEvent: Sendable, Equatable {
    case event(ProductEvent)
    /// Events of other processes may have been missed: read again what is shown.
    case resync

    /// What happened, unless that is not known.
    public var event: ProductEvent? { if case .event(let event) = self { event } else { nil } }
}
