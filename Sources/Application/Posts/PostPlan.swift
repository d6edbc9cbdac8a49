import Domain

/// What storing a draft leads to.
enum PostPlan: Sendable {
    case draft
    /// To go out, but not before an administrator's approval.
    case review
    case scheduled
    case now

    var postStatus: PostStatus {
        switch self {
        case .draft: .draft
        case .review: .inReview
        case .scheduled: .scheduled
        case .now: .publishing
        }
    }

    var publicationStatus: PublicationStatus {
        switch self {
        case .draft, .review: .draft
        case .scheduled: .scheduled
        case .now: .queued
        }
    }
}

extension PostPlan {
    /// A draft stays one when it says so or has no time; what a draft-only caller would send out waits for approval, and what a rule
    /// asks one for: this is the one place that decides it.
    init(_ draft: PostDraft, _ reading: DraftReading, as caller: Caller) {
        if draft.status == .inReview {
            self = .review
        } else if draft.isDraft || reading.scheduledFor == nil {
            self = .draft
        } else if reading.planner(caller).draftOnly {
            self = .review
        } else {
            self = reading.immediate ? .now : .scheduled
        }
    }
}
