import Domain
import Foundation
import Persistence

// MARK: - Publishing now, cancelling, mending

extension Posts {
    /// Queues a post for its channels that have not published it, whatever its time; `channels` (ids or names) narrows them down, and brings
    /// back one on which it was cancelled. `revision` is the one that was looked at: throws `CONFLICT` when the post was changed since. The
    /// answer does not wait for the platforms.
    public func publishNow(
        _ id: PostID, channels names: [String]? = nil, revision: Int? = nil, as caller: Caller
    ) async throws -> PostView {
        try caller.require(.postsWrite)
        try caller.requireApproved(to: "publish")
        let chosen = try await channels(names, of: id, as: caller)
        var draft = PostDraft(try await get(id, as: caller.reading))
        (draft.scheduledFor, draft.schedule) = (nil, .now)
        if let chosen { draft.narrow(to: chosen) }
        let reading = try await read(draft, as: caller)
        try reading.planner(caller).requireApproved(to: "publish")
        let errors = reading.errors
        if let first = errors.first {
            throw ProblemReport(.postInvalid, first.message, details: ["problems": try JSON.decode(JSONValue.self, from: JSON.data(errors))])
        }
        return try await requeue(
            id, on: chosen, from: [.draft, .scheduled, .onHold, .failed, .cancelled], revision: revision, as: caller,
            otherwise: "There is nothing left to publish: this post is out, or being published.")
    }

    /// Tries what failed once more, from where it stopped, on all channels or those named.
    public func retry(_ id: PostID, channels names: [String]? = nil, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        try caller.requireApproved(to: "retry a post")
        let chosen = try await channels(names, of: id, as: caller)
        try await planner(of: id, on: chosen, as: caller).requireApproved(to: "retry a post")
        return try await requeue(
            id, on: chosen, from: [.failed], as: caller,
            otherwise: "Nothing of this post has failed, so there is nothing to retry.")
    }

    /// The caller as one who plans this post, on all of its channels or these.
    private func planner(of id: PostID, on chosen: [IntegrationID]?, as caller: Caller) async throws -> Caller {
        let organization = caller.organizationId
        return try await database.read { transaction in
            guard let post = try PostRepository.find(id, of: organization, in: transaction) else { throw ProblemReport.notFound("post") }
            return try Approvals(for: caller, in: transaction).planner(on: chosen ?? post.channels, in: transaction)
        }
    }

    /// Those of the post's channels that are named; nil for all of them.
    func channels(_ names: [String]?, of id: PostID, as caller: Caller) async throws -> [IntegrationID]? {
        guard let names else { return nil }
        guard !names.isEmpty else { throw ProblemReport.invalid("channels", "Name at least one channel, or leave channels out to mean all.") }
        let own = try await channels.integrations(try await get(id, as: caller.reading).platforms, of: caller.organizationId)
        return try channels.resolve(names, among: own).map(\.id)
    }

    /// How long an upload may be trusted to be there still: X keeps unused files for a day.
    private static let uploadsKept = Duration.hours(12)

    private func requeue(
        _ id: PostID, on channels: [IntegrationID]?, from statuses: [PublicationStatus], revision: Int? = nil, as caller: Caller,
        otherwise: String
    ) async throws -> PostView {
        let (now, organization, queue) = (clock.now, caller.organizationId, queue)
        let times = try await store { transaction in
            guard var post = try PostRepository.find(id, of: organization, lock: true, in: transaction) else { throw ProblemReport.notFound("post") }
            let before = post.scheduledFor
            if let revision, revision != post.revision { throw ProblemReport.changedMeanwhile }
            // Cancelled on some channels only, it stays at home there unless they are named.
            let statuses = channels != nil || post.status == .cancelled ? statuses : statuses.filter { $0 != .cancelled }
            let moved = try PublicationRepository.move(
                of: id, on: channels, from: statuses, to: .queued, dueAt: now, now: now, in: transaction)
            guard !moved.isEmpty else { throw ProblemReport(.conflict, otherwise) }
            for publication in moved { try JournalRepository.forgetUploads(of: publication, before: now - Self.uploadsKept, in: transaction) }
            try queue.enqueue(moved.map { Publisher.job(for: $0, runAt: now) }, in: transaction)
            let waits = try PublicationRepository.list(of: id, in: transaction).contains { $0.status.isPending }
            if !waits { (post.scheduledFor, post.wallTime, post.zoneRules) = (now, nil, nil) }
            (post.status, post.updatedAt) = (.publishing, now)
            _ = try PostRepository.update(post, basedOn: post.revision, in: transaction)
            return [before, post.scheduledFor]
        }
        await queue.announce([Publisher.jobKind])
        await events.postChanged(id, of: organization, to: .publishing, at: times)
        return try await get(id, as: caller.reading)
    }

