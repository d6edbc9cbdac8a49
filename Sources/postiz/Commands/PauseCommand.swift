import Application
import ArgumentParser
import Domain

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Hold everything that becomes due, on this server or in one workspace.",
        discussion: """
            What is being sent at that moment is finished. What is held goes out after 'postiz resume', oldest first, as far as it is not later \
            than LATE_POST_LIMIT_HOURS.
            Example: postiz pause
            """)

    @OptionGroup var target: PauseTarget
    @OptionGroup var output: Output

    func run() async throws {
        try await target.set(output) {
            try await $0.pause($1, as: $2)
        } words: {
            "\($0) is paused; what becomes due waits for 'postiz resume'."
        }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let go out what 'postiz pause' held, and all that follows.",
        discussion: "Example: postiz resume --workspace-of ada@example.com")

    @OptionGroup var target: PauseTarget
    @OptionGroup var output: Output

    func run() async throws {
        try await target.set(output) {
            try await $0.resume($1, as: $2)
        } words: {
            "\($0) publishes again."
        }
    }
}

/// What is paused: the server, or a workspace.
struct PauseTarget: ParsableArguments {
    @Option(help: "The e-mail address of a member: only their workspace is meant. Without it the whole server.")
    var workspaceOf: String?

    func set(
        _ output: Output, _ change: (Pausing, PauseScope, Caller) async throws -> PauseState, words: (String) -> String
    ) async throws {
        try await Bootstrap.withServices { services in
            let caller = try await services.accounts.commandLineCaller(for: workspaceOf).caller
            let state = try await change(services.pausing, workspaceOf == nil ? .instance : .workspace, caller)
            try output.show(state) { words(workspaceOf.map { "The workspace of \($0)" } ?? "This server") }
        }
    }
}
