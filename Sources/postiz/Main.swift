import ArgumentParser

@main
struct Postiz: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postiz",
        abstract: "A self-hosted social media scheduler.",
        discussion: """
            Example: postiz serve
            Settings come from the environment; 'postiz config' lists them all.
            """,
        version: Version.current,
        subcommands: [
            ServeCommand.self, MigrateCommand.self, MoveToPostgresCommand.self, MoveToSQLiteCommand.self, BackupCommand.self, VerifyCommand.self,
            RestoreCommand.self, UserCommand.self, KeyCommand.self, ConfigCommand.self, DoctorCommand.self, HealthCommand.self,
            MediaCommand.self, PauseCommand.self, ResumeCommand.self, MCPCommand.self, VersionCommand.self,
        ])
}
