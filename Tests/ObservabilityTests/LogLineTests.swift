import Foundation
import Logging
import NIOConcurrencyHelpers
import Testing

@testable import Observability

@Suite struct LogLineTests {
    /// A logger whose lines are kept.
    private func lines(_ format: LogFormat, level: Logger.Level = .info, _ log: (inout Logger) -> Void) -> [String] {
        let kept = NIOLockedValueBox<[String]>([])
        var logger = Logger(label: "postiz.test") { label in
            LineLogHandler(label: label, level: level, format: format) { line in kept.withLockedValue { $0.append(line) } }
        }
        log(&logger)
        return kept.withLockedValue { $0 }
    }

    private func object(_ line: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    }

    @Test func jsonLineHoldsTimeLevelLoggerMessageAndFlattenedMetadata() throws {
        let line = lines(.json) { logger in
            logger[metadataKey: "request"] = "r-1"
            logger.warning("Slow query", metadata: ["query": ["rows": "3", "tables": ["posts", "media"]], "message": "kept"])
        }
        let fields = try object(try #require(line.first))
        #expect(fields["level"] == "warning")
        #expect(fields["logger"] == "postiz.test")
        #expect(fields["message"] == "Slow query")
        #expect(fields["metadata.message"] == "kept")
        #expect(fields["request"] == "r-1")
        #expect(fields["query.rows"] == "3")
        #expect(fields["query.tables.1"] == "media")
        let time = try Date(try #require(fields["timestamp"]), strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        #expect(abs(time.timeIntervalSinceNow) < 60)
    }

    @Test(arguments: LogFormat.allCases)
    func aRecordNeverBreaksIntoTwoLines(_ format: LogFormat) {
        let nasty = "a\nb\r\u{2028}\u{85}\u{0}\"\\ end"
        let line = lines(format) { $0.info("\(nasty)", metadata: ["path": "\(nasty)"]) }.first ?? ""
        #expect(!line.isEmpty)
        #expect(!line.contains { $0.isNewline })
        #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test func escapedTextReadsBackUnchanged() throws {
        let nasty = "tab\t quote\" back\\ nul\u{0} bell\u{7} é 🎈 \u{2029}"
        let line = lines(.json) { $0.info("\(nasty)", metadata: ["\(nasty)": "\(nasty)"]) }
        let fields = try object(try #require(line.first))
        #expect(fields["message"] == nasty)
        #expect(fields[nasty] == nasty)
    }

    @Test(arguments: LogFormat.allCases)
    func secretsAreNeverPrinted(_ format: LogFormat) {
        let keys = [
            "Authorization", "password", "access_token", "refreshToken", "X-CSRF-Token", "api-key", "client_secret", "Set-Cookie",
            "credentials",
        ]
        for key in keys {
            let written = lines(format) { logger in
                logger.info("call", metadata: [key: "hush", "headers": ["\(key)": ["hush", "hush"]]])
            }
            #expect(written.count == 1)
            #expect(!written.joined().contains("hush"), "\(key)")
            #expect(written.joined().contains("[hidden]"))
        }
    }

    @Test func textLineIsReadableAndQuotesOnlyWhereNeeded() throws {
        let line = try #require(lines(.text) { $0.error("Disk full", metadata: ["free": "0", "path": "a b", "none": ""]) }.first)
        #expect(line.hasSuffix("Z error postiz.test: Disk full free=0 none=\"\" path=\"a b\""))
    }

    @Test func recordsBelowTheLevelAreNotWritten() {
        #expect(lines(.json, level: .notice) { $0.info("quiet") }.isEmpty)
        #expect(lines(.json, level: .notice) { $0.notice("loud") }.count == 1)
    }

    @Test func errorsAndProvidedMetadataAreWritten() throws {
        struct Trouble: Error, CustomStringConvertible { let description = "out of paper" }
        let line = lines(.json) { logger in
            logger.handler.metadataProvider = Logger.MetadataProvider { ["trace": "t-1"] }
            logger.error("Printing failed", error: Trouble())
        }
        let fields = try object(try #require(line.first))
        #expect(fields["error"] == "out of paper")
        #expect(fields["trace"] == "t-1")
    }
}
