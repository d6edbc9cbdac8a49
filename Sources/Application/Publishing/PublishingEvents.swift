import Domain
import Messaging
import Persistence

/// Tells the workspace how its posts fare.
struct PublishingEvents: Sendable {
    let bus: any EventBus
    let time: any TimeSource

    func publicationChanged(_ publication: Publication, to status: PublicationStatus, url: String? = nil, error: PublicationError? = nil) async {
        var data: [String: JSONValue] = [
            "postId": .string(publication.postId.text), "publicationId": .string(publication.id.text),
            "integrationId": .string(publication.integrationId.text), "status": .string(status.rawValue),
        ]
        if let url { data["url"] = .string(url) }
        if let error { data["error"] = ["code": .string(error.code), "message": .string(error.message)] }
        await send(.publicationUpdated, publication.organizationId, .object(data))
    }

    func held(_ moved: PublishingRepository.Moved, by hold: Hold) async {
        let error: JSONValue = ["code": .string(hold.rawValue), "message": .string(hold.message)]
        let data: JSONValue = [
            "postId": .string(moved.postId.text), "publicationId": .string(moved.id.text),
            "integrationId": .string(moved.integrationId.text), "status": .string(PublicationStatus.onHold.rawValue), "error": error,
        ]
        await send(.publicationUpdated, moved.organizationId, data)
    }

    /// A person has to decide about it.
    func overdue(_ moved: PublishingRepository.Moved) async {
        let data: JSONValue = ["postId": .string(moved.postId.text), "integrationId": .string(moved.integrationId.text)]
        await send(.postOverdue, moved.organizationId, data)
    }

    func atRisk(_ publication: Publication, _ problems: [Problem]) async {
        let data: JSONValue = [
            "postId": .string(publication.postId.text), "integrationId": .string(publication.integrationId.text),
            "problem": .string(problems.map(\.message).joined(separator: " ")), "codes": .array(problems.map { .string($0.code.rawValue) }),
        ]
        await send(.postAtRisk, publication.organizationId, data)
    }

    func readyAgain(_ publication: Publication) async {
        let data: JSONValue = ["postId": .string(publication.postId.text), "integrationId": .string(publication.integrationId.text)]
        await send(.postReadyAgain, publication.organizationId, data)
    }

    func waits(_ id: PublicationID, _ arrival: GateRepository.Arrival, for error: PublicationError) async {
        let why: JSONValue = ["code": .string(error.code), "message": .string(error.message)]
        let data: JSONValue = [
            "postId": .string(arrival.post.text), "publicationId": .string(id.text), "integrationId": .string(arrival.channel.text),
            "status": .string(PublicationStatus.queued.rawValue), "error": why,
        ]
        await send(.publicationUpdated, arrival.organization, data)
    }

    /// `at` are the times at which the post stands and stood: where calendars have to look again.
    func postChanged(_ post: PostID, of organization: OrganizationID, to status: PostStatus, at: [Timestamp?] = []) async {
        let type: EventType? =
            switch status {
            case .publishing: .postPublishing
            case .published: .postPublished
            case .partiallyPublished: .postPartiallyPublished
            case .failed: .postFailed
            case .cancelled: .postCancelled
            case .scheduled: .postScheduled
            case .inReview: .postInReview
            case .draft: nil
            }
        guard let type else { return }
        await send(type, organization, .object(["status": .string(status.rawValue)].merging(Self.data(post, at)) { $1 }))
    }

    /// `at` as in `postChanged`; `more` is what else is to be known.
    func post(
        _ type: EventType, _ post: PostID, of organization: OrganizationID, at: [Timestamp?] = [], _ more: [String: JSONValue] = [:]
    ) async {
        await send(type, organization, .object(Self.data(post, at).merging(more) { $1 }))
    }

    private static func data(_ post: PostID, _ at: [Timestamp?]) -> [String: JSONValue] {
        let times = Set(at.compactMap(\.self)).sorted().map { JSONValue.string($0.description) }
        return ["postId": .string(post.text)].merging(times.isEmpty ? [:] : ["at": .array(times)]) { $1 }
    }

    private func send(_ type: EventType, _ organization: OrganizationID, _ data: JSONValue) async {
        await bus.publish(ProductEvent(type, organizationId: organization, at: time.now, data: data))
    }
}
