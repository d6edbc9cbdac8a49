import Domain
import Foundation
import NIOConcurrencyHelpers
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Thumbnails are made after uploads", .timeLimit(.minutes(10)))
struct MediaThumbnailTests {
    /// Programs of our own under the names of the real ones, in a folder that is removed afterwards.
    private func withPrograms(
        _ scripts: [String: String], timeLimit: Duration = .minutes(1), _ body: (MediaTools, URL) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postiz-programs-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, script) in scripts {
            let path = folder.appending(path: name)
            try Data("#!/bin/sh\ncd '\(folder.path)' || exit 1\n\(script)\n".utf8).write(to: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path.path)
        }
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await body(MediaTools(searchPath: "\(folder.path):\(MediaTools.usualPath)", timeLimit: timeLimit), folder))
        } catch {
            result = .failure(error)
        }
        try FileManager.default.removeItem(at: folder)
        try result.get()
    }

    private static let thumbnail = "echo RIFF > \"${5%%\\[*}\""

    @Test("An upload is answered before any program is started, and tells of the thumbnail when it is there", arguments: TestDatabase.all)
    func afterwards(on kind: TestDatabase) async throws {
        try await withPrograms(["vipsthumbnail": "touch started; \(Self.thumbnail)"]) { tools, folder in
            try await Library.with(kind, tools: tools) { library in
                let view = try await library.upload(SampleFile.png(width: 30, height: 20))
                #expect(view.thumbnailUrl == nil)
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "started").path))
                try await refused(.notFound) { try await library.media.file(view.id, thumbnail: true, as: library.person) }
                try await library.media.makeThumbnails()
                #expect(try await library.media.get(view.id, as: library.person).thumbnailUrl != nil)
                #expect(try await library.media.file(view.id, thumbnail: true, as: library.person).size > 0)
                // The same bytes once more have theirs at once.
                #expect(try await library.upload(SampleFile.png(width: 30, height: 20)).thumbnailUrl != nil)
                #expect(try library.files.count == 2)
            }
        }
    }

    @Test("A picture that no program can show is left without, and not tried for ever", arguments: TestDatabase.all)
    func withoutThumbnail(on kind: TestDatabase) async throws {
        try await withPrograms(["vipsthumbnail": "echo x >> started; exit 1"]) { tools, folder in
            try await Library.with(kind, tools: tools) { library in
                let view = try await library.upload(SampleFile.png(width: 30, height: 20))
                for _ in 0..<3 { try await library.media.makeThumbnails() }
                #expect(try await library.media.get(view.id, as: library.person).thumbnailUrl == nil)
                #expect(try String(contentsOf: folder.appending(path: "started"), encoding: .utf8) == "x\n")
                #expect(try library.files.count == 1)
            }
        }
    }

    @Test("What a process that died had begun is begun once more, and not a third time", arguments: TestDatabase.all)
    func restart(on kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let (database, time) = (library.workspace.database, library.workspace.time)
            let id = try await library.upload(SampleFile.png(width: 30, height: 20)).id
            func take() async throws -> MediaID? {
                let now = time.now
                return try await database.write { try MediaRepository.takeForThumbnail(after: nil, now: now, until: now + .minutes(2), in: $0)?.id }
            }
            #expect(try await take() == id)
            #expect(try await take() == nil)
            time.advance(by: .minutes(2))
            #expect(try await take() == id)
            time.advance(by: .minutes(2))
            #expect(try await take() == nil)
        }
    }

    @Test("Workspaces take turns: a thousand pictures of one do not keep another waiting", arguments: TestDatabase.all)
    func turns(on kind: TestDatabase) async throws {
        try await Library.with(kind) { library in
            let (workspace, others) = (library.workspace, [OrganizationID(), OrganizationID()])
            for other in others {
                try await workspace.database.write {
                    try $0.execute(
                        "INSERT INTO organizations (id, name, time_zone, created_at) VALUES ($1, 'Other', 'UTC', 0)", other)
                }
            }
            let many = (1...6).map { SampleFile.png(width: $0, height: 1) }
            for file in many { try await library.upload(file) }
            for other in others {
                let caller = Caller(organizationId: other, identity: .system, role: .owner, origin: .commandLine)
                try await library.upload(SampleFile.png(width: 1, height: 2 + others.count), as: caller)
            }
            var (order, last): ([OrganizationID], OrganizationID?) = ([], nil)
            let now = workspace.time.now
            for _ in 0..<4 {
                let previous = last
                let taken = try await workspace.database.write {
                    try MediaRepository.takeForThumbnail(after: previous, now: now, until: now + .minutes(2), in: $0)
                }
                last = taken?.organizationId
                order += [last].compactMap(\.self)
            }
            #expect(Set(order.prefix(3)) == Set(others + [workspace.organization]))
            #expect(order.count == 4)
        }
    }

    @Test("Places that somebody waits for are given in turns, too")
    func turnstile() async throws {
        let (turns, order) = (Turnstile<String>(places: 1), NIOLockedValueBox<[String]>([]))
        let (gate, isInside) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        await withDiscardingTaskGroup { group in
            group.addTask {
                await turns.pass("first") {
                    isInside.continuation.yield()
                    for await _ in gate.stream { break }
                }
            }
            for await _ in isInside.stream { break }
            for (index, key) in ["a", "a", "a", "b"].enumerated() {
                group.addTask { await turns.pass(key) { order.withLockedValue { $0.append(key) } } }
                while turns.waiting <= index { await Task.yield() }
            }
            gate.continuation.yield()
        }
        #expect(order.withLockedValue { $0 } == ["a", "b", "a", "a"])
    }

    @Test("Programs run with bounds of memory, time and threads, and without our environment")
    func bounds() async throws {
        let script = "{ ulimit -v; ulimit -t; ulimit -c; ulimit -f; echo $VIPS_CONCURRENCY; env; } > \"${5%%\\[*}\""
        try await withPrograms(["vipsthumbnail": script]) { tools, folder in
            let target = folder.appending(path: "out").path
            #expect(await tools.makeThumbnail(of: "/dev/null", kind: .image, at: target))
            let lines = try String(contentsOfFile: target, encoding: .utf8).split(separator: "\n").map(String.init)
            // Kilobytes, seconds, blocks; dash counts blocks of 512 bytes.
            #expect(lines.prefix(3) == ["786432", "60", "0"])
            #expect(Int(lines[3]).map { $0 <= 131_072 } == true)
            #expect(lines[4] == "1")
            #expect(!lines.contains { $0.hasPrefix("HOME=") })
        }
    }

    @Test("What takes too long is ended")
    func timeLimit() async throws {
        try await withPrograms(["vipsthumbnail": "sleep 300"], timeLimit: .milliseconds(200)) { tools, folder in
            #expect(await !tools.makeThumbnail(of: "/dev/null", kind: .image, at: folder.appending(path: "out").path))
        }
    }

    @Test("What is ended, ends with whatever it started")
    func children() async throws {
        try await withPrograms(["vipsthumbnail": "sleep 300 & echo $! > started; mv started child; wait"]) { tools, folder in
            let file = folder.appending(path: "child").path
            let work = Task { await tools.makeThumbnail(of: "/dev/null", kind: .image, at: folder.appending(path: "out").path) }
            try await eventually(within: .seconds(50), "the program has begun") { FileManager.default.fileExists(atPath: file) }
            work.cancel()
            #expect(await !work.value)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let child = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            try await eventually("what it started has ended") { Self.isGone(child) }
        }
    }

    /// Ended, if perhaps not yet noted by its parent.
    private static func isGone(_ process: Int32) -> Bool {
        guard let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
        return state.split(separator: ")").last?.contains("Z") == true
    }
}

@Suite("Fragments of uploads")
struct IncomingTests {
    @Test("are removed when their process is gone, and not before")
    func fragments() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postiz-incoming-\(UUID())").path
        var first: MediaFolder? = MediaFolder(path: folder)
        let second = MediaFolder(path: folder)
        let fragments = [try #require(try await first?.newIncoming()), try await second.newIncoming()]
        for path in fragments { try Data("half a file".utf8).write(to: URL(filePath: path)) }
        let longAgo = Timestamp(milliseconds: 0)
        #expect(try await second.removeIncoming(before: longAgo) == 0)
        #expect(try await first?.removeIncoming(before: longAgo) == 0)
        // As the system does for a process that was killed. A program that another test is starting has a copy of the lock until it runs.
        first = nil
        try await eventually("the fragment is removed") { try await second.removeIncoming(before: longAgo) == 1 }
        #expect(fragments.map(DiskFile.exists) == [false, true])
        let left = try FileManager.default.contentsOfDirectory(atPath: folder + "/incoming")
        #expect(left.count { $0.hasSuffix(".lock") } == 1)
        #expect(try await second.removeIncoming(before: .now + .hours(1)) == 1)
        try FileManager.default.removeItem(atPath: folder)
    }
}
