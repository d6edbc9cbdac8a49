import Domain
import Persistence

extension Posts {
    /// Moves a post of a series to the trash, or with it those that follow, or all that are still to come: then nothing more comes of the series
    /// from there on. What has gone out stays.
    public func remove(_ id: PostID, scope: SeriesScope, as caller: Caller) async throws {
        guard scope != .this, let known = try await series(of: id, as: caller) else { return try await remove(id, as: caller) }
        try caller.require(.postsWrite)
        let (now, organization) = (clock.now, caller.organizationId)
        let removed = try await store { transaction -> [SeriesPosts.Entry] in
            guard var series = try SeriesRepository.find(known.id, of: organization, lock: true, in: transaction),
                let post = try PostRepository.find(id, of: organization, in: transaction), let place = post.series
            else { throw ProblemReport.notFound("post") }
            let first = scope == .all ? "" : place.day
            let entries = try SeriesPosts.list(of: series.id, from: first, in: organization, in: transaction)
                .filter { !$0.isDeleted && $0.isPending && ($0.id == id || ($0.scheduledFor ?? now) > now) }
            for entry in entries {
                try caller.requireApproved(to: "delete", postWith: entry.status)
                _ = try PublicationRepository.move(
                    of: entry.id, from: [.draft, .scheduled, .onHold], to: .cancelled, dueAt: nil, now: now, in: transaction)
                _ = try PostRepository.trash(entry.id, of: organization, at: now, in: transaction)
                try audit.record("post.trashed", target: entry.id.text, as: caller, in: transaction)
            }
            if scope == .following { series.endsBefore = WallTime("\(place.day)T00:00") }
            let goesOn = try scope == .following && series.upcoming(after: now).first { _ in true } != nil
            if !goesOn { (series.status, series.nextCheckAt) = (.ended, nil) }
            series.updatedAt = now
            try SeriesRepository.update(series, in: transaction)
            try note("ended", series, as: caller, in: transaction)
            return entries
        }
        for entry in removed { await events.post(.postDeleted, entry.id, of: organization, at: [entry.scheduledFor]) }
    }

    /// A post that is deleted by hand does not come back by itself.
    func leaveOut(_ post: Post, _ now: Timestamp, in transaction: any Transaction) throws {
        guard let place = post.series, var series = try SeriesRepository.find(place.id, of: post.organizationId, lock: true, in: transaction)
        else { return }
        if series.isWholeDraft {
            series.status = .ended
        } else if !series.excluded.contains(place.day) {
            series.excluded = (series.excluded + [place.day]).sorted()
        }
        series.updatedAt = now
        try SeriesRepository.update(series, in: transaction)
    }

    /// One that comes out of the trash stands in its series again.
    func takeIn(_ post: Post, _ now: Timestamp, in transaction: any Transaction) throws {
        guard let place = post.series, var series = try SeriesRepository.find(place.id, of: post.organizationId, lock: true, in: transaction)
        else { return }
        if series.plan == .draft { series.status = .active }
        series.excluded.removeAll { $0 == place.day }
        series.updatedAt = now
        try SeriesRepository.update(series, in: transaction)
    }

    func note(_ action: String, _ series: Series, as caller: Caller, in transaction: any Transaction) throws {
        try audit.record("series.\(action)", target: series.id.text, detail: ["recurrence": .string(series.rule)], as: caller, in: transaction)
    }

    // MARK: The series as such

    /// Leaves out one day: its post goes to the trash. Throws `CONFLICT` when the series has none on that day, or it has gone out.
    public func skip(_ day: String, of id: SeriesID, as caller: Caller) async throws -> SeriesView {
        try caller.require(.postsWrite)
        let (now, organization) = (clock.now, caller.organizationId)
        let post = try await store { transaction -> PostID? in
            var series = try find(id, as: caller, lock: true, in: transaction)
            try caller.requireMayChange(postWith: series.plan)
            guard !series.excluded.contains(day) else { return nil }
            guard try series.upcoming(after: now, leavingOut: false).prefix(1000).contains(where: { $0.wallTime.dayText == day }) else {
                throw ProblemReport(.conflict, "This series has no post to come on \(day).")
            }
            if let entry = try SeriesPosts.list(of: id, from: day, in: organization, in: transaction).first(where: { $0.day == day }),
                !entry.isDeleted
            {
                return entry.id
            }
            guard series.excluded.count < 1000 else { throw ProblemReport(.conflict, "At most 1,000 days of a series are left out. End it instead.") }
            series.excluded = (series.excluded + [day]).sorted()
            series.updatedAt = now
            try SeriesRepository.update(series, in: transaction)
            try note("day_left_out", series, as: caller, in: transaction)
            return nil
        }
        // Its deletion leaves the day out.
        if let post { try await remove(post, unlessPublic: true, as: caller) }
        return try await series(id, as: caller.reading)
    }

