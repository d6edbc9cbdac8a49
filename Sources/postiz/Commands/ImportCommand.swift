import Application
import ArgumentParser
import Domain
import Foundation

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring over what another program holds.",
        discussion: "Example: postiz import postiz --dump dump.sql --dry-run",
        subcommands: [ImportPostiz.self])
}

private struct ImportPostiz: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postiz", abstract: "Bring channels, posts, files, tags, templates and signatures from Postiz.",
        discussion: """
            Nothing is published, and no token is taken over: channels wait to be connected again, published posts come as history, planned ones as \
            drafts that keep their time. Run again, it brings what is new. The server may go on running. See docs/coming-from-postiz.md.
            A dump of the database holds all of it; the API tells the channels, and the first text of each post.
            Example: pg_dump postiz-db-local > dump.sql && postiz import postiz --dump dump.sql --dry-run
            Example: postiz import postiz --from https://postiz.example.com --key-file key.txt --dry-run
            """)

    @Option(help: "What pg_dump wrote: text, text in gzip, its own format or a folder; - is text on standard input.")
    var dump: String?
    @Option(help: "The address of a Postiz that runs, to be read by its public API.")
    var from: String?
    @Option(help: "Its API key. Everybody on this machine sees it in the list of processes: prefer --key-file or POSTIZ_IMPORT_KEY.")
    var key: String?
    @Option(help: "A file with its API key; - is standard input.")
    var keyFile: String?
    @Option(help: "With --from: read posts since this day, such as 2020-01-31. Without it five years back.")
    var since: String?
    @Option(help: "The workspace in the dump, by its id or name, where it has several.")
    var organization: String?
    @Option(help: "The folder in which Postiz kept uploads. Without it files are fetched from their addresses.")
    var media: String?
    @Flag(help: "Bring no files.")
    var noFiles = false
    @Flag(help: "Only say what would come.")
    var dryRun = false
    @Flag(help: "List the imports that were made.")
    var list = false
    @Option(help: "Take back what an import made and nobody has changed since; --list shows its id.")
    var undo: OriginRunID?
    @Option(help: "The e-mail address of a member: what comes goes into their workspace. Without it that of the first account.")
    var workspaceOf: String?
    @OptionGroup var output: Output

    func run() async throws {
        try check()
        let reading = try reading()
        try await Bootstrap.withServices { services in
            let caller = try await services.accounts.commandLineCaller(for: workspaceOf).caller
            if let undo { return try show(try await services.moving.undo(undo, as: caller)) }
            guard let reading else { return try show(try await services.moving.runs(as: caller)) }
            let report = dryRun ? try await services.moving.check(reading, as: caller) : try await services.moving.run(reading, as: caller)
            try output.show(report) { Self.words(report) }
        }
    }

    private func check() throws {
        guard [dump != nil, from != nil, list, undo != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("Give one of --dump, --from, --list and --undo.")
        }
        guard !(noFiles && media != nil) else { throw ValidationError("Give --media or --no-files, not both.") }
        guard from == nil || organization == nil && media == nil && !noFiles else {
            throw ValidationError("--organization, --media and --no-files belong to --dump: a key opens one workspace, and no files are told.")
        }
        guard from != nil || key == nil && keyFile == nil && since == nil else {
            throw ValidationError("--key, --key-file and --since belong to --from.")
        }
        guard key == nil || keyFile == nil else { throw ValidationError("Give --key or --key-file, not both.") }
    }

    /// Nil where nothing is read.
    private func reading() throws -> PostizReading? {
        if let dump {
            return PostizReading(.dump(dump), organization: organization, files: noFiles ? .none : media.map { .folder($0) } ?? .fetched)
        }
        guard let from else { return nil }
        let day = try since.map { text in
            guard let day = Timestamp("\(text)T00:00:00Z") else { throw ValidationError("--since is a day, such as 2020-01-31.") }
            return day
        }
        let server = try PostizServer(address: from, key: try readKey(), since: day)
        return PostizReading(.server(server), progress: { Output.note($0) })
    }

    private func readKey() throws -> String {
        if let key { return key }
        switch keyFile {
        case "-": return readLine() ?? ""
        case let path?:
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw ValidationError("\(path) cannot be read.") }
            return text
        case nil:
            guard let key = ProcessInfo.processInfo.environment["POSTIZ_IMPORT_KEY"], !key.isEmpty else {
                throw ValidationError("Give the key of Postiz by --key-file or POSTIZ_IMPORT_KEY. It is found there under Settings, Public API.")
            }
            return key
        }
    }

    private func show(_ runs: [OriginRun]) throws {
        try output.show(runs) {
            Output.table(
                ["ID", "FROM", "POSTS", "AT", "STATE"],
                runs.map { run in
                    let state = run.undoneAt != nil ? "taken back" : run.doneAt != nil ? "done" : "broke off"
                    return [run.id.text, run.name, "\(run.counts["posts"] ?? 0)", "\(run.createdAt)", state]
                })
        }
    }

    private func show(_ undone: UndoneOriginRun) throws {
        try output.show(undone) {
            let rows = undone.removed.keys.sorted().map { [$0, "\(undone.removed[$0] ?? 0)", "\(undone.left[$0] ?? 0)"] }
            return Output.table(["WHAT", "TAKEN BACK", "CHANGED SINCE, SO IT STAYS"], rows)
        }
    }

    private static func words(_ report: PostizReport) -> String {
        let channels = report.channels.map { [$0.platform, $0.name, words($0.outcome), $0.why ?? ""] }
        let counts = [
            ("published posts, as history", report.posts.published), ("planned posts, as drafts that keep their time", report.posts.planned),
            ("drafts", report.posts.drafts), ("posts that failed there, as drafts", report.posts.failed), ("files", report.files),
            ("templates", report.templates), ("signatures", report.signatures), ("posts that came before", report.posts.known),
        ].map { ["\($1)", $0] }
        let left = report.left.map { ["\($0.count)", $0.what, $0.why] }
        let untold = report.untold.map { "- \($0)" }.joined(separator: "\n")
        let end = report.runId.map { "Done. 'postiz import postiz --undo \($0)' takes it back. Now connect the channels again." }
        return [
            "From \(report.organization):", Output.table(["PLATFORM", "CHANNEL", "HERE", "WHY"], channels), "",
            Output.table(["COUNT", "WHAT"], counts),
            left.isEmpty ? nil : "\nNot as it was:\n\(Output.table(["COUNT", "WHAT", "WHY"], left))",
            untold.isEmpty ? nil : "\nThe API does not tell these. A dump of the database holds them:\n\(untold)", "",
            end ?? "Nothing was stored. Without --dry-run this comes over.",
        ].compactMap { $0 }.joined(separator: "\n")
    }

    private static func words(_ outcome: PostizReport.Channel.Outcome) -> String {
        switch outcome {
        case .new: "to be connected again"
        case .here: "is connected already"
        case .known: "came before"
        case .left: "does not come"
        }
    }
}
