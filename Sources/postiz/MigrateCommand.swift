import Application
import ArgumentParser
import Foundation
import Persistence

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database up to date and exit. 'serve' does it by itself.",
        discussion: "Example: DATABASE_URL=postgresql://postiz@localhost/postiz postiz migrate")

    func run() async throws {
        let instance = try await Bootstrap.open()
        try await instance.close()
        print("The database is up to date.")
    }
}