    /// Keeps what has not begun from going out, on all channels or those named. What is being sent at this moment cannot be stopped. What was
    /// cancelled before stays so. A draft-only caller may do this to drafts and posts in review alone.
    public func cancel(_ id: PostID, channels names: [String]? = nil, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        let (now, organization) = (clock.now, caller.organizationId)
        let chosen = try await channels(names, of: id, as: caller)
        let after = try await store { transaction -> PostStatus? in
            guard let post = try PostRepository.find(id, of: organization, lock: true, in: transaction) else { throw ProblemReport.notFound("post") }
            try caller.requireApproved(to: "cancel", postWith: post.status)
            let moved = try PublicationRepository.move(
                of: id, on: chosen, from: [.draft, .scheduled, .onHold, .queued], to: .cancelled, dueAt: nil, now: now, in: transaction)
            guard !moved.isEmpty else {
                let meant = try PublicationRepository.list(of: id, in: transaction).filter { chosen?.contains($0.integrationId) ?? true }
                if !meant.isEmpty, meant.allSatisfy({ $0.status == .cancelled }) { return nil }
                throw ProblemReport(.conflict, "There is nothing to cancel: this post is out, being sent, or has no channel.")
            }
            try PublicationRepository.refreshPostStatus([id], now: now, in: transaction)
            return try PostRepository.find(id, of: organization, in: transaction)?.status
        }
        if after == .cancelled {
            await events.postChanged(id, of: organization, to: .cancelled)
        } else if after != nil {
            await events.post(.postUpdated, id, of: organization)
        }
        return try await get(id, as: caller.reading)
    }

    /// Moves a post to the trash and keeps it from going out. What is public stays public. A draft-only caller may do this to drafts and posts
    /// in review alone.
    public func remove(_ id: PostID, as caller: Caller) async throws { try await remove(id, unlessPublic: false, as: caller) }

    /// `unlessPublic`: throws `CONFLICT` when anything of the post is, or may be, public.
    func remove(_ id: PostID, unlessPublic: Bool, as caller: Caller) async throws {
        try caller.require(.postsWrite)
        let (now, organization) = (clock.now, caller.organizationId)
        let time = try await store { transaction in
            guard let post = try PostRepository.find(id, of: organization, lock: true, in: transaction) else { throw ProblemReport.notFound("post") }
            try caller.requireApproved(to: "delete", postWith: post.status)
            let publications = try PublicationRepository.list(of: id, in: transaction)
            if unlessPublic { try requireNothingPublic(publications, besides: [.queued], in: transaction) }
            guard !publications.contains(where: { $0.status == .publishing }) else {
                throw ProblemReport(.conflict, "This post is being sent at this moment. Try again in a few seconds.")
            }
            _ = try PublicationRepository.move(
                of: post.id, from: [.draft, .scheduled, .onHold, .queued], to: .cancelled, dueAt: nil, now: now, in: transaction)
            guard try PostRepository.trash(id, of: organization, at: now, in: transaction) else { throw ProblemReport.notFound("post") }
            try leaveOut(post, now, in: transaction)
            try audit.record("post.trashed", target: id.text, as: caller, in: transaction)
            return post.scheduledFor
        }
        await events.post(.postDeleted, id, of: organization, at: [time])
    }

