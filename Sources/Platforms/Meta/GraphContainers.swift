import Domain
import Foundation

/// Posting in three steps, as on Instagram and Threads: a container is made, Meta fetches its file, and it is published once.
struct GraphContainers: Sendable {
    /// The edges and fields, which differ only by name.
    struct Names: Sendable {
        let create: String
        let publish: String
        let status: String
        let reason: String
    }

    enum State: Sendable, Equatable {
        case finished, published, expired
        case inProgress
        /// With what Meta says of it.
        case failed(String)
    }

    let graph: GraphAPI
    let names: Names
    /// Between two looks at a container.
    var pause = Duration.seconds(10)
    /// How often a container that ended before it was published is made anew: it lives for a day, and a rate limit may last as long.
    static let tries = 3
    /// The codes, without prefix, of refusals that say that a container is gone.
    static let goneCode = "CONTAINER_GONE"
    static let notReadyCode = "CONTAINER_NOT_READY"

    /// Makes a container; nothing becomes public by it, so it may be repeated.
    func create(_ parameters: [(String, String)], of account: String, token: String) async throws -> (id: String, answer: JSONValue) {
        try await graph.made(graph.posting(parameters, to: "\(account)/\(names.create)", token: token))
    }

    func state(of container: String, token: String) async throws -> State {
        let answer = try await graph.get(container, [("fields", "\(names.status),\(names.reason)")], token: token)
        switch answer[names.status]?.string {
        case "FINISHED": return .finished
        case "PUBLISHED": return .published
        case "EXPIRED": return .expired
        case "ERROR": return .failed(answer[names.reason]?.string ?? "")
        default: return .inProgress
        }
    }

    /// Waits until a container can be published, or is of no use any more. Throws `failure(of:)` for one that failed.
    func awaitEnd(
        of container: String, token: String, in context: PlatformContext, failure: @escaping @Sendable (String) -> PlatformError
    ) async throws {
        try await context.awaitReady {
            switch try await state(of: container, token: token) {
            case .finished, .published, .expired: .ready
            case .inProgress: .processing(checkAfter: pause)
            case .failed(let reason): throw failure(reason)
            }
        }
    }

    /// Publishes a container and gives the id of what became public. The container is the idempotency key: it publishes once at most.
    func publish(_ container: String, of account: String, token: String) async throws -> String {
        try await graph.made(
            graph.posting([("creation_id", container)], to: "\(account)/\(names.publish)", token: token, effect: .creates)
        ).id
    }

    /// What became of a container whose publishing got no answer. `find` looks for what it became among the account's posts.
    func finding(
        _ container: String, token: String, find: () async throws -> PublishedPart?
    ) async throws -> Finding<PublishedPart> {
        switch try await state(of: container, token: token) {
        case .published:
            // It is live; its own id may take a moment to show.
            guard let part = try await find() else { return .lookAgain(after: .minutes(1)) }
            return .found(part)
        // What has ended without being published never was: publishing it is refused, and a new one is made.
        case .finished, .expired, .failed: return .safeToSend
        case .inProgress: return .lookAgain(after: pause)
        }
    }

    /// Runs `publish` with one container after another until one has not ended before its time.
    func withLivingContainer<Result>(_ publish: (_ number: Int) async throws -> Result) async throws -> Result {
        for number in 1..<Self.tries {
            do {
                return try await publish(number)
            } catch let error as PlatformError where error.code == "\(graph.api.prefix)_\(Self.goneCode)" {}
        }
        return try await publish(Self.tries)
    }
}
