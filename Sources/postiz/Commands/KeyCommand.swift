import Application
import ArgumentParser
import Domain

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make, list and revoke API keys.", discussion: "Example: postiz key list",
        subcommands: [CreateKey.self, ListKeys.self, RevokeKey.self])
}

private struct Member: ParsableArguments {
    @Option(help: "The e-mail address of the member whose workspace is meant. Without it that of the first account.")
    var user: String?
}

private struct CreateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key and print it, this once.",
        discussion: """
            Scopes: \(Scope.allCases.map(\.rawValue).joined(separator: ", ")); 'admin' includes all others.
            Example: postiz key create --name "Release bot" --scope posts:read --scope posts:write
            """)

    @Option(help: "What the key is for.")
    var name: String
    @Option(help: "What it may be used for. May be given several times.")
    var scope: [Scope]
    @Flag(help: "What it would schedule or publish waits for an administrator's approval instead.")
    var draftOnly = false
    @Option(help: "When it ends, such as 2030-01-01T00:00:00Z. Without it never.")
    var expires: Timestamp?
    @OptionGroup var member: Member
    @OptionGroup var output: Output

    func run() async throws {
        try await Bootstrap.withServices { services in
            let (caller, user) = try await services.accounts.commandLineCaller(for: member.user)
            let request = NewAPIKey(name: name, scopes: scope, expiresAt: expires, draftOnly: draftOnly)
            let created = try await services.keys.create(request, for: user.id, as: caller)
            try output.show(created) { created.secret }
            if !output.json { Output.note("This is the only time the key is shown. It acts for \(user.email).") }
        }
    }
}

private struct ListKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys of a workspace, newest first.",
        discussion: "Example: postiz key list --user ada@example.com")

    @OptionGroup var member: Member
    @OptionGroup var output: Output

    func run() async throws {
        try await Bootstrap.withServices { services in
            let keys = try await services.keys.list(as: try await services.accounts.commandLineCaller(for: member.user).caller)
            try output.show(keys) { Output.table(["ID", "KEY", "NAME", "SCOPES", "LAST USED", "STATE"], keys.map(row)) }
        }
    }

    private func row(_ key: APIKey) -> [String] {
        let state = !key.active ? "revoked" : key.expiresAt.map { "until \($0)" } ?? "active"
        let scopes = key.scopes.map(\.rawValue).sorted().joined(separator: ",") + (key.draftOnly ? " (drafts only)" : "")
        return [key.id.text, key.prefix + "…", key.name, scopes, key.lastUsedAt?.description ?? "never", state]
    }
}

private struct RevokeKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a key at once.", discussion: "Example: postiz key revoke 019ab3c4-0000-7000-8000-000000000000"
    )

    @Argument(help: "The key's id, as 'postiz key list' shows it.")
    var id: APIKeyID
    @OptionGroup var member: Member
    @OptionGroup var output: Output

    func run() async throws {
        try await Bootstrap.withServices { services in
            let caller = try await services.accounts.commandLineCaller(for: member.user).caller
            try await services.keys.revoke(id, as: caller)
            try output.show(["id": id.text]) { "The key is revoked." }
        }
    }
}
