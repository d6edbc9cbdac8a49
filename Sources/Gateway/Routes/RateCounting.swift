import Application
import Domain
import Hummingbird

/// Which limit a call counts against.
public enum RateClass: Sendable, Equatable {
    /// `RATE_LIMIT_PER_MINUTE`, with all other calls of the caller.
    case calls
    /// `CREATE_LIMIT_PER_MINUTE` as well, and `API_LIMIT` for the whole workspace: making posts.
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
        try await count(
            rate, subject: context.caller?.subject ?? "address:\(NetworkAddress.network(of: context.origin.address))",
            of: context.caller?.organizationId)
    }

    /// The same for calls that do not come as a request each.
    @discardableResult
    public func count(_ rate: RateClass, for caller: Caller) async throws -> HTTPFields {
        try await count(rate, subject: caller.subject, of: caller.organizationId)
    }

    private func count(_ rate: RateClass, subject: String, of organization: OrganizationID?) async throws -> HTTPFields {
        let calls = services.configuration.rateLimitPerMinute
        let (creations, hourly) = (services.configuration.createLimitPerMinute, services.configuration.createLimitPerHour)
        return switch rate {
        case .uncounted: [:]
        case .calls: try await take("calls:\(subject)", calls) ?? [:]
        case .drafting: try await take("drafting:\(subject)", calls) ?? [:]
        case .creations: try await creating(subject, organization, calls: calls, creations: creations, hourly: hourly)
        }
    }

    private func creating(
        _ subject: String, _ organization: OrganizationID?, calls: Int, creations: Int, hourly: Int
    ) async throws -> HTTPFields {
        let all = try await take("calls:\(subject)", calls)
        let own = try await take("creations:\(subject)", creations)
        if let organization { _ = try await take("hourly:\(organization)", hourly, window: .hours(1), "an hour in this workspace") }
        return own ?? all ?? [:]
    }

    /// Nil when the limit is switched off.
    private func take(
        _ subject: String, _ limit: Int, window: Duration = .seconds(60), _ period: String = "a minute"
    ) async throws -> HTTPFields? {
        guard limit > 0 else { return nil }
        let decision = await services.rates.take(subject, limit: limit, window: window)
        let reset = decision.reset.secondsToWait
        let headers: HTTPFields = [
            .rateLimitLimit: "\(decision.limit)", .rateLimitRemaining: "\(decision.remaining)", .rateLimitReset: "\(reset)",
        ]
        guard decision.allowed else {
            throw AnsweredProblem(
                ProblemReport(
                    .rateLimited, "That was more than \(limit) calls in \(period). Wait \(reset) s and try again.",
                    details: ["limit": .number(Double(limit))], retryAfter: .seconds(reset)),
                headers: headers)
        }
        return headers
    }
}
