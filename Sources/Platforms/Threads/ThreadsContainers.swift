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
        do {
            try await context.awaitReady {
                switch try await containers.state(of: id, token: credentials.accessToken) {
                case .finished, .published: return .ready
                case .expired: throw Lost()
                case .failed(let reason) where reason.hasPrefix("FAILED_DOWNLOADING"): throw Lost()
                case .failed(let reason): throw Self.problem(reason)
                case .inProgress: return .processing(checkAfter: .seconds(isVideo ? 15 : 2))
                }
            }
            return true
        } catch is Lost {
            return false
        }
    }

    /// Threads lets a profile make 250 posts and 1,000 replies in 24 hours. How a refusal for that reason looks is not documented: after
    /// one that names no other reason the quota itself is asked for.
    func quotaAware<Result: Sendable>(_ account: ConnectedAccount, _ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as PlatformError where error.code == "THREADS_REFUSED" {
            // Where the quota cannot be read either, the first error says more.
            guard (try? await isQuotaUsedUp(account.credentials)) == true else { throw error }
            throw PlatformError(
                .rateLimited, code: "THREADS_QUOTA_REACHED",
                message: "This account has published all that Threads allows in 24 hours. The post goes out when there is room again.",
                platformAnswer: error.platformAnswer, retryAfter: .hours(1))
        }
    }

    private func isQuotaUsedUp(_ credentials: Credentials) async throws -> Bool {
        let fields = "quota_usage,config,reply_quota_usage,reply_config"
        let answer = try await graph.get("me/threads_publishing_limit", [("fields", fields)], token: credentials.accessToken)
        return ["", "reply_"].contains { kind in
            let quota = answer["data"]?[0]
            guard let used = quota?["\(kind)quota_usage"]?.int, let total = quota?["\(kind)config"]?["quota_total"]?.int else { return false }
            return used >= total
        }
    }

    private struct Lost: Error {}

    private struct Container: Codable, Sendable {
        let id: String
        let madeAt: Timestamp
    }
}
