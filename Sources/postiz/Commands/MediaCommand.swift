import Application
import ArgumentParser
import Domain
import Foundation
import Glibc
import Platforms

struct MediaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media", abstract: "Look after the files of the library.", subcommands: [Move.self])

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
                let progress = Progress(isTerminal: isatty(STDERR_FILENO) == 1)
                let move = try await services.media.move(from: source, to: target) { progress.show($0) }
                progress.end()
                try output.show(Result(files: move.movedFiles, bytes: move.movedBytes, left: move.left)) {
                    "Moved \(move.movedFiles) \(move.movedFiles == 1 ? "file" : "files"), \(Progress.words(move.movedBytes)), to \(to.rawValue)."
                }
                for reason in move.left { Output.note("left: \(reason)") }
                if !move.left.isEmpty { throw ExitCode.failure }
            }
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

/// One line that is written over on a terminal; elsewhere a line now and then.
private struct Progress {
    let isTerminal: Bool

    func show(_ move: MediaMove) {
        let done = move.movedFiles + move.left.count
        guard isTerminal || done % 1000 == 0 else { return }
        let line = "\(done) of \(max(move.files, done)) files, \(Self.words(move.movedBytes)) of \(Self.words(max(move.bytes, move.movedBytes)))"
        FileHandle.standardError.write(Data((isTerminal ? "\r\u{1B}[K\(line)" : "\(line)\n").utf8))
    }

    func end() { if isTerminal { FileHandle.standardError.write(Data("\n".utf8)) } }

    static func words(_ bytes: Int) -> String { bytes < 10_000_000 ? "\(bytes / 1000) kB" : "\(bytes / 1_000_000) MB" }
}
