import Domain
import Foundation
import Persistence
import Platforms

/// Moving from Postiz: what a dump of its database holds, or its public API tells, comes into a workspace. Nothing is published, told or counted by
/// it, and no token is taken over.
///
/// Posts are stored in batches, so that a server that runs goes on publishing meanwhile; since everything is noted with its id there, an import
/// that broke off is finished by running it again.
public struct PostizImport: Sendable {
    static let source = "postiz"
    private static let batch = 200

    let database: any Database
    let platforms: PlatformRegistry
    let vault: CredentialVault
    let media: MediaLibrary
    let audit: AuditLog
    let time: any TimeSource
    /// Reaches the server that the operator names.
    let http: any HTTPSender
    /// Where dumps are unpacked.
    let folder: URL

    /// Tells what would come, and stores nothing.
    public func check(_ reading: PostizReading, as caller: Caller) async throws -> PostizReport {
        try await with(reading, as: caller) { plan in
            var plan = plan
            _ = plan.templates()
            _ = plan.signatures()
            if case .none = reading.files {
                plan.tell { report in
                    report.leave(report.files, "files", "No files were wanted.")
                    report.files = 0
                }
            }
            return plan.report
        }
    }

    /// Brings what has not been brought yet. Throws `VALIDATION_FAILED` for what is no dump of Postiz, and what `PostizServerReader` throws.
    public func run(_ reading: PostizReading, as caller: Caller) async throws -> PostizReport {
        try await with(reading, as: caller) { plan in
            var plan = plan
            let (templates, signatures) = (plan.templates(), plan.signatures())
            let run = try await begin(plan, templates, signatures, name: reading.name, as: caller)
            let files = try await bring(plan, reading.files, by: run, as: caller)
            var (unread, missing) = (0, 0)
            for start in stride(from: 0, to: plan.posts.count, by: Self.batch) {
                let (whole, planned) = (plan, plan.posts[start..<min(start + Self.batch, plan.posts.count)])
                let posts = try await DiskFile.onThread { try planned.map { try whole.made(of: $0, files: files.ids) } }
                try await store(posts, by: run, as: caller)
                unread += posts.reduce(0) { $0 + $1.unread }
                missing += posts.reduce(0) { $0 + $1.missingFiles }
            }
            var report = plan.report
            report.runId = run.id
            report.files = files.ids.count
            report.left += files.left
            report.leave(unread, "settings of posts", "They mean something that is not here. Look at these posts before you plan them.")
            report.leave(missing, "places of files in posts", "The file did not come.")
            return try await finish(run, report, as: caller)
        }
    }

    /// The imports of a workspace, newest first.
    public func runs(as caller: Caller) async throws -> [OriginRun] {
        try caller.require(.postsRead)
        return try await database.read { try OriginRepository.list(from: Self.source, of: caller.organizationId, in: $0) }
    }

    /// Takes back what an import made, but for what was changed or used since. Throws `NOT_FOUND`, and `CONFLICT` when that was done before.
    public func undo(_ id: OriginRunID, as caller: Caller) async throws -> UndoneOriginRun {
        try Self.require(caller)
        let (now, organization) = (time.now, caller.organizationId)
        return try await database.write { transaction in
            guard var run = try OriginRepository.find(id, of: organization, in: transaction) else { throw ProblemReport.notFound("import") }
            guard run.undoneAt == nil else { throw ProblemReport(.conflict, "This import was taken back already.") }
            run.undoneAt = now
            var (removed, left): ([String: Int], [String: Int]) = ([:], [:])
            // What others hang on goes last.
            for (kind, name) in Self.kinds {
                let counts = try OriginRepository.takeBack(kind, madeBy: run, of: organization, now: now, in: transaction)
                (removed[name], left[name]) = (counts.removed, counts.left)
            }
            try OriginRepository.update(run, of: organization, in: transaction)
            try audit.record(
                "postiz.import-undone", target: id.text, detail: ["name": .string(run.name)], as: caller, in: transaction)
            return UndoneOriginRun(run: run, removed: removed, left: left)
        }
    }

    private static let kinds: [(OriginEntry.Kind, String)] = [
        (.post, "posts"), (.template, "templates"), (.signature, "signatures"), (.file, "files"), (.channel, "channels"),
    ]

    // MARK: Steps

    private static func require(_ caller: Caller) throws {
        try caller.require(.manage)
        for scope in [Scope.postsWrite, .mediaWrite] { try caller.require(scope) }
        try caller.requireApproved(to: "bring posts from elsewhere")
    }

