import Domain
import Persistence

/// What a draft becomes: a post, and the series that begins with it when it repeats.
struct NewPost: Sendable {
    let post: Post
    let plan: PostPlan
    let series: Series?
}

extension Series {
    init(of post: Post, _ recurrence: Recurrence, _ plan: PostPlan, id: SeriesID? = nil) {
        self.init(
            id: id ?? SeriesID(at: post.updatedAt), organizationId: post.organizationId, createdBy: post.createdBy, origin: post.origin,
            content: post.content, channels: post.channels, tags: post.tags, rule: recurrence.rule.text(in: recurrence.zone),
            start: recurrence.start, timeZone: recurrence.zone.name, plan: plan.postStatus, createdAt: post.updatedAt, updatedAt: post.updatedAt)
    }

    /// A draft that repeats: the one post there is stands for all.
    var isWholeDraft: Bool { plan == .draft && status != .ended }

    /// Throws when `draft` asks for another rule: one post of a series has none of its own.
    func requireSame(_ draft: PostDraft) throws {
        guard let text = draft.recurrence else { return }
        guard try RecurrenceRule(text).text(in: try Schedule.timeZone(timeZone)) == rule else {
            throw ProblemReport.invalid(
                "recurrence", "Another rule changes the posts that follow, too. Say which are meant: scope following or all.")
        }
    }

    /// What its posts begin as.
    var postPlan: PostPlan {
        switch plan {
        case .draft: .draft
        case .inReview: .review
        default: .scheduled
        }
    }
}

extension Posts {
    /// How far ahead the posts of a series stand in the plan. The next one always does.
    static let seriesHorizon = Duration.days(35)
    /// How many series a workspace may have that have not ended.
    static let mostSeries = 500

    /// How a draft is to repeat, its time taken by the clocks of its zone; nil when it does not. Throws `VALIDATION_FAILED` for a rule that
    /// cannot be read or kept.
    func repetition(of draft: PostDraft, _ reading: inout DraftReading) throws -> Recurrence? {
        guard let text = draft.recurrence else { return nil }
        let rule = try RecurrenceRule(text)
        guard draft.schedule != .now else {
            throw ProblemReport.invalid("recurrence", "A post that repeats has a time for the first one: give scheduledFor or schedule next-slot.")
        }
        guard let instant = reading.scheduledFor, let name = reading.timeZone else {
            throw ProblemReport.invalid("recurrence", "A post that repeats needs the time of the first one: give scheduledFor.")
        }
        guard instant > clock.now - .days(366) else {
            throw ProblemReport.invalid("scheduledFor", "The first post of a series lies at most a year back.")
        }
        let zone = try Schedule.timeZone(name)
        let recurrence = Recurrence(rule, start: reading.wallTime ?? WallTime(instant, in: zone), zone: zone)
        try recurrence.check()
        if reading.wallTime == nil {
            (reading.wallTime, reading.zoneRules) = (recurrence.start, ZoneData.inForce.version)
            reading.scheduledFor = recurrence.start.instant(in: zone)
        }
        return recurrence
    }

    /// Stores a series and the posts that it has to have by now; returns these.
    func begin(_ series: Series, in transaction: any Transaction) throws -> [Post] {
        var series = series
        guard try SeriesRepository.count(of: series.organizationId, in: transaction) < Self.mostSeries else {
            throw ProblemReport(.conflict, "A workspace has at most \(Self.mostSeries) series of recurring posts. End one that is not needed.")
        }
        try SeriesRepository.insert(series, in: transaction)
        let made = try fill(&series, in: transaction)
        try SeriesRepository.noteCheck(series, in: transaction)
        return made
    }

    /// What follows for series from a change of one post: it begins one by `recurrence`, it is no draft of one any more (`ends`), or it stands
    /// in one and was changed by hand, or sent back from review. Returns the posts that were made.
    func follow(
        _ post: Post, _ before: Post, _ recurrence: Recurrence?, _ plan: PostPlan, ends: Bool, isPartlyPublic: Bool,
        isSentBack: Bool, in transaction: any Transaction
    ) throws -> [Post] {
        if let recurrence {
            guard post.series == nil, !isPartlyPublic else { throw ProblemReport.changedMeanwhile }
            let series = Series(of: post, recurrence, plan)
            try SeriesPosts.place(post.id, at: SeriesPlace(id: series.id, day: series.start.dayText), in: transaction)
            return try begin(series, in: transaction)
        }
        guard var place = before.series else { return [] }
        if ends {
            try SeriesPosts.place(post.id, at: nil, in: transaction)
            if var series = try SeriesRepository.find(place.id, of: post.organizationId, lock: true, in: transaction) {
                (series.status, series.nextCheckAt, series.updatedAt) = (.ended, nil, clock.now)
                try SeriesRepository.update(series, in: transaction)
            }
        } else if post.document != before.document || isSentBack, !place.isChanged {
            place.isChanged = true
            try SeriesPosts.place(post.id, at: place, in: transaction)
        }
        return []
    }

