import Domain
import Foundation
import Messaging
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("A full disk")
struct StorageTests {
    @Test("is one with less than 200 MB, or than a twentieth of a small one")
    func room() {
        let (megabyte, gigabyte) = (1_000_000, 1_000_000_000)
        #expect(!DiskSpace(free: 200 * megabyte, total: 100 * gigabyte).isFull)
        #expect(DiskSpace(free: 200 * megabyte - 1, total: 100 * gigabyte).isFull)
        #expect(!DiskSpace(free: 5 * megabyte, total: 100 * megabyte).isFull)
        #expect(DiskSpace(free: 5 * megabyte - 1, total: 100 * megabyte).isFull)
        #expect(DiskSpace(free: gigabyte, total: 100 * gigabyte).isScarce)
        #expect(DiskSpace(at: "/")?.total ?? 0 > 0)
        #expect(DiskSpace(at: "/nonexistent") == nil)
    }

    @Test("of the database is told as such, degrades the health, and is forgotten with the next write that finds room")
    func database() async throws {
        try await TestDatabase.withSQLite { database in
            try await Migrator.migrate(database, schema)
            let health = HealthCheck(
                database: database, queue: DatabaseJobQueue(database: database, time: SystemTime()), time: SystemTime(),
                dataFolder: FileManager.default.temporaryDirectory, uploadDirectory: FileManager.default.temporaryDirectory, version: "0")
            #expect(await health.report().status == .ok)
            let pages = try await database.read { try $0.query("PRAGMA page_count")[0].int("page_count") }
            _ = try await database.write { try $0.query("PRAGMA max_page_count = \(pages + 2)") }
            let large = String(repeating: "a", count: 1_000_000)
            let write: @Sendable (any Transaction) throws -> Void = {
                try $0.execute("INSERT INTO instance_values (name, value) VALUES ('large', $1)", large)
            }
            let error = await #expect(throws: DatabaseError.self) { try await database.write(write) }
            #expect(error.flatMap { ProblemReport(unavailable: $0) }?.code == .storageFull)
            let report = await health.report()
            #expect(report.status == .degraded && report.database.ok)
            #expect(report.storage.message?.contains("disk is full") == true)
            // What is only good to know keeps nobody from reading.
            try await database.writeIfThereIsRoom(write)
            _ = try await database.write { try $0.query("PRAGMA max_page_count = 1000000") }
            try await database.write(write)
            #expect(await health.report().status == .ok)
        }
    }
}
