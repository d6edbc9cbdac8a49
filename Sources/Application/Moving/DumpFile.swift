import Domain
import Foundation
import Subprocess

/// A dump of a PostgreSQL database, read as text from its beginning to its end, whatever `pg_dump` made of it.
struct DumpFile: Sendable {
    /// Longer than any post; a file with such a line is no dump.
    private static let longestLine = 64 * 1_048_576
    private static let piece = 262_144

    private let file: DiskFile

    /// `-` is standard input. What has to be unpacked lies in `folder` meanwhile, without a name, so that nothing of it stays behind. Throws
    /// `VALIDATION_FAILED`.
    static func open(_ path: String, unpackingIn folder: String) async throws -> DumpFile {
        if path == "-" { return try await DumpFile(file: DiskFile.onThread { try spooled(in: folder) }).unpacked(in: folder) }
        var isFolder = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ProblemReport.invalid("dump", "There is no file \(path.prefix(200)).")
        }
        if isFolder.boolValue { return try await restored(path, in: folder) }
        do {
            return try await DumpFile(file: DiskFile.reading(path)).unpacked(in: folder, from: path)
        } catch let error as DiskError {
            throw ProblemReport.invalid("dump", "\(path.prefix(200)) cannot be read: \(String(cString: strerror(error.number))).")
        }
    }

    func close() { file.close() }

    /// Hands on line after line, without their ends.
    func lines(_ take: (ArraySlice<UInt8>) throws -> Void) throws {
        var offset = 0
        var kept: [UInt8] = []
        while true {
            let data = try file.read(at: offset, count: Self.piece)
            guard !data.isEmpty else { break }
            offset += data.count
            kept += data
            var start = kept.startIndex
            while let end = kept[start...].firstIndex(of: 0x0A) {
                try take(Self.line(kept[start..<end]))
                start = end + 1
            }
            kept.removeSubrange(..<start)
            guard kept.count <= Self.longestLine else { throw DumpRows.broken("one of its lines is longer than any that pg_dump writes") }
        }
        if !kept.isEmpty { try take(Self.line(kept[...])) }
    }

    private static func line(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> { bytes.last == 0x0D ? bytes.dropLast() : bytes }

    // MARK: Unpacking

    private func unpacked(in folder: String, from path: String? = nil) async throws -> DumpFile {
        let head = [UInt8](try file.read(at: 0, count: 5))
        let isPacked = head.starts(with: [0x1F, 0x8B])
        guard isPacked || head.elementsEqual("PGDMP".utf8) else { return self }
        defer { file.close() }
        guard let path else {
            throw ProblemReport.invalid("dump", "Only a dump as text is read from standard input. Put this one into a file and name that.")
        }
        guard isPacked else { return try await Self.restored(path, in: folder) }
        let unpacked = try await Self.output(of: "exec gzip -dc < \"$1\" > \"$2\"", path, in: folder) { "gzip refuses it: \($0)" }
        let inner = [UInt8](try unpacked.file.read(at: 0, count: 5))
        guard !inner.elementsEqual("PGDMP".utf8) else {
            unpacked.close()
            throw ProblemReport.invalid("dump", "A dump in pg_dump's own format lies in this gzip file. Unpack it first: gunzip.")
        }
        return unpacked
    }

    /// In `pg_dump`'s own format: its own program makes text of it.
    private static func restored(_ path: String, in folder: String) async throws -> DumpFile {
        try await output(of: "exec pg_restore --no-owner --no-privileges --file=\"$2\" -- \"$1\"", path, in: folder) { words in
            words.contains("not found")
                ? "pg_restore is needed for pg_dump's own format. Install it (Debian: apt-get install postgresql-client), or dump as text: "
                    + "pg_dump --format=plain"
                : "pg_restore refuses it: \(words)"
        }
    }

    private static func output(of script: String, _ path: String, in folder: String, _ refusal: (String) -> String) async throws -> DumpFile {
        let target = newName(in: folder)
        let environment: [Subprocess.Environment.Key: String] = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? MediaTools.usualPath, "LC_ALL": "C",
        ]
        let result = try await Subprocess.run(
            .name("bash"), arguments: ["-c", "umask 077; \(script)", "bash", path, target], environment: .custom(environment),
            platformOptions: ArchivePipeline.group, output: .discarded, error: .string(limit: 16_384))
        guard result.terminationStatus.isSuccess else {
            try DiskFile.remove(target)
            throw DumpRows.broken(refusal(ArchivePipeline.words(result.standardError)))
        }
        let file = try DiskFile.reading(target)
        try DiskFile.remove(target)
        return DumpFile(file: file)
    }

    private static func spooled(in folder: String) throws -> DiskFile {
        let path = newName(in: folder)
        let file = try DiskFile.creating(path)
        try DiskFile.remove(path)
        var offset = 0
        while let data = try FileHandle.standardInput.read(upToCount: piece), !data.isEmpty {
            try data.withUnsafeBytes { try file.write($0, at: offset) }
            offset += data.count
        }
        return file
    }

    private static func newName(in folder: String) -> String { "\(folder)/dump-\(UUID().uuidString).part" }
}
