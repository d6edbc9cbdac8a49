import Domain
import Foundation

extension Threads {
    /// How long a container is believed to live: Threads drops it after a day.
    private static let life = Duration.hours(20)
    /// How often a container is made: again where it ended unused, or where its file could not be fetched.
    private static let tries = 3
    /// How long Threads may take to fetch a file.
    private static let fetchTime = Duration.hours(2)

    /// A file as a part of its post: a child of a carousel, or what the post's own container will fetch.
    enum Attachment: Sendable {
        case child(String)
        case alone(OutgoingMedia)
    }

    /// Several files of a part are containers of their own, made before anything becomes public.
    func attach(_ media: OutgoingMedia, step: String, request: PublishRequest, journal: any StepJournal) async throws -> Attachment {
        let alone = request.parts.indices.filter { request.parts[$0].media.count == 1 }.map { "media-\($0)-0" }
        if alone.contains(step) { return .alone(media) }
        let id = try await container(step, isVideo: media.media.kind == .video, request.account, journal) {
            try file(media) + [("is_carousel_item", "true")]
        }
        return .child(id)
    }

    /// The fields that tell a file.
    func file(_ media: OutgoingMedia) throws -> [(String, String)] {
        let isVideo = media.media.kind == .video
        let address = try media.publicURL(Self.fetchTime).absoluteString
        var fields = [("media_type", isVideo ? "VIDEO" : "IMAGE"), (isVideo ? "video_url" : "image_url", address)]
        if let text = media.media.altText, !text.isEmpty { fields.append(("alt_text", text)) }
        return fields
    }

    /// A container that is ready to be published or to be a child. Containers are invisible: making another does no harm.
    func container(
        _ name: String, isVideo: Bool, _ account: ConnectedAccount, _ journal: any StepJournal,
        fields: @escaping @Sendable () throws -> [(String, String)]
    ) async throws -> String {
        for number in 0..<Self.tries {
            let step = number == 0 ? name : "\(name)-again-\(number)"
            let made = try await journal.step(step) {
                let id = try await quotaAware(account) {
                    try await containers.create(fields(), of: "me", token: account.credentials.accessToken).id
                }
                return Container(id: id, madeAt: context.time.now)
            }
            // What is old may have ended since it was ready.
            let isOld = context.time.now - made.madeAt > Self.life
            let isReady =
                isOld
                ? try await becomesReady(made.id, isVideo: isVideo, account.credentials)
                : try await journal.step("\(step)-ready") { try await becomesReady(made.id, isVideo: isVideo, account.credentials) }
            if isReady { return made.id }
        }
        throw PlatformError(.invalidContent, code: "THREADS_MEDIA_NOT_FETCHED", message: Self.notFetched)
    }

    /// Waits until the container can be published; false when another has to be made.
    private func becomesReady(_ id: String, isVideo: Bool, _ credentials: Credentials) async throws -> Bool {
        try await context.awaitResult(checkAfter: .seconds(isVideo ? 15 : 2)) {
            switch try await containers.state(of: id, token: credentials.accessToken) {
            case .finished, .published: true
            case .expired: false
            case .failed(let reason) where reason.hasPrefix("FAILED_DOWNLOADING"): false
            case .failed(let reason): throw Self.problem(reason)
            case .inProgress: nil
            }
        }
    }

    /// What Threads counts in 24 hours: 250 posts, 1,000 replies and 100 removals of a profile.
    enum Quota: String { case posts = "", replies = "reply_", removals = "delete_" }

    /// How a refusal looks where a quota is used up is not documented: after one that names no other reason the quota itself is asked for.
    func quotaAware<Result: Sendable>(
        _ account: ConnectedAccount, of quotas: [Quota] = [.posts, .replies], _ work: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await work()
        } catch let error as PlatformError where error.code == "THREADS_REFUSED" {
            // Where the quota cannot be read either, the first error says more.
            guard (try? await isUsedUp(quotas, account.credentials)) == true else { throw error }
            throw PlatformError(
                .rateLimited, code: "THREADS_QUOTA_REACHED",
                message: quotas == [.removals]
                    ? "This account has removed all that Threads allows in 24 hours. Remove the post again later, or delete it at Threads."
                    : "This account has published all that Threads allows in 24 hours. The post goes out when there is room again.",
                platformAnswer: error.platformAnswer, retryAfter: .hours(1))
        }
    }

    private func isUsedUp(_ quotas: [Quota], _ credentials: Credentials) async throws -> Bool {
        let fields = quotas.flatMap { ["\($0.rawValue)quota_usage", "\($0.rawValue)config"] }.joined(separator: ",")
        let answer = try await graph.get("me/threads_publishing_limit", [("fields", fields)], token: credentials.accessToken)
        return quotas.map(\.rawValue).contains { kind in
            let told = answer["data"]?[0]
            guard let used = told?["\(kind)quota_usage"]?.int, let total = told?["\(kind)config"]?["quota_total"]?.int else { return false }
            return used >= total
        }
    }

    private struct Container: Codable, Sendable {
        let id: String
        let madeAt: Timestamp
    }
}
