import Application
import ArgumentParser
import Domain
import Foundation
import Glibc
import NIOConcurrencyHelpers

/// Results go to standard output, for people or, with `--json`, for programs. What goes wrong is one message on standard error.
struct Output: ParsableArguments {
    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func show(_ value: some Encodable, _ text: () -> String) throws {
        print(json ? try JSON.text(value) : text())
    }

    /// Says something that is no part of the result.
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    private static let isWatched = isatty(STDERR_FILENO) == 1
    private static let lastProgress = NIOLockedValueBox(ContinuousClock.now - .seconds(1))

    /// What goes on, in one line of a terminal that is written over and over, at most five times a second; nil wipes it. Nothing where nobody
    /// watches.
    static func progress(_ text: @autoclosure () -> String?) {
        guard isWatched else { return }
        let line = text()
        let isTime = lastProgress.withLockedValue { last in
            guard line == nil || last.duration(to: .now) > .milliseconds(200) else { return false }
            last = line == nil ? .now - .seconds(1) : .now
            return true
        }
        if isTime { FileHandle.standardError.write(Data("\r\u{1B}[K\(line ?? "")".utf8)) }
    }

    /// Shows how many of all `things` are done, and takes the line away after the last.
    static func progress(of things: String) -> @Sendable (_ done: Int, _ total: Int) -> Void {
        { done, total in progress(done < total ? "\(done) of \(total) \(things)" : nil) }
    }

    static func words(ofBytes bytes: Int) -> String { bytes < 10_000_000 ? "\(bytes / 1000) kB" : "\(bytes / 1_000_000) MB" }

    /// Columns under headings, each as wide as its widest cell.
    static func table(_ headings: [String], _ rows: [[String]]) -> String {
        let lines = [headings] + rows
        let widths = headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            // The last cell is left as it is: no blanks at the end.
            zip(line, widths.dropLast() + [0]).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

/// A password as commands take it: never as an argument, which everybody on the machine could read.
enum Password {
    /// Asks for it on a terminal; otherwise the first line of standard input.
    static func read() throws -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            guard let line = readLine(), !line.isEmpty else {
                throw ValidationError("Give the password as the first line of standard input: echo \"$PASSWORD\" | postiz user …")
            }
            return line
        }
        guard let typed = getpass("Password: ") else { throw ValidationError("The password could not be read from this terminal.") }
        return String(cString: typed)
    }
}

extension Scope: ExpressibleByArgument {}

extension Timestamp: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension Identifier: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
