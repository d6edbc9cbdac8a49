import Application
import Domain
import Hummingbird

/// Which limit a call counts against.
public enum RateClass: Sendable, Equatable {
    /// `RATE_LIMIT_PER_MINUTE`, with all other calls of the caller.
    case calls
    /// `CREATE_LIMIT_PER_MINUTE` as well: making posts.
    case creations
    /// As many again, counted apart: what an open composer asks for while a person types.
    case drafting
    /// Not counted: health checks, files, live events.
    case uncounted
}

/// Counts calls of one caller: a user, a key, or the address of an anonymous client.
public struct RateCounting: Sendable {
    private let services: Services

    public init(_ services: Services) { self.services = services }

    /// Counts one call and returns the `RateLimit-…` headers of the narrowest limit; throws `RATE_LIMITED` when it is one too many.
    public func count(_ rate: RateClass, for context: AppRequestContext) async throws -> HTTPFields {
        let subject = context.caller?.subject ?? "address:\(context.origin.address)"
        let calls = services.configuration.rateLimitPerMinute
        let creations = services.configuration.createLimitPerMinute
        return switch rate {
        case .uncounted: [:]
        case .calls: try await take("calls:\(subject)", calls) ?? [:]
        case .drafting: try await take("drafting:\(subject)", calls) ?? [:]
        case .creations:
            try await merge(try await take("calls:\(subject)", calls), try await take("creations:\(subject)", creations))
        }
    }

    private func merge(_ first: HTTPFields?, _ second: HTTPFields?) async throws -> HTTPFields { second ?? first ?? [:] }

    /// Nil when the limit is switched off.
    private func take(_ subject: String, _ limit: Int) async throws -> HTTPFields? {
        guard limit > 0 else { return nil }
        let decision = await services.rates.take(subject, limit: limit, window: .seconds(60))
        let reset = max(1, (decision.reset.milliseconds + 999) / 1000)
        let headers: HTTPFields = [
            .rateLimitLimit: "\(decision.limit)", .rateLimitRemaining: "\(decision.remaining)", .rateLimitReset: "\(reset)",
        ]
        guard decision.allowed else {
            throw AnsweredProblem(
                ProblemReport(
                    .rateLimited, "That was more than \(limit) calls in a minute. Wait \(reset) s and try again.",
                    details: ["limit": .number(Double(limit))], retryAfter: .seconds(reset)),
                headers: headers)
        }
        return headers
    }
}
