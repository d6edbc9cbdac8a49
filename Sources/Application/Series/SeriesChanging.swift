import Domain
import Persistence

extension Posts {
    /// The series that a post belongs to.
    func series(of id: PostID, as caller: Caller) async throws -> Series? {
        let organization = caller.organizationId
        return try await database.read { transaction in
            guard let place = try PostRepository.find(id, of: organization, in: transaction)?.series else { return nil }
            return try SeriesRepository.find(place.id, of: organization, in: transaction)
        }
    }

    /// What a change of a series did.
    private struct Changed: Sendable {
        var updated: [(post: Post, before: Post)] = []
        var removed: [(id: PostID, time: Timestamp?)] = []
        var made: [Post] = []
    }

    /// Changes a post of a series and those after it, or all that are still to come, but for those that a person changed. What has gone out
    /// stays. For `following` the later part becomes a series of its own.
    func replace(
        _ known: Series, at id: PostID, with draft: PostDraft, _ request: ChangeRequest?, scope: SeriesScope, restoring version: Int?,
        deciding decision: ReviewDecision? = nil, as caller: Caller
    ) async throws -> PostView {
        guard draft.schedule != .now else {
            throw ProblemReport.invalid("schedule", "Only one post can go out now: leave scope out, or give a time.")
        }
        var reading = try await read(draft, as: caller)
        guard reading.scheduledFor != nil, let zoneName = reading.timeZone else {
            throw ProblemReport.invalid("scheduledFor", "The posts of a series have a time: give scheduledFor.")
        }
        let zone = try Schedule.timeZone(zoneName)
        let wall = reading.wallTime ?? reading.scheduledFor.map { WallTime($0, in: zone) }
        (reading.wallTime, reading.zoneRules) = (wall, ZoneData.inForce.version)
        if decision == .approved { reading.reviewedOn = [] }
        let caller = reading.planner(caller)
        let plan = PostPlan(draft, reading, as: caller)
        let (organization, read, now) = (caller.organizationId, reading, clock.now)
        let changed = try await store { transaction -> Changed? in
            // The series first, as everybody who changes more than one post.
            guard let series = try SeriesRepository.find(known.id, of: organization, lock: true, in: transaction),
                let post = try PostRepository.find(id, of: organization, lock: true, in: transaction), let place = post.series, let wall
            else { throw ProblemReport.notFound("post") }
            guard place.id == series.id else { throw ProblemReport.changedMeanwhile }
            if try Self.wasMade(request, of: id, in: organization, in: transaction) { return nil }
            if let revision = draft.revision, revision != post.revision { throw ProblemReport.changedMeanwhile }
            try caller.requireMayChange(postWith: post.status)
            try requireNothingPublic(try PublicationRepository.list(of: id, in: transaction), in: transaction)
            try check(read, plan, inReviewFor: post.status == .inReview ? post.scheduledFor : nil)
            let first = try anchor(of: series, at: place, scope, now, in: transaction)
            var later = try series.moved(from: place.day, first: first, to: wall, in: zone, rule: draft.recurrence)
            (later.content, later.channels, later.tags) = (read.content, read.channels.map(\.id), read.tags)
            (later.plan, later.updatedAt) = (plan.postStatus, now)
            // Whatever is changed is approved no longer.
            (later.approvedAt, later.approvedBy) = decision == .approved ? (now, caller.userId) : (nil, nil)
            if later.status == .ended { later.status = .active }
            let whole = try divide(series, &later, at: first, scope, now, in: transaction)
            return try follow(&later, at: id, since: whole ? "" : first, plan, request, version, decision, as: caller, in: transaction)
        }
        guard let changed else { return try await get(id, as: caller.reading) }
        for (post, before) in changed.updated {
            await announce(post, .postUpdated, plan, before: before.status, at: [before.scheduledFor, post.scheduledFor])
        }
        for post in changed.made { await announce(post, .postCreated, plan, at: [post.scheduledFor]) }
        for (id, time) in changed.removed { await events.post(.postDeleted, id, of: organization, at: [time]) }
        let shown = changed.removed.contains { $0.id == id } ? (changed.updated.map(\.post) + changed.made).first?.id ?? id : id
        return try await get(shown, as: caller.reading)
    }

    /// The day from which a change holds: that of the post itself, or that of the next one that is still to come.
    private func anchor(
        of series: Series, at place: SeriesPlace, _ scope: SeriesScope, _ now: Timestamp, in transaction: any Transaction
    ) throws -> String {
        guard scope == .all, !series.isWholeDraft else { return place.day }
        return try series.upcoming(after: now).first { _ in true }.map { min($0.wallTime.dayText, place.day) } ?? place.day
    }

    /// Stores `later`: as the series that it was, or, when something of that comes before `first`, as one of its own. Returns whether it is the
    /// same series.
    private func divide(
        _ series: Series, _ later: inout Series, at first: String, _ scope: SeriesScope, _ now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        guard scope == .following, first > series.start.dayText else { return true }
        var earlier = series
        guard let border = WallTime("\(first)T00:00") else { throw ProblemReport.changedMeanwhile }
        (earlier.endsBefore, earlier.updatedAt) = (border, now)
        if try earlier.upcoming(after: now).first(where: { _ in true }) == nil { (earlier.status, earlier.nextCheckAt) = (.ended, nil) }
        try SeriesRepository.update(earlier, in: transaction)
        later = Series(
            id: SeriesID(at: now), organizationId: series.organizationId, createdBy: series.createdBy, origin: series.origin,
            content: later.content, channels: later.channels, tags: later.tags, rule: later.rule, start: later.start, timeZone: later.timeZone,
            endsBefore: series.endsBefore, excluded: later.excluded.filter { $0 >= first }, plan: later.plan, status: later.status,
            approvedAt: later.approvedAt, approvedBy: later.approvedBy, createdAt: now, updatedAt: now)
        try SeriesRepository.insert(later, in: transaction)
        try SeriesPosts.move(from: series.id, to: later.id, since: first, in: series.organizationId, in: transaction)
        return false
    }

