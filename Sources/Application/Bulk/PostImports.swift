import Domain
import Foundation
import Persistence

/// Many posts from one table: looked at first, then all of them or none, and taken back together.
public struct PostImports: Sendable {
    /// Of different files that one import fetches by address.
    static let mostAddresses = 200
    public static let mostBytes = ImportTable.mostBytes
    static let kept = 10

    let database: any Database
    let posts: Posts
    let media: MediaLibrary
    let audit: AuditLog
    let time: any TimeSource

    /// Reads a table and tells what it would become. The table is kept for a day, so that `run` need not get it again.
    public func check(_ file: [UInt8], name: String, _ reading: ImportReading = ImportReading(), as caller: Caller) async throws -> ImportCheck {
        try caller.require(.postsWrite)
        var check = try await ImportedRows(file, reading, posts: posts, as: caller).check()
        let now = time.now
        let kept = PostImport(id: PostImportID(at: now), name: Self.name(name), status: .checked, count: check.count, createdAt: now)
        try await database.write { transaction in
            try PostImportRepository.insert(kept, file: Data(file), of: caller.organizationId, by: caller.userId, in: transaction)
            try PostImportRepository.removeChecked(of: caller.organizationId, before: now - .days(1), keeping: Self.kept, in: transaction)
        }
        check.importId = kept.id
        return check
    }

    /// The same of a table that is kept, read in another way.
    public func check(_ id: PostImportID, _ reading: ImportReading, as caller: Caller) async throws -> ImportCheck {
        try caller.require(.postsWrite)
        var check = try await ImportedRows(try await file(of: id, as: caller), reading, posts: posts, as: caller).check()
        check.importId = id
        return check
    }

    /// Makes the posts of a table that is kept, all of them or none. Throws `POST_INVALID` with the rows that are wrong, `VALIDATION_FAILED`
    /// when it is not certain how it is to be read, and `CONFLICT` when it was imported already.
    public func run(_ id: PostImportID, _ reading: ImportReading, as caller: Caller) async throws -> PostImport {
        try caller.require(.postsWrite)
        let file = try await file(of: id, as: caller)
        return try await run(file, reading, as: caller) { transaction in
            guard let kept = try PostImportRepository.find(id, of: caller.organizationId, lock: true, in: transaction) else {
                throw ProblemReport.notFound("import")
            }
            guard kept.status == .checked else { throw Self.doneAlready }
            return kept
        }
    }

    /// Makes the posts of a table at once.
    public func run(_ file: [UInt8], name: String, _ reading: ImportReading = ImportReading(), as caller: Caller) async throws -> PostImport {
        try caller.require(.postsWrite)
        let now = time.now
        let new = PostImport(id: PostImportID(at: now), name: Self.name(name), status: .checked, count: 0, createdAt: now)
        return try await run(file, reading, as: caller) { transaction in
            try PostImportRepository.insert(new, file: nil, of: caller.organizationId, by: caller.userId, in: transaction)
            return new
        }
    }

    private func run(
        _ file: [UInt8], _ reading: ImportReading, as caller: Caller, claim: @escaping @Sendable (any Transaction) throws -> PostImport
    ) async throws -> PostImport {
        var rows = try await ImportedRows(file, reading, posts: posts, as: caller)
        try Self.requireReady(rows)
        if !rows.addresses.isEmpty {
            let fetched = try await fetch(rows.addresses, as: caller)
            rows = try await ImportedRows(file, reading, fetched: fetched, posts: posts, as: caller)
            try Self.requireReady(rows)
        }
        let (made, now) = (rows.outcomes.compactMap(\.made), time.now)
        let done = try await posts.store { transaction in
            var done = try claim(transaction)
            for (post, plan) in made {
                try PostRepository.insert(post, creationKey: nil, in: transaction)
                try posts.publications(of: post, plan, in: transaction)
            }
            (done.status, done.count, done.doneAt) = (.done, made.count, now)
            try PostImportRepository.finish(done, of: caller.organizationId, in: transaction)
            try PostImportRepository.note(made.map(\.post.id), madeBy: done.id, in: transaction)
            try audit.record(
                "posts.imported", target: done.id.text, detail: ["name": .string(done.name), "count": .number(Double(done.count))], as: caller,
                in: transaction)
            return done
        }
        for (post, plan) in made { await posts.announce(post, .postCreated, plan, at: [post.scheduledFor]) }
        return done
    }

    /// Those that made posts, newest first.
    public func list(as caller: Caller) async throws -> [PostImport] {
        try caller.require(.postsRead)
        return try await database.read { try PostImportRepository.list(of: caller.organizationId, limit: 50, in: $0) }
    }