    /// Takes a post out of the trash, with its files; its plans stand again as far as their time has not passed, for a draft-only caller after
    /// approval.
    public func restore(_ id: PostID, as caller: Caller) async throws -> PostView {
        try caller.require(.postsWrite)
        let (now, organization) = (clock.now, caller.organizationId)
        let (toReview, time, files) = try await store { transaction in
            guard let deletedAt = try PostRepository.restore(id, of: organization, at: now, in: transaction),
                var post = try PostRepository.find(id, of: organization, lock: true, in: transaction)
            else { throw ProblemReport.notFound("post") }
            let caller = try Approvals(for: caller, in: transaction).planner(on: post.channels, in: transaction)
            let planned = [.scheduled, .publishing].contains(post.status) && (post.scheduledFor ?? now) > now
            if post.status != .cancelled {
                // Those that the deletion cancelled, and not those that were cancelled before.
                let channels = try PublicationRepository.list(of: id, in: transaction).filter { $0.updatedAt == deletedAt }.map(\.integrationId)
                _ = try PublicationRepository.move(
                    of: id, on: channels, from: [.cancelled], to: planned && !caller.draftOnly ? .scheduled : .draft, dueAt: nil, now: now,
                    in: transaction)
            }
            if planned, caller.draftOnly {
                post.status = .inReview
                _ = try PostRepository.update(post, basedOn: post.revision, in: transaction)
            }
            if planned, caller.draftOnly { try Self.noteReview(of: post, by: caller.userId, at: now, in: transaction) }
            try PublicationRepository.refreshPostStatus([id], now: now, in: transaction)
            try takeIn(post, now, in: transaction)
            let files = try TrashRepository.restoreMedia(usedBy: id, of: organization, in: transaction)
            try audit.record("post.restored", target: id.text, as: caller, in: transaction)
            return (planned && caller.draftOnly, post.scheduledFor, files)
        }
        alarm.ring()
        await events.post(.postUpdated, id, of: organization, at: [time])
        if toReview { await events.postChanged(id, of: organization, to: .inReview) }
        for file in files { await media.send(.mediaUpdated, file, of: organization) }
        return try await get(id, as: caller.reading)
    }

    /// A person settles a publication in doubt: it is there (with its address, if they have it), or it is to be sent again.
    public func resolve(
        _ publication: PublicationID, of id: PostID, outcome: UnconfirmedOutcome, url: String?, as caller: Caller
    ) async throws -> PostView {
        try caller.require(.postsWrite)
        try caller.requireApproved(to: "settle a post in doubt")
        let url = url?.trimmingCharacters(in: .whitespacesAndNewlines)
        if let url, URL(string: url)?.scheme?.hasPrefix("http") != true {
            throw ProblemReport.invalid("url", "The address of the post begins with https://.")
        }
        let (now, organization, queue, platforms) = (clock.now, caller.organizationId, queue, platforms)
        try await store { transaction in
            guard try PostRepository.find(id, of: organization, lock: true, in: transaction) != nil else { throw ProblemReport.notFound("post") }
            let found = try PublicationRepository.list(of: id, in: transaction).first { $0.id == publication }
            let channel = try found.flatMap { try IntegrationRepository.list([$0.integrationId], of: organization, in: transaction).first }
            try Approvals(for: caller, in: transaction).planner(on: [channel].compactMap(\.self)).requireApproved(to: "settle a post in doubt")
            let told = url.flatMap { url in channel.flatMap { platforms[$0.platform]?.postID(at: url) } }.flatMap { $0.isEmpty ? nil : $0 }
            // Nothing of how it went out is in this copy of the database: there are no steps to finish.
            if outcome == .published, found?.status == .unconfirmed, found?.error?.code == PublicationError.restored {
                _ = try PublicationRepository.markFound(
                    publication, of: id, platformPostId: told, url: url, now: now, in: transaction)
                try PublicationRepository.refreshPostStatus([id], now: now, in: transaction)
                return
            }
            let moved = try PublicationRepository.move(
                of: id, only: publication, from: [.unconfirmed], to: .queued, dueAt: nil, now: now, in: transaction)
            guard moved == [publication] else { throw ProblemReport(.conflict, "This publication is not in doubt.") }
            for step in try JournalRepository.steps(of: publication, in: transaction) where step.state == .started {
                switch outcome {
                case .sendAgain: try JournalRepository.forget(step.name, of: publication, in: transaction)
                case .published:
                    let part: JSONValue = ["id": .string(told ?? ""), "url": url.map { .string($0) } ?? .null]
                    try JournalRepository.finish(step.name, of: publication, result: try JSON.text(part), now: now, in: transaction)
                }
            }
            try queue.enqueue([Publisher.job(for: publication, runAt: now)], in: transaction)
            try PublicationRepository.refreshPostStatus([id], now: now, in: transaction)
        }
        await queue.announce([Publisher.jobKind])
        return try await get(id, as: caller.reading)
    }
}
