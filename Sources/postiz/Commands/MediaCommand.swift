import Application
import ArgumentParser
import Domain
import Foundation
import Platforms

struct MediaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media", abstract: "Look after the files of the library.",
        discussion: "Example: STORAGE_PROVIDER=s3 postiz media move --to s3", subcommands: [Move.self])

    struct Move: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "move", abstract: "Move all files to the store that STORAGE_PROVIDER names.",
            discussion: """
                Set STORAGE_PROVIDER first and restart the server: it then stores new files there and reads each from where it is, so it goes on
                while files move. A move that broke off goes on with what is left.
                Example: STORAGE_PROVIDER=s3 S3_BUCKET=media … postiz media move --to s3
                """)

        @Option(help: "Where to: s3 or local.")
        var to: MediaStores.Provider
        @OptionGroup var output: Output

        private struct Result: Encodable {
            let files: Int
            let bytes: Int
            let left: [String]
        }

        func run() async throws {
            try await Bootstrap.withServices { services in
                let (source, target) = try services.storesToMove(to: to)
                try await refuseWhileAnotherStoreIsUsed(services.configuration)
                let move = try await services.media.move(from: source, to: target) { Self.show($0) }
                Output.progress(nil)
                try output.show(Result(files: move.movedFiles, bytes: move.movedBytes, left: move.left)) {
                    "Moved \(move.movedFiles) \(move.movedFiles == 1 ? "file" : "files"), \(Output.words(ofBytes: move.movedBytes)), to \(to.rawValue)."
                }
                for reason in move.left { Output.note("left: \(reason)") }
                if !move.left.isEmpty { throw ExitCode.failure }
            }
        }

        private static func show(_ move: MediaMove) {
            let done = move.movedFiles + move.left.count
            let bytes = "\(Output.words(ofBytes: move.movedBytes)) of \(Output.words(ofBytes: max(move.bytes, move.movedBytes)))"
            Output.progress("\(done) of \(max(move.files, done)) files, \(bytes)")
        }

        /// A server of this machine that was not restarted would not find what is moved.
        private func refuseWhileAnotherStoreIsUsed(_ configuration: Configuration) async throws {
            guard let running = await HealthCommand.runningServer(configuration) else { return }
            let used = running.storage.provider ?? .local
            guard used != to else { return }
            throw StartProblem(
                "The server that runs here still uses STORAGE_PROVIDER=\(used.rawValue) and would not find what is moved. "
                    + "Restart it with STORAGE_PROVIDER=\(to.rawValue) first. Nothing was moved.")
        }
    }
}

extension MediaStores.Provider: ExpressibleByArgument {}
