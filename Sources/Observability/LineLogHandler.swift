import Foundation
import Logging
import NIOConcurrencyHelpers

/// Writes each record as one line. Values of metadata such as `authorization`, `token` or `password` are never printed.
public struct LineLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    /// `write` receives whole lines without their end.
    public init(label: String, level: Logger.Level, format: LogFormat, write: @escaping @Sendable (String) -> Void) {
        self.label = label
        logLevel = level
        self.format = format
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let given = event.metadata { fields.merge(given) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }
        let line = LogLine(time: Date(), level: event.level, label: label, message: event.message.description, metadata: fields)
        write(line.written(as: format))
    }
}

/// Sends all logs of the process to standard output. Call it once, before the first logger is made.
public func bootstrapLogging(level: Logger.Level, format: LogFormat) {
    let output = StandardOutput()
    LoggingSystem.bootstrap { label in
        LineLogHandler(label: label, level: level, format: format) { output.write($0) }
    }
}

/// Standard output, one line at a time: lines of different threads never mix.
private struct StandardOutput: Sendable {
    private let lock = NIOLock()

    func write(_ line: String) {
        var line = line
        line.append("\n")
        line.withUTF8 { bytes in
            lock.withLock {
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = Foundation.write(STDOUT_FILENO, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if count < 0, errno == EINTR { continue }
                    // Nobody reads any more: there is no other place to say so.
                    guard count > 0 else { return }
                    rest = rest.dropFirst(count)
                }
            }
        }
    }
}