    private func with(
        _ reading: PostizReading, as caller: Caller, _ work: (PostizPlan) async throws -> PostizReport
    ) async throws -> PostizReport {
        try Self.require(caller)
        let (platforms, now) = (platforms, time.now)
        let contents = try await contents(of: reading)
        defer { contents.close() }
        let surroundings = try await database.read { try PostizSurroundings(of: caller.organizationId, in: $0) }
        let plan = try await DiskFile.onThread {
            try PostizPlan(contents, organization: reading.organization, platforms: platforms, surroundings, as: caller, now: now)
        }
        return try await work(plan)
    }

    private func contents(of reading: PostizReading) async throws -> PostizContents {
        let place = folder.path
        switch reading.origin {
        case .dump(let path):
            let file = try await DumpFile.open(path, unpackingIn: place)
            defer { file.close() }
            return try await DiskFile.onThread { try PostizDump.read(file, in: place) }
        case .server(let server):
            return try await PostizServerReader(server: server, http: http, time: time, progress: reading.progress).read(in: place)
        }
    }

    /// Stores the run, and what posts hang on.
    private func begin(
        _ plan: PostizPlan, _ templates: [(source: String, template: PostTemplate)], _ signatures: [(source: String, signature: Signature)],
        name: String, as caller: Caller
    ) async throws -> OriginRun {
        let (now, organization, vault) = (plan.now, caller.organizationId, vault)
        let run = OriginRun(id: OriginRunID(at: now), name: name, createdAt: now)
        try await write { transaction in
            try OriginRepository.insert(run, from: Self.source, of: organization, by: caller.userId, in: transaction)
            var entries: [OriginEntry] = []
            for (source, channel) in plan.channels {
                guard let new = channel.new else {
                    if let account = channel.account {
                        _ = try IntegrationRepository.tell(account: account, to: channel.id, of: organization, in: transaction)
                    }
                    // What is known keeps the run that made it.
                    if plan.surroundings.known[.channel]?[source] == nil {
                        entries.append(OriginEntry(.channel, source, channel.id.text, isNew: false))
                    }
                    continue
                }
                let sealed = try vault.seal(Credentials(accessToken: ""), of: new.id, now: now)
                try IntegrationRepository.insertUnconnected(new, credentials: sealed, in: transaction)
                entries.append(OriginEntry(.channel, source, new.id.text))
            }
            for (source, template) in templates {
                try TemplateRepository.insert(template, of: organization, by: caller.userId, in: transaction)
                entries.append(OriginEntry(.template, source, template.id.text))
            }
            for (source, signature) in signatures {
                try SignatureRepository.insert(signature, of: organization, by: caller.userId, in: transaction)
                entries.append(OriginEntry(.signature, source, signature.id.text))
            }
            try OriginRepository.note(entries, by: run.id, from: Self.source, of: organization, in: transaction)
        }
        return run
    }

    private func bring(
        _ plan: PostizPlan, _ files: PostizReading.Files, by run: OriginRun, as caller: Caller
    ) async throws -> PostizFileBringing.Outcome {
        let (database, organization) = (database, caller.organizationId)
        return try await PostizFileBringing(media: media, files: files, caller: caller).bring(plan.files) { path, id in
            try await database.write { transaction in
                try OriginRepository.note(
                    [OriginEntry(.file, path, id.text)], by: run.id, from: Self.source, of: organization, in: transaction)
            }
        }
    }

    private func store(_ posts: [BroughtPost], by run: OriginRun, as caller: Caller) async throws {
        try await write { transaction in
            for brought in posts {
                try PostRepository.insert(brought.post, in: transaction)
                for publication in brought.publications {
                    if publication.status == .published {
                        try PublicationRepository.insertElsewhere(publication, in: transaction)
                    } else {
                        try PublicationRepository.insert(publication, in: transaction)
                    }
                }
                try OriginRepository.note(brought.entries, by: run.id, from: Self.source, of: caller.organizationId, in: transaction)
            }
        }
    }

    private func write(_ work: @escaping @Sendable (any Transaction) throws -> Void) async throws {
        do {
            try await database.write(work)
        } catch DatabaseError.uniqueViolation {
            throw ProblemReport(.conflict, "Some of this was made meanwhile, by another import perhaps. Wait for that, then import again.")
        }
    }

    private func finish(_ run: OriginRun, _ report: PostizReport, as caller: Caller) async throws -> PostizReport {
        var done = run
        (done.counts, done.doneAt) = (report.counts, time.now)
        let finished = done
        try await database.write { transaction in
            try OriginRepository.update(finished, of: caller.organizationId, in: transaction)
            try audit.record(
                "postiz.imported", target: finished.id.text,
                detail: ["name": .string(finished.name), "posts": .number(Double(report.posts.coming))], as: caller, in: transaction)
        }
        return report
    }
}
