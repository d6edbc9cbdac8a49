import Glibc

/// The room on the disk of a folder.
struct DiskSpace: Sendable, Equatable {
    /// Bytes, for the user that runs this.
    let free: Int
    let total: Int

    /// Below this nothing can be relied on to be stored; on a small disk a twentieth of it.
    private static let least = 200_000_000
    /// Below this somebody should make room; on a small disk a fifth of it.
    private static let scarce = 2_000_000_000

    init(free: Int, total: Int) { (self.free, self.total) = (free, total) }

    /// Nil when the system does not say.
    init?(at path: String) {
        var figures = statvfs()
        guard statvfs(path, &figures) == 0 else { return nil }
        self.init(free: Int(figures.f_bavail) * Int(figures.f_frsize), total: Int(figures.f_blocks) * Int(figures.f_frsize))
    }

    var isFull: Bool { free < min(Self.least, total / 20) }
    var isScarce: Bool { free < min(Self.scarce, total / 5) }
}
