import Domain
import Foundation
import NIOCore
import NIOPosix

/// A file opened with the system's own calls, so that "the disk is full" is an error number and not a guess. Its calls block: they
/// belong on `DiskFile.threads`.
struct DiskFile: Sendable {
    /// Where blocking file work runs.
    static var threads: NIOThreadPool { .singleton }

    private let descriptor: Int32

    /// Runs blocking work off the cooperative pool.
    static func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.runIfActive(work)
    }

    static func reading(_ path: String) throws -> DiskFile { try open(path, O_RDONLY | O_CLOEXEC) }

    static func writing(_ path: String) throws -> DiskFile { try open(path, O_WRONLY | O_CLOEXEC) }

    /// Opens a file, or makes it.
    static func opening(_ path: String) throws -> DiskFile { try open(path, O_RDWR | O_CREAT | O_CLOEXEC) }

    /// Makes a file that must not exist yet, readable by this user alone.
    static func creating(_ path: String) throws -> DiskFile { try open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC) }

    private static func open(_ path: String, _ flags: Int32) throws -> DiskFile {
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw DiskError(number: errno) }
        return DiskFile(descriptor: descriptor)
    }

    func close() { _ = Glibc.close(descriptor) }

    /// Locks it until it is closed or the process ends. False when it is locked already.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Whether it is this file that lies at `path` now.
    func isStill(at path: String) -> Bool {
        var (own, there) = (stat(), stat())
        return fstat(descriptor, &own) == 0 && stat(path, &there) == 0 && own.st_ino == there.st_ino && own.st_dev == there.st_dev
    }

    /// Up to `count` bytes from `offset`; fewer only at the end of the file.
    func read(at offset: Int, count: Int) throws -> Data {
        var data = Data(count: max(0, count))
        let got = try data.withUnsafeMutableBytes { bytes -> Int in
            var got = 0
            while got < bytes.count, let start = bytes.baseAddress {
                let result = pread(descriptor, start + got, bytes.count - got, off_t(offset + got))
                if result < 0, errno == EINTR { continue }
                guard result >= 0 else { throw DiskError(number: errno) }
                if result == 0 { break }
                got += result
            }
            return got
        }
        return got == data.count ? data : data.prefix(got)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < bytes.count, let start = bytes.baseAddress {
            let result = pwrite(descriptor, start + done, bytes.count - done, off_t(offset + done))
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { throw DiskError(number: result == 0 ? EIO : errno) }
            done += result
        }
    }

    /// Returns when the bytes are on the disk.
    func sync() throws { guard fsync(descriptor) == 0 else { throw DiskError(number: errno) } }

    /// Makes a rename in `folder` survive a power failure.
    static func syncFolder(_ folder: String) throws {
        let file = try open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { file.close() }
        try file.sync()
    }

    static func rename(_ source: String, to target: String) throws {
        guard Glibc.rename(source, target) == 0 else { throw DiskError(number: errno) }
    }

    /// Removes a file; none is fine too.
    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw DiskError(number: errno) }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func size(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw DiskError(number: errno) }
        return Int(status.st_size)
    }

    /// Makes the folder and those above it.
    static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw DiskError(number: errno == 0 ? EIO : errno)
        }
    }
}

/// What the system said about the disk.
struct DiskError: Error, Equatable {
    let number: Int32

    /// In words for the person: full, or not usable.
    var problem: ProblemReport {
        switch number {
        case ENOSPC, EDQUOT:
            ProblemReport(.storageFull, "The server's disk is full: the file was not stored. Ask the operator to make room.")
        default:
            ProblemReport(
                .storageUnavailable,
                "The server cannot use its upload folder (\(String(cString: strerror(number)))). The operator checks UPLOAD_DIRECTORY.")
        }
    }
}