    /// Moves the posts of an import to the trash, in one transaction. What is public or on its way stays. Throws `CONFLICT` when that was done
    /// before, or `FORBIDDEN` for a caller who may not delete what is planned.
    public func undo(_ id: PostImportID, as caller: Caller) async throws -> UndoneImport {
        try caller.require(.postsWrite)
        let (now, organization) = (time.now, caller.organizationId)
        let (undone, removed) = try await posts.store { transaction -> (UndoneImport, [Post]) in
            guard var done = try PostImportRepository.find(id, of: organization, lock: true, in: transaction) else {
                throw ProblemReport.notFound("import")
            }
            guard done.status == .done else { throw ProblemReport(.conflict, "This import was taken back already, or never made.") }
            let ids = try PostImportRepository.posts(of: id, organization, in: transaction)
            let publications = try PublicationRepository.lists(of: ids, in: transaction)
            var removed: [Post] = []
            for postId in ids {
                guard let post = try PostRepository.find(postId, of: organization, lock: true, in: transaction) else { continue }
                try caller.requireApproved(to: "delete", postWith: post.status)
                let own = publications[postId] ?? []
                guard own.allSatisfy({ $0.status.isPending || $0.status == .cancelled }) else { continue }
                _ = try PublicationRepository.move(
                    of: postId, from: [.draft, .scheduled, .onHold], to: .cancelled, dueAt: nil, now: now, in: transaction)
                guard try PostRepository.trash(postId, of: organization, at: now, in: transaction) else { continue }
                removed.append(post)
            }
            (done.status, done.undoneAt) = (.undone, now)
            try PostImportRepository.finish(done, of: organization, in: transaction)
            try audit.record(
                "posts.import-undone", target: id.text, detail: ["name": .string(done.name), "count": .number(Double(removed.count))], as: caller,
                in: transaction)
            return (UndoneImport(import: done, removed: removed.count, left: ids.count - removed.count), removed)
        }
        for post in removed { await posts.events.post(.postDeleted, post.id, of: organization, at: [post.scheduledFor]) }
        return undone
    }

    // MARK: Rules

    private static let doneAlready = ProblemReport(.conflict, "This table was imported already.")

    private static func name(_ given: String) -> String {
        let name = given.filter { !$0.isNewline }.trimmingCharacters(in: .whitespaces).shortened(to: 200)
        return name.unlessBlank ?? "Table"
    }

    private func file(of id: PostImportID, as caller: Caller) async throws -> [UInt8] {
        let (kept, file) = try await database.read { transaction in
            (
                try PostImportRepository.find(id, of: caller.organizationId, in: transaction),
                try PostImportRepository.file(of: id, caller.organizationId, in: transaction)
            )
        }
        guard let kept else { throw ProblemReport.notFound("import") }
        guard let file, kept.status == .checked else { throw Self.doneAlready }
        return [UInt8](file)
    }

    private static func requireReady(_ rows: ImportedRows) throws {
        let faulty = rows.outcomes.filter(\.isFaulty)
        if let first = faulty.first, let problem = first.problems.first(where: { $0.severity == .error }) {
            let told = try faulty.prefix(100).map { outcome -> JSONValue in
                ["line": .number(Double(outcome.row.line)), "problems": try JSON.decode(JSONValue.self, from: JSON.data(outcome.problems))]
            }
            let more = faulty.count > 1 ? " Rows with problems: \(faulty.count)." : ""
            throw ProblemReport(
                .postInvalid, "Nothing was imported. Line \(first.row.line): \(problem.message)\(more)", details: ["rows": .array(told)])
        }
        guard !rows.outcomes.isEmpty else { throw ProblemReport.invalid("file", "The table has no rows below its first one.") }
        guard !rows.doubts.contains(.dateOrder) else {
            throw ProblemReport.invalid(
                "dateOrder", "Dates such as 03/04/2026 can be read in two ways. Say which: dateOrder DAY_FIRST or MONTH_FIRST.")
        }
        guard rows.addresses.count <= mostAddresses else {
            throw ProblemReport.invalid("file", "One import fetches at most \(mostAddresses) files. Put the others into the library first.")
        }
    }

    /// A few at a time. The first that cannot be had ends it.
    private func fetch(_ addresses: Set<String>, as caller: Caller) async throws -> [String: Media] {
        var rest = addresses.sorted()[...]
        let ids = try await withThrowingTaskGroup(of: (String, MediaID).self) { group in
            func next() {
                guard let address = rest.popFirst() else { return }
                group.addTask {
                    do {
                        return (address, try await media.fromURL(address, altText: nil, as: caller).id)
                    } catch let report as ProblemReport {
                        throw ProblemReport(
                            report.code, "Nothing was imported. \(address.shortened(to: 200)): \(report.message)", details: report.details)
                    }
                }
            }
            for _ in 0..<4 { next() }
            var ids: [String: MediaID] = [:]
            for try await (address, id) in group {
                ids[address] = id
                next()
            }
            return ids
        }
        let items = try await media.items(Set(ids.values), of: caller.organizationId)
        return ids.compactMapValues { items[$0] }
    }
}