    /// Gives the posts that follow a series what it says now: their days in order; those for which there is none are removed, and further ones
    /// made.
    private func follow(
        _ series: inout Series, at id: PostID, since first: String, _ plan: PostPlan, _ request: ChangeRequest?, _ version: Int?,
        _ decision: ReviewDecision?, as caller: Caller, in transaction: any Transaction
    ) throws -> Changed {
        let (now, organization) = (clock.now, series.organizationId)
        let entries = try SeriesPosts.list(of: series.id, in: organization, in: transaction)
        let following = entries.filter { $0.id == id || ($0.follows && ($0.scheduledFor ?? now) > now && $0.day >= first) }
        let kept = Set(entries.map(\.id)).subtracting(following.map(\.id))
        let taken = Set(entries.filter { kept.contains($0.id) }.map(\.day))
        try SeriesPosts.freeDays(of: following.map(\.id), in: transaction)
        var changed = Changed()
        // A draft that repeats is one post, whatever its time.
        let times: [Recurrence.Occurrence] =
            series.plan == .draft
            ? Array(try series.recurrence().occurrences.lazy.prefix(1))
            : Array(try series.upcoming(after: now).lazy.filter { !taken.contains($0.wallTime.dayText) }.prefix(following.count))
        var days = times[...]
        for entry in following {
            guard let occurrence = days.popFirst(), let before = try PostRepository.find(entry.id, of: organization, lock: true, in: transaction)
            else {
                try SeriesPosts.delete([entry.id], of: organization, in: transaction)
                changed.removed.append((entry.id, entry.scheduledFor))
                continue
            }
            var post = before
            (post.content, post.channels, post.tags) = (series.content, series.channels, series.tags)
            (post.scheduledFor, post.wallTime, post.timeZone) = (occurrence.instant, occurrence.wallTime, series.timeZone)
            (post.zoneRules, post.status, post.updatedAt) = (ZoneData.inForce.version, plan.postStatus, now)
            let mark = post.id == id ? request?.mark : nil
            guard try PostRepository.update(post, basedOn: post.revision, changeKey: mark, in: transaction) else {
                throw ProblemReport.changedMeanwhile
            }
            try SeriesPosts.place(post.id, at: SeriesPlace(id: series.id, day: occurrence.wallTime.dayText), in: transaction)
            try Self.note(post, replacing: before, restored: post.id == id ? version : nil, as: caller, in: transaction)
            try Self.noteReview(
                of: post, from: before.status, post.id == id ? decision : nil, by: caller.userId, at: now, in: transaction)
            let cancelled = try cancelledAlone(before, in: transaction)
            try PublicationRepository.removePending(of: post.id, besides: [], in: transaction)
            try publications(of: post, plan, except: cancelled, in: transaction)
            changed.updated.append((post, before))
        }
        changed.made = try fill(&series, in: transaction)
        try SeriesRepository.update(series, in: transaction)
        try audit.record(
            decision == .approved ? "series.approved" : "series.changed", target: series.id.text, detail: ["recurrence": .string(series.rule)],
            as: caller, in: transaction)
        return changed
    }
}

extension Series {
    /// The same series, its posts from the day `first` on at another time: as `day` was moved to `wall`. Throws `VALIDATION_FAILED` when that
    /// does not fit the rule.
    func moved(from day: String, first: String, to wall: WallTime, in zone: Zone, rule text: String?) throws -> Series {
        var moved = self
        guard let day = WallTime("\(day)T00:00"), let first = WallTime("\(first)T00:00") else { throw ProblemReport.changedMeanwhile }
        let given = try text.map { try RecurrenceRule($0) }
        let isSameRule = try given.map { $0.text(in: try Schedule.timeZone(timeZone)) == rule } ?? true
        let old = try recurrence()
        let isMoved = wall.day != day.day || wall.millisecond != start.millisecond || zone.name != timeZone
        guard isMoved || !isSameRule || first.dayText != start.dayText else { return self }
        let begin = wall.adding(days: first.day - day.day)
        guard isMoved || !isSameRule else {
            // Nothing but its content changes; it may become a series of its own from here on.
            return try beginning(at: first.dayText, rule: old.rule.continuing(after: count(before: first.dayText)))
        }
        let new = Recurrence(
            isSameRule ? old.rule.continuing(after: try count(before: first.dayText)) : given ?? old.rule, start: begin, zone: zone)
        try new.check()
        (moved.rule, moved.start, moved.timeZone) = (new.rule.text(in: zone), begin, zone.name)
        if !isSameRule { moved.endsBefore = nil }
        return moved
    }

    private func beginning(at day: String, rule: RecurrenceRule) throws -> Series {
        var later = self
        let zone = try Schedule.timeZone(timeZone)
        guard let begin = try recurrence().occurrences.first(where: { $0.wallTime.dayText >= day })?.wallTime else {
            throw ProblemReport.changedMeanwhile
        }
        (later.rule, later.start) = (rule.text(in: zone), begin)
        return later
    }

    /// How many of its times lie before `day`, those that are left out counted.
    func count(before day: String) throws -> Int {
        try recurrence().occurrences.lazy.prefix { $0.wallTime.dayText < day }.reduce(0) { count, _ in count + 1 }
    }
}
