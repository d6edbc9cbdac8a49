import Foundation
import Glibc

/// A lock on a data folder that the system lets go of when its process ends, however it ends.
struct FolderLock: Sendable {
    private let descriptor: Int32

    /// Nil when another process holds it. Throws `StartProblem` when the file cannot be made.
    static func take(in folder: URL, name: String) throws -> FolderLock? {
        let path = folder.appending(path: name).path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StartProblem("\(path) cannot be written: check the permissions of the folder.") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return FolderLock(descriptor: descriptor)
    }

    /// Shares the folder with other processes that use what is in it. Throws `StartProblem` when somebody has it alone: a restore. Nil where
    /// the file system knows no locks.
    static func share(_ folder: URL) throws -> FolderLock? {
        try hold(folder, LOCK_SH, "A restore of \(folder.path) is under way. Start again when it is over.")
    }

    /// Takes the folder for this process alone. Throws `StartProblem` when it is in use.
    static func claim(_ folder: URL) throws -> FolderLock? {
        try hold(folder, LOCK_EX, "A server or another command uses \(folder.path). Stop it, then try again.")
    }

    private static func hold(_ folder: URL, _ kind: Int32, _ refusal: String) throws -> FolderLock? {
        let path = folder.appending(path: "instance.lock").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StartProblem("\(path) cannot be written: check the permissions of the folder.") }
        guard flock(descriptor, kind | LOCK_NB) != 0 else { return FolderLock(descriptor: descriptor) }
        let isTaken = errno == EWOULDBLOCK
        close(descriptor)
        if isTaken { throw StartProblem(refusal) }
        return nil
    }

    func release() { close(descriptor) }
}
