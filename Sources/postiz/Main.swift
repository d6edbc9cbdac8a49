import ArgumentParser

@main
struct Postiz: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postiz",
        abstract: "A self-hosted social media scheduler.",
        discussion: """
            Settings come from the environment; 'postiz config' lists them all.
            Example: postiz serve
            Exit code 0: It worked.
            Exit code 1: It did not, and one message on standard error says why; or what was looked for is wrong (doctor, health, keys status).
            Exit code 3: It worked, and there is something to do (migrate --check).
            Exit code 64: The command was not written as it takes it.
            """,
        version: Version.current,
        subcommands: [
            ServeCommand.self, MigrateCommand.self, MoveToPostgresCommand.self, MoveToSQLiteCommand.self, BackupCommand.self, VerifyCommand.self,
            RestoreCommand.self, UserCommand.self, KeyCommand.self, KeysCommand.self, ConfigCommand.self, DoctorCommand.self, DiagnoseCommand.self,
            HealthCommand.self, ImportCommand.self,
            MediaCommand.self, PauseCommand.self, ResumeCommand.self, MCPCommand.self, VersionCommand.self,
        ])
}
