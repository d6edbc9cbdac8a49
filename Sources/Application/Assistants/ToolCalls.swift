import Domain
import Persistence

/// What assistants did: every call is noted in the audit log, and what can be taken back can be taken back from there.
public struct ToolCalls: Sendable {
    static let action = "mcp.call"
    private static let memory = Duration.days(90)

    private let database: any Database
    private let posts: Posts
    private let audit: AuditLog
    private let time: any TimeSource

    public init(database: any Database, posts: Posts, audit: AuditLog, time: any TimeSource) {
        self.database = database
        self.posts = posts
        self.audit = audit
        self.time = time
    }

    /// Notes a call. Arguments are kept without secrets, and long ones cut.
    @discardableResult
    public func record(_ call: ToolCall, as caller: Caller) async throws -> Identifier<AuditEvent> {
        let detail = try call.audited()
        return try await database.write { try audit.record(Self.action, target: call.post?.text, detail: detail, as: caller, in: $0) }
    }

    /// Notes a call that only read: nobody waits for it, and what gathers in a second is stored at once. A process that is killed loses that
    /// second's.
    public func note(_ call: ToolCall, as caller: Caller) throws {
        audit.gather(Self.action, target: call.post?.text, detail: try call.audited(), as: caller)
    }

    /// Takes back what a call did and says in a sentence what that was. For administrators and for whom the call was made. Throws `CONFLICT`
    /// with the reason when it can no longer be taken back: it is public, was changed since, or was taken back before.
    public func undo(_ id: Identifier<AuditEvent>, as caller: Caller) async throws -> String {
        try caller.require(.postsWrite)
        try caller.requireApproved(to: "take back what was done")
        let event = try await event(id, for: caller)
        let steps = try undoable(event)
        for step in steps { try await check(step, of: event, as: caller) }
        var done: [String] = []
        for step in steps { done.append(try await perform(step, as: caller)) }
        try await mark(event, as: caller)
        return done.joined(separator: " ")
    }

    /// Forgets calls older than ninety days. Run now and then.
    public func removeOld() async throws {
        let oldest = time.now - Self.memory
        try await database.write { try AuditRepository.removeCalls(before: oldest, in: $0) }
    }

    private func event(_ id: Identifier<AuditEvent>, for caller: Caller) async throws -> AuditEvent {
        let organization = caller.organizationId
        let (event, person) = try await database.read { transaction -> (AuditEvent?, UserID?) in
            let event = try AuditRepository.find(id, of: organization, in: transaction)
            return (event, try event.flatMap { try Self.person(behind: $0.subject, of: organization, in: transaction) })
        }
        guard let event, event.action == Self.action else { throw ProblemReport.notFound("call of an assistant") }
        if event.subject != caller.subject, person == nil || person != caller.userId { try caller.require(.manage) }
        return event
    }

    /// Who made the key or allowed the assistant that called.
    private static func person(behind subject: String, of organization: OrganizationID, in transaction: any Transaction) throws -> UserID? {
        if let key = subject.id(after: "key:", APIKey.self) {
            return try APIKeyRepository.find(key, of: organization, in: transaction)?.createdBy
        }
        if let grant = subject.id(after: "grant:", Grant.self) {
            return try GrantRepository.find(grant, of: organization, in: transaction)?.grant.userId
        }
        return subject.id(after: "user:", User.self)
    }

    private func undoable(_ event: AuditEvent) throws -> [Undo] {
        if event.isUndone { throw ProblemReport(.conflict, "This was taken back already.") }
        guard let steps = event.detail["undo"] else {
            throw ProblemReport(.conflict, "This call cannot be taken back: it changed nothing, or what it did is final.")
        }
        return try JSON.decode([Undo].self, from: JSON.data(steps))
    }

    /// Throws before anything is done when a step is no longer possible.
    private func check(_ step: Undo, of event: AuditEvent, as caller: Caller) async throws {
        switch step {
        case .deletePosts(let ids):
            for id in ids { try await requireUnchanged(id, since: event, as: caller) }
        case .cancel(let id): try await requireUnchanged(id, since: event, as: caller)
        case .rewrite(let id, let draft):
            guard let view = try await find(id, as: caller) else { throw ProblemReport.gone }
            guard view.revision == draft.revision else { throw ProblemReport.changedSince }
        case .restorePosts: break
        }
    }

    private func requireUnchanged(_ id: PostID, since event: AuditEvent, as caller: Caller) async throws {
        guard let view = try await find(id, as: caller) else { return }
        if view.publications.contains(where: \.status.isOutOrOnItsWay) { throw ProblemReport.isPublic }
        guard view.updatedAt <= event.createdAt else { throw ProblemReport.changedSince }
    }

    private func perform(_ step: Undo, as caller: Caller) async throws -> String {
        do {
            switch step {
            case .deletePosts(let ids):
                for id in ids where try await find(id, as: caller) != nil { try await posts.remove(id, unlessPublic: true, as: caller) }
                return ids.count == 1 ? "The post was moved to the trash." : "\(ids.count) posts were moved to the trash."
            case .restorePosts(let ids):
                for id in ids where try await find(id, as: caller) == nil { _ = try await posts.restore(id, as: caller) }
                return ids.count == 1 ? "The post is back from the trash." : "\(ids.count) posts are back from the trash."
            case .rewrite(let id, let draft):
                _ = try await posts.replace(id, with: draft, as: caller)
                return "The post is again what it was."
            case .cancel(let id):
                _ = try await posts.cancel(id, as: caller)
                return "The post was cancelled."
            }
        } catch let problem as ProblemReport where Self.lateProblems.contains(problem.code) {
            throw ProblemReport(.conflict, "This can no longer be taken back. \(problem.message)", details: problem.details)
        }
    }

    /// What refuses a step because the world has moved on.
    private static let lateProblems: Set<ProblemReport.Code> = [.notFound, .timeInPast, .postInvalid, .unknownChannel, .ambiguousChannel]

    /// Nil for a post in the trash.
    private func find(_ id: PostID, as caller: Caller) async throws -> PostView? {
        do {
            return try await posts.get(id, as: caller.reading)
        } catch let problem as ProblemReport where problem.code == .notFound {
            return nil
        }
    }

    private func mark(_ event: AuditEvent, as caller: Caller) async throws {
        var detail = event.detail
        detail["undoneAt"] = .string(time.now.description)
        detail["undoneBy"] = .string(caller.subject)
        let marked = detail
        try await database.write { transaction in
            try AuditRepository.update(event.id, of: caller.organizationId, detail: marked, in: transaction)
            try audit.record("mcp.undone", target: event.id.text, detail: ["tool": event.detail["tool"] ?? .null], as: caller, in: transaction)
        }
    }
}

extension AuditEvent {
    var isUndone: Bool { detail["undoneAt"] != nil }
}

extension ProblemReport {
    fileprivate static let gone = ProblemReport(.conflict, "This can no longer be taken back: the post was deleted.")
    fileprivate static let changedSince = ProblemReport(
        .conflict, "This can no longer be taken back: the post was changed since. Open it and change what you want changed.")
    fileprivate static let isPublic = ProblemReport(
        .conflict, "This can no longer be taken back: the post is public, or being sent. Remove it on the platform.")
}

extension PublicationStatus {
    fileprivate var isOutOrOnItsWay: Bool { [.publishing, .processing, .published, .unconfirmed].contains(self) }
}

extension String {
    /// The id in `key:<id>`.
    func id<Owner>(after prefix: String, _ owner: Owner.Type) -> Identifier<Owner>? {
        hasPrefix(prefix) ? Identifier<Owner>(String(dropFirst(prefix.count))) : nil
    }
}
