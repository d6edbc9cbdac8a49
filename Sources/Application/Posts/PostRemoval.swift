import Domain
import Foundation
import Persistence
import Platforms

/// What became of taking a post away from one channel.
public struct RemovalResult: Codable, Sendable, Equatable {
    public let integrationId: IntegrationID
    /// The channel's name.
    public let channel: String
    public let removed: Bool
    /// What was done, or why not and what to do.
    public let message: String
}

// MARK: - Taking back what is public

extension Posts {
    /// Takes what is public of a post away from the platforms: from `channels` (ids or names), or from all. The post itself stays, with the
    /// time of its removal. May be repeated: what is gone already counts as removed. A channel's failure is told in its result.
    ///
    /// Throws `NOT_FOUND`, `UNKNOWN_CHANNEL`, `AMBIGUOUS_CHANNEL`, `FORBIDDEN` for a draft-only caller, or `CONFLICT` when nothing of the post
    /// is, or was, public.
    public func removeFromPlatforms(_ id: PostID, channels names: [String]?, as caller: Caller) async throws -> [RemovalResult] {
        try caller.require(.postsWrite)
        try caller.requireApproved(to: "remove what is public")
        let organization = caller.organizationId
        let wanted = try await channels(names, of: id, as: caller)
        let found = try await database.read { transaction in
            guard try PostRepository.find(id, of: organization, in: transaction) != nil else { throw ProblemReport.notFound("post") }
            return try PublicationRepository.list(of: id, in: transaction).map {
                PublicTraces(publication: $0, parts: try Self.publicParts(of: $0, in: transaction))
            }
        }
        let traces = found.filter { wanted?.contains($0.publication.integrationId) ?? $0.concernsRemoval }
        guard !traces.isEmpty else {
            throw ProblemReport(.conflict, "Nothing of this post is public, so there is nothing to remove.")
        }
        let known = try await channels.integrations(traces.map { $0.publication.integrationId }, of: organization)
        let byId = Dictionary(known.map { ($0.id, $0) }) { first, _ in first }
        let results = try await removing(traces, channels: byId, as: caller)
        await events.post(.postUpdated, id, of: organization)
        return results
    }

    /// All channels at once: one that does not answer keeps no other waiting.
    private func removing(
        _ traces: [PublicTraces], channels: [IntegrationID: Integration], as caller: Caller
    ) async throws -> [RemovalResult] {
        try await withThrowingTaskGroup(of: (Int, RemovalResult).self) { group in
            for (index, trace) in traces.enumerated() {
                let channel = channels[trace.publication.integrationId]
                group.addTask { (index, try await remove(trace, from: channel, as: caller)) }
            }
            var results = [(Int, RemovalResult)]()
            for try await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func remove(_ trace: PublicTraces, from channel: Integration?, as caller: Caller) async throws -> RemovalResult {
        let publication = trace.publication
        func result(_ removed: Bool, _ message: String) -> RemovalResult {
            RemovalResult(
                integrationId: publication.integrationId, channel: channel?.displayName ?? "Removed channel", removed: removed, message: message)
        }
        if publication.removedAt != nil { return result(true, "It was removed there already.") }
        if let obstacle = trace.obstacle { return result(false, obstacle) }
        guard let channel, let platform = platforms[channel.platform] else {
            return result(false, "The channel is no longer connected here. Delete the post at the platform yourself\(trace.address).")
        }
        // Where parts are comments they go with the post; the parts of a thread stand on their own.
        let needed = platform.descriptor.thread.kind == .replies ? trace.parts[...] : trace.parts.prefix(1)
        guard !needed.contains(where: { $0.id.isEmpty && $0.uri == nil }) else {
            return result(false, "The address of a part at \(platform.descriptor.name) is not known here. Delete it there yourself.")
        }
        let left: [Int]
        do {
            left = try await channels.acting(on: channel.id) { try await platform.remove(PublishedRef(trace.parts), account: $0) }
        } catch let problem as ProblemReport where problem.code == .notFound {
            return result(false, "The channel was removed here meanwhile. Delete the post at the platform yourself\(trace.address).")
        } catch let error as PlatformError {
            let advice = error.kind == .rateLimited ? " Try again \(error.later)." : ""
            return result(false, "It is not removed from \(platform.descriptor.name): \(error.message)\(advice)")
        }
        if !left.isEmpty { return result(false, trace.incomplete(left, at: platform.descriptor.name)) }
        let (now, audit) = (clock.now, AuditLog(database: database, time: clock))
        let detail = trace.audited(on: channel)
        try await database.write { transaction in
            try PublicationRepository.markRemoved(publication, at: now, in: transaction)
            try PublicationRepository.refreshPostStatus([publication.postId], now: now, in: transaction)
            try audit.record("post.removed-from-platform", target: publication.postId.text, detail: detail, as: caller, in: transaction)
        }
        let parts = trace.parts.count == 1 ? "" : " with all its \(trace.parts.count) parts"
        return result(true, "It is removed from \(platform.descriptor.name)\(parts).")
    }

    /// What is noted of each part that went out; the id of a part that a person found there without giving its address is empty.
    private static func publicParts(of publication: Publication, in transaction: any Transaction) throws -> [PublishedRef.Part] {
        let steps = try JournalRepository.steps(of: publication.id, in: transaction)
        let parts = try steps.filter { $0.state == .done && $0.name.hasPrefix("part-") }.map { step in
            let noted = try step.result.map { try JSON.decode(JSONValue.self, from: $0) }
            return PublishedRef.Part(id: noted?["id"]?.string ?? "", uri: noted?["uri"]?.string, url: noted?["url"]?.string)
        }
        return parts.isEmpty ? [publication.platformPostId].compactMap { $0 }.map { .init(id: $0, url: publication.url) } : parts
    }
}

/// A publication and what of it the platform shows.
private struct PublicTraces: Sendable {
    let publication: Publication
    let parts: [PublishedRef.Part]

    /// Whether somebody who wants the post gone everywhere means this one too.
    var concernsRemoval: Bool { publication.removedAt != nil || !parts.isEmpty || isUnderWay }

    private var isUnderWay: Bool { [.publishing, .processing, .unconfirmed].contains(publication.status) }

    /// What of it is remembered when it is gone: nobody can look it up any more.
    func audited(on channel: Integration) -> [String: JSONValue] {
        [
            "platform": .string(channel.platform.rawValue), "channel": .string(channel.displayName),
            "url": publication.url.map { .string($0) } ?? .null,
            "parts": .number(Double(parts.count)),
        ]
    }

    var address: String { publication.url.map { ": \($0)" } ?? "" }

    /// What is said when the parts `left` (numbered from 0) could not be found at the platform any more.
    func incomplete(_ left: [Int], at platform: String) -> String {
        let numbers = left.map { String($0 + 1) }.joined(separator: ", ")
        let subject = left.count == 1 ? "Part \(numbers)" : "Parts \(numbers)"
        return """
            \(subject) of \(parts.count) could not be removed: \(platform) does not say any more which of its posts that is. Look there and \
            delete what is left yourself\(address).
            """
    }

    /// Why it cannot be removed now, and what to do.
    var obstacle: String? {
        switch publication.status {
        case .queued, .publishing, .processing: "It is being published at this moment. Try again when that has ended."
        case .unconfirmed: "It is not certain whether it is there. Say so first ('It is there' or 'Send again'), then remove it."
        default: parts.isEmpty ? "Nothing of it is public there." : nil
        }
    }
}
