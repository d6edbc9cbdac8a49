import Domain
import Persistence

/// The rows of a table with what each would become.
struct ImportedRows: Sendable {
    struct Outcome: Sendable {
        let row: RowReading.Row
        /// What is stored; nil when it cannot be.
        let made: (post: Post, plan: PostPlan)?
        let reading: DraftReading?
        let problems: [ImportCheck.RowProblem]
        var isFaulty: Bool { problems.contains { $0.severity == .error } }
    }

    let table: ImportTable
    let order: DateOrder?
    let timeZone: String
    let doubts: [ImportCheck.Doubt]
    let columns: [ImportColumn?]
    var outcomes: [Outcome]

    var addresses: Set<String> { Set(outcomes.flatMap(\.row.files).filter(Self.isAddress)) }

    static func isAddress(_ file: String) -> Bool { file.hasPrefix("http://") || file.hasPrefix("https://") }

    func check() -> ImportCheck {
        let shown = outcomes.prefix(200) + outcomes.dropFirst(200).filter(\.isFaulty).prefix(800)
        return ImportCheck(
            importId: nil, format: table.format, encoding: table.encoding, separator: table.separator, dateOrder: order, timeZone: timeZone,
            unsure: doubts, sheet: table.sheet, sheets: table.sheets,
            columns: zip(table.heading.values, columns).map { ImportCheck.Column(heading: $0.shortened(to: 100), meaning: $1?.name) },
            count: outcomes.count, drafts: outcomes.count { $0.reading != nil && $0.reading?.scheduledFor == nil },
            faulty: outcomes.count(where: \.isFaulty),
            rows: shown.map(Self.row))
    }

    private static func row(_ outcome: Outcome) -> ImportCheck.Row {
        ImportCheck.Row(
            line: outcome.row.line, text: (outcome.row.draft.parts?.first?.text ?? "").shortened(to: 200),
            channels: outcome.reading?.channels.map(\.displayName) ?? outcome.row.draft.platforms ?? [], scheduledFor: outcome.reading?.scheduledFor,
            wallTime: outcome.reading?.wallTime?.minuteText, tags: outcome.reading?.tags ?? outcome.row.draft.tags ?? [],
            files: outcome.row.files.count, problems: outcome.problems)
    }
}

extension ImportedRows {
    /// Reads `bytes` as `reading` says and finds everything that is wrong. `fetched` are files that were fetched by address; without them
    /// nobody can say whether they fit.
    init(
        _ bytes: [UInt8], _ reading: ImportReading, fetched: [String: Media] = [:], posts: Posts, as caller: Caller
    ) async throws {
        let table = try ImportTable(bytes, reading)
        let columns = table.heading.values.map { ImportColumn($0) }
        try Self.check(columns, of: table)
        let timeZone = reading.timeZone ?? caller.timeZone
        _ = try Schedule.timeZone(timeZone)
        let dateColumn = columns.firstIndex(of: .date)
        let dates = dateColumn.map { column in table.records.compactMap { column < $0.values.count ? $0.values[column] : nil } } ?? []
        let found = WrittenDate.order(of: dates)
        let order = reading.dateOrder ?? found?.order
        let doubts = table.doubts + (reading.dateOrder == nil && found?.isSure != true ? [.dateOrder] : [])
        let reader = RowReading(columns: columns, order: order ?? .dayFirst, timeZone: timeZone)
        var rows = table.records.map(reader.row)
        let files = Set(rows.flatMap(\.files)).subtracting(fetched.keys)
        var surroundings = try await posts.surroundings(
            mediaNamed: files.filter { !Self.isAddress($0) && posts.ownFile($0) == nil }, mediaIds: Set(files.compactMap(posts.ownFile)), as: caller)
        for media in fetched.values { surroundings.media[media.id] = media }
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(rows.count)
        for index in rows.indices {
            outcomes.append(Self.outcome(&rows[index], fetched, in: &surroundings, posts, as: caller))
        }
        self.init(table: table, order: order, timeZone: timeZone, doubts: doubts, columns: columns, outcomes: outcomes)
    }

    private static func check(_ columns: [ImportColumn?], of table: ImportTable) throws {
        guard columns.contains(.text(0)) || columns.contains(.media) else {
            throw ProblemReport.invalid("file", "The first row has to name the columns, and one of them has to be text. See the sample.")
        }
        var seen: Set<ImportColumn> = []
        for (heading, column) in zip(table.heading.values, columns) {
            guard let column, column != .information else { continue }
            guard seen.insert(column).inserted else {
                throw ProblemReport.invalid("file", "Two columns hold the same: \"\(heading.prefix(60))\" is the second for \(column.name).")
            }
        }
    }

