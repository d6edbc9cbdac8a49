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

    func release() { close(descriptor) }
}
