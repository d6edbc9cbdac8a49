import Application
import ArgumentParser
import Foundation

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Look after the key that encrypts tokens in the database. (API keys: 'postiz key'.)",
        discussion: "Example: postiz keys status", subcommands: [KeysStatus.self, RotateKeys.self, RetireKeys.self])
}

private struct KeysStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say which keys there are, and how many secrets are sealed with each; fails when one cannot be read.",
        discussion: """
            Opens every secret in the database and changes nothing. Keys are shown by a name from which nothing follows.
            Example: postiz keys status --json
            """)

    @OptionGroup var output: Output

    func run() async throws {
        try await Bootstrap.withServices { services in
            let state = try await services.rotation.state(Output.progress(of: "secrets read"))
            try output.show(state) { Self.words(state) }
            if !state.unreadable.isEmpty { throw ExitCode.failure }
        }
    }

    private static func words(_ state: KeyState) -> String {
        let table = Output.table(["KEY", "USE", "SECRETS"], state.keys.map { [$0.name, $0.isCurrent ? "seals" : "opens", "\($0.values)"] })
        let source = "The key comes from \(state.source)\(state.rotatedAt.map { ", rotated \($0)" } ?? "")."
        let lost = state.unreadable.map { "No key opens \($0.what). \($0.advice)" }
        return ([table, "", source] + [RotateKeys.next(state)].compactMap { $0 } + lost).joined(separator: "\n")
    }
}

private struct RotateKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Seal every secret in the database with a new key; the server may go on running.",
        discussion: """
            Broken off, it goes on where it was when it is run again; no second key is made until 'postiz keys retire' has ended the rotation. \
            Run it with the settings, and as the user, of the server. Where ENCRYPTION_KEY is set, set the new one there first.
            Example: postiz keys rotate && postiz keys status
            """)

    @Flag(help: "Seal the rest where something cannot be read.")
    var leaveUnreadable = false
    @Flag(help: "With PostgreSQL and the key in secrets.json: all processes use this very file.")
    var oneFolder = false
    @OptionGroup var output: Output

    func run() async throws {
        try await Bootstrap.withServices { services in
            if services.configuration.databaseURL != nil, services.configuration.encryptionKey == nil, !oneFolder {
                throw StartProblem(
                    """
                    DATABASE_URL names a server that other machines may use, and they would not know a new key in this machine's secrets.json. Say \
                    --one-folder when all processes use this data folder; else set ENCRYPTION_KEY everywhere: docs/operations.md.
                    """)
            }
            let done = try await services.rotation.rotate(leavingUnreadable: leaveUnreadable, Output.progress(of: "secrets"))
            try output.show(done) {
                let start = done.madeKey ? "A new key is in force." : "A rotation was under way."
                return "\(start) \(done.sealed) secrets were sealed with it. \(Self.next(done.state) ?? "")"
            }
        }
    }

    /// What is left to do after `state`; nil when nothing is.
    static func next(_ state: KeyState) -> String? {
        guard state.keys.count > 1 else { return nil }
        guard state.outdated == 0 else {
            return "\(state.outdated) secrets are still sealed with an old key: 'postiz keys rotate' goes on with them."
        }
        guard state.source != "ENCRYPTION_KEY" else {
            return "Nothing needs the old keys any more: take them out of OLD_ENCRYPTION_KEYS and restart."
        }
        return """
            Copy \(state.source) to where you keep secrets; keep the copy of before as long as backups of before. The old key is still \
            readable; 'postiz keys retire' ends it\(state.retirableAt.map { ", from \($0) on" } ?? "").
            """
    }
}

private struct RetireKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "Forget the old key after a rotation; refuses while something needs it.",
        discussion: """
            Backups made before the rotation can be used with the old key alone: keep the copy of secrets.json that belongs to them.
            Example: postiz keys retire
            """)

    @Flag(help: "Do not wait for the three hours in which platforms may still fetch files with the old key.")
    var now = false
    @OptionGroup var output: Output

    func run() async throws {
        try await Bootstrap.withServices { services in
            let state = try await services.rotation.retire(atOnce: now, Output.progress(of: "secrets read"))
            try output.show(state) { "Retired: \(state.keys.filter { !$0.isCurrent }.map(\.name).joined(separator: ", "))." }
        }
    }
}