    private static func outcome(
        _ row: inout RowReading.Row, _ fetched: [String: Media], in surroundings: inout BulkSurroundings, _ posts: Posts, as caller: Caller
    ) -> Outcome {
        var problems = row.problems
        var unfetched = 0
        var ids: [MediaID] = []
        for file in row.files {
            if let media = fetched[file] {
                ids.append(media.id)
            } else if let id = posts.ownFile(file) {
                ids.append(id)
            } else if isAddress(file) {
                unfetched += 1
            } else {
                let named = surroundings.mediaByName[file] ?? []
                if named.count == 1 { ids.append(named[0]) }
                if named.isEmpty { problems.append("The library has no file \"\(file.prefix(80))\".") }
                if named.count > 1 {
                    problems.append("The library has \(named.count) files called \"\(file.prefix(80))\". Rename them, or give an address.")
                }
            }
        }
        row.draft.parts?[0].mediaIds = ids
        do {
            try posts.place(row.settings, in: &row.draft, &surroundings, &problems)
            let reading = try posts.read(row.draft, in: &surroundings, as: caller)
            let plan = PostPlan(row.draft, reading, as: caller)
            let found = reading.problems.filter {
                // Without the files nobody can say whether they are enough.
                unfetched == 0 || ![.emptyPost, .emptyPart, .mediaRequired].contains($0.code)
            }
            let told = problems.map { ImportCheck.RowProblem(severity: .error, message: $0) } + posts.told(found, of: reading, plan, unfetched)
            let isFaulty = told.contains { $0.severity == .error }
            return Outcome(row: row, made: isFaulty ? nil : posts.made(of: reading, plan, as: caller), reading: reading, problems: told)
        } catch let report as ProblemReport {
            problems.append(report.message)
        } catch {
            problems.append("\(error)")
        }
        return Outcome(
            row: row, made: nil, reading: nil, problems: problems.map { ImportCheck.RowProblem(severity: .error, message: $0) })
    }
}

extension Posts {
    /// The file of the library that an address of this server, or an id, means.
    func ownFile(_ text: String) -> MediaID? {
        if let id = MediaID(text) { return id }
        let path = text.hasPrefix(mainURL) ? String(text.dropFirst(mainURL.count)) : text
        return path.hasPrefix("/api/media/") ? MediaID(String(path.dropFirst("/api/media/".count).prefix(36))) : nil
    }

    /// Settings under the channels they are for: those of the platform or channel that is named before the dot, else those that have such a one.
    fileprivate func place(
        _ settings: [(target: String?, name: String, value: String)], in draft: inout PostDraft, _ surroundings: inout BulkSurroundings,
        _ problems: inout [String]
    ) throws {
        guard !settings.isEmpty else { return }
        let chosen = try channels(of: draft, in: &surroundings)
        for setting in settings {
            let having = chosen.compactMap { channel in
                platforms[channel.platform]?.descriptor.settings.first { $0.name == setting.name }.map { (channel, $0) }
            }.filter { channel, _ in setting.target.map { $0 == channel.platform.rawValue || $0 == channel.id.text } ?? true }
            if having.isEmpty { problems.append("No channel of this post has the setting \(setting.name.prefix(40)).") }
            for (channel, field) in having {
                let value: JSONValue =
                    switch (field.kind, setting.value.lowercased()) {
                    case (.toggle, "true"), (.toggle, "yes"), (.toggle, "1"), (.toggle, "ja"): true
                    case (.toggle, "false"), (.toggle, "no"), (.toggle, "0"), (.toggle, "nein"): false
                    case (.choice, let wanted): .string(field.options.first { $0.value.lowercased() == wanted }?.value ?? setting.value)
                    default: .string(setting.value)
                    }
                draft.settings = (draft.settings ?? [:]).merging([channel.id.text: [setting.name: value]]) { $0.merging($1) { $1 } }
            }
        }
    }

    /// Of a draft only what it must not have even as one counts as an error.
    fileprivate func told(_ problems: [Problem], of reading: DraftReading, _ plan: PostPlan, _ unfetched: Int) -> [ImportCheck.RowProblem] {
        var told = problems.map { problem in
            let isError = problem.severity == .error && (plan != .draft || Self.alwaysErrors.contains(problem.code))
            return ImportCheck.RowProblem(severity: isError ? .error : .warning, message: problem.message)
        }
        let isEmpty = reading.content.parts.allSatisfy { $0.text.allSatisfy(\.isWhitespace) && $0.mediaIds.isEmpty }
        if plan == .draft, isEmpty, unfetched == 0 {
            told.append(ImportCheck.RowProblem(severity: .error, message: "The post is empty: write something or attach a file."))
        }
        return told
    }

    fileprivate func made(of reading: DraftReading, _ plan: PostPlan, as caller: Caller) -> (post: Post, plan: PostPlan) {
        let now = clock.now
        let post = Post(
            id: PostID(at: now), organizationId: caller.organizationId, createdBy: caller.userId, origin: .imported, content: reading.content,
            channels: reading.channels.map(\.id), status: plan.postStatus, scheduledFor: reading.scheduledFor, timeZone: reading.timeZone,
            wallTime: reading.wallTime, zoneRules: reading.zoneRules, tags: reading.tags, createdAt: now, updatedAt: now, revision: 1)
        return (post, plan)
    }
}
