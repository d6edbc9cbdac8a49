import Domain
import Foundation
import Platforms

/// What a field may hold on a channel: allowed values of its settings, and what its platform finds.
extension Channels {
    /// The most that a look-up gives.
    private static let mostOptions = 50

    /// The values of `field` on a channel (an id or a name) that fit `query`: a setting with fixed values, or one of the platform's look-ups
    /// such as `mention`.
    ///
    /// Throws `UNKNOWN_CHANNEL`, `AMBIGUOUS_CHANNEL`; `VALIDATION_FAILED` for a field without a look-up, naming those that have one, and for a
    /// missing query; `PLATFORM_UNAVAILABLE`, `RATE_LIMITED` or `CONFLICT` for what the platform says.
    public func options(of channel: String, field: String, query: String?, as caller: Caller) async throws -> [ChannelOption] {
        try caller.require(.postsRead)
        guard let integration = try await resolve([channel], as: caller).first, let platform = registry[integration.platform] else {
            throw ProblemReport(.unknownPlatform, "This server no longer offers the platform of \(channel).")
        }
        let descriptor = platform.descriptor
        guard descriptor.fieldsWithOptions.contains(field) else {
            throw ProblemReport.invalid("field", "\(descriptor.name) offers no look-up for \"\(field)\". \(Self.offer(descriptor))")
        }
        guard let lookup = descriptor.lookups.first(where: { $0.name == field }) else { return descriptor.options(of: field, matching: query) }
        let words = query?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        if lookup.needsQuery, words.isEmpty { throw ProblemReport.invalid("query", "Say what to look for. \(lookup.help)") }
        do {
            let found = try await acting(on: integration.id) {
                try await platform.options(field: field, query: words.isEmpty ? nil : words, account: $0)
            }
            return Array(found.prefix(Self.mostOptions))
        } catch let error as PlatformError {
            throw ProblemReport(error, while: "\(field) was looked up")
        }
    }

    private static func offer(_ descriptor: PlatformDescriptor) -> String {
        let fields = descriptor.fieldsWithOptions
        return fields.isEmpty ? "It has none at all." : "Fields with one: \(fields.joined(separator: ", "))."
    }
}

extension ProblemReport {
    /// What a platform refused while somebody waited for the answer.
    init(_ error: PlatformError, while what: String) {
        let code: Code =
            switch error.kind {
            case .authentication: .conflict
            case .rateLimited: .rateLimited
            case .transient, .unknownOutcome: .platformUnavailable
            case .invalidContent: .validationFailed
            }
        self.init(code, "While \(what): \(error.message)", details: ["platformCode": .string(error.code)], retryAfter: error.retryAfter)
    }
}