    /// Makes the posts that a series has to have by now and does not, and sets when it has to be looked at again. The caller has locked it.
    func fill(_ series: inout Series, in transaction: any Transaction) throws -> [Post] {
        series.nextCheckAt = nil
        guard series.status == .active, series.plan != .draft else { return [] }
        let now = clock.now
        let known = try IntegrationRepository.list(series.channels, of: series.organizationId, in: transaction).map(\.id)
        let channels = series.channels.filter(known.contains)
        guard !channels.isEmpty else {
            // Nobody is left to whom it could go: a person gives it other channels, or ends it; or restores one from the trash.
            if try ChannelTrashRepository.holds(anyOf: series.channels, of: series.organizationId, in: transaction) {
                series.nextCheckAt = now + .hours(1)
            } else {
                series.status = .paused
            }
            return []
        }
        let taken = Set(try SeriesPosts.list(of: series.id, in: series.organizationId, in: transaction).map(\.day))
        var (made, latest): ([Post], Timestamp?) = ([], nil)
        for occurrence in try series.upcoming(after: now) {
            if latest != nil, occurrence.instant > now + Self.seriesHorizon {
                series.nextCheckAt = max(now + .minutes(1), min(occurrence.instant - Self.seriesHorizon, latest ?? now))
                return made
            }
            latest = occurrence.instant
            if taken.contains(occurrence.wallTime.dayText) { continue }
            made.append(try make(occurrence, of: series, on: channels, in: transaction))
        }
        if let latest { series.nextCheckAt = latest + .minutes(1) } else { series.status = .ended }
        return made
    }

    private func make(
        _ occurrence: Recurrence.Occurrence, of series: Series, on channels: [IntegrationID], in transaction: any Transaction
    ) throws -> Post {
        let now = clock.now
        let post = Post(
            id: PostID(at: now), organizationId: series.organizationId, createdBy: series.createdBy, origin: series.origin,
            content: series.content, channels: channels, status: series.plan, scheduledFor: occurrence.instant, timeZone: series.timeZone,
            wallTime: occurrence.wallTime, zoneRules: ZoneData.inForce.version, tags: series.tags, createdAt: now, updatedAt: now, revision: 1,
            series: SeriesPlace(id: series.id, day: occurrence.wallTime.dayText))
        try PostRepository.insert(post, in: transaction)
        try Self.noteReview(of: post, by: post.createdBy, at: now, in: transaction)
        try publications(of: post, series.postPlan, in: transaction)
        return post
    }

    /// Makes the next posts of the series whose time has come, each series in a transaction of its own. Several processes may do it at once:
    /// the series is locked, and a day of it has one post. Returns how many series were looked at.
    @discardableResult
    public func continueSeries(limit: Int) async throws -> Int {
        let now = clock.now
        let due = try await database.read { try SeriesRepository.due(at: now, limit: limit, in: $0) }
        for (id, organization) in due {
            let made: [Post]
            do {
                made = try await database.write { transaction -> [Post] in
                    guard var series = try SeriesRepository.find(id, of: organization, lock: true, in: transaction), series.status == .active,
                        let check = series.nextCheckAt, check <= now
                    else { return [] }
                    let made = try fill(&series, in: transaction)
                    try SeriesRepository.noteCheck(series, in: transaction)
                    return made
                }
            } catch is ProblemReport {
                // Its zone is not known to this edition of the zone files: it keeps no other series waiting.
                try await database.write { try SeriesRepository.postpone(id, until: now + .hours(1), in: $0) }
                continue
            }
            for post in made {
                await announce(post, .postCreated, post.status == .inReview ? .review : .scheduled, at: [post.scheduledFor])
            }
        }
        return due.count
    }
}