    /// Takes back that a day is left out; its post comes back from the trash, or is made anew.
    public func unskip(_ day: String, of id: SeriesID, as caller: Caller) async throws -> SeriesView {
        try caller.require(.postsWrite)
        let (now, organization) = (clock.now, caller.organizationId)
        let (trashed, made) = try await store { transaction -> (PostID?, [Post]) in
            var series = try find(id, as: caller, lock: true, in: transaction)
            try caller.requireMayChange(postWith: series.plan)
            guard series.excluded.contains(day) else { throw ProblemReport(.conflict, "\(day) is not left out of this series.") }
            let entry = try SeriesPosts.list(of: id, from: day, in: organization, in: transaction).first { $0.day == day }
            if let entry, entry.isDeleted { return (entry.id, []) }
            series.excluded.removeAll { $0 == day }
            series.updatedAt = now
            let made = try fill(&series, in: transaction)
            try SeriesRepository.update(series, in: transaction)
            try note("day_taken_in", series, as: caller, in: transaction)
            return (nil, made)
        }
        if let trashed { _ = try await restore(trashed, as: caller) }
        for post in made { await announce(post, .postCreated, post.status == .inReview ? .review : .scheduled, at: [post.scheduledFor]) }
        return try await self.series(id, as: caller.reading)
    }

    /// Takes what follows a series out of the plan until it goes on, or for good. Posts that a person changed stay.
    public func pause(_ id: SeriesID, forGood: Bool = false, as caller: Caller) async throws -> SeriesView {
        try caller.require(.postsWrite)
        let (now, organization) = (clock.now, caller.organizationId)
        let removed = try await store { transaction -> [SeriesPosts.Entry] in
            var series = try find(id, as: caller, lock: true, in: transaction)
            try caller.requireMayChange(postWith: series.plan)
            guard series.status == .active || (forGood && series.status == .paused) else {
                throw ProblemReport(.conflict, "This series is not active.")
            }
            let entries = try SeriesPosts.list(of: id, in: organization, in: transaction).filter { $0.follows && ($0.scheduledFor ?? now) > now }
            let left = series.isWholeDraft ? [] : entries
            try SeriesPosts.delete(left.map(\.id), of: organization, in: transaction)
            (series.status, series.nextCheckAt, series.updatedAt) = (forGood ? .ended : .paused, nil, now)
            try SeriesRepository.update(series, in: transaction)
            try note(forGood ? "ended" : "paused", series, as: caller, in: transaction)
            return left
        }
        for entry in removed { await events.post(.postDeleted, entry.id, of: organization, at: [entry.scheduledFor]) }
        return try await series(id, as: caller.reading)
    }

    /// Lets a paused series go on with what is still to come.
    public func resume(_ id: SeriesID, as caller: Caller) async throws -> SeriesView {
        try caller.require(.postsWrite)
        let now = clock.now
        let made = try await store { transaction -> [Post] in
            var series = try find(id, as: caller, lock: true, in: transaction)
            try caller.requireMayChange(postWith: series.plan)
            guard series.status == .paused else { throw ProblemReport(.conflict, "This series is not paused.") }
            let caller = try Approvals(for: caller, in: transaction).planner(on: series.channels, in: transaction)
            // What a draft-only caller lets go on waits for approval, like all that they plan.
            if caller.draftOnly, series.plan == .scheduled { (series.plan, series.approvedAt, series.approvedBy) = (.inReview, nil, nil) }
            (series.status, series.updatedAt) = (.active, now)
            let made = try fill(&series, in: transaction)
            guard series.status == .active else {
                throw ProblemReport(.conflict, "Nothing of this series is to come, or none of its channels is there any more.")
            }
            try SeriesRepository.update(series, in: transaction)
            try note("resumed", series, as: caller, in: transaction)
            return made
        }
        for post in made { await announce(post, .postCreated, post.status == .inReview ? .review : .scheduled, at: [post.scheduledFor]) }
        return try await series(id, as: caller.reading)
    }

    func find(_ id: SeriesID, as caller: Caller, lock: Bool = false, in transaction: any Transaction) throws -> Series {
        guard let series = try SeriesRepository.find(id, of: caller.organizationId, lock: lock, in: transaction) else {
            throw ProblemReport.notFound("series")
        }
        return series
    }
}
