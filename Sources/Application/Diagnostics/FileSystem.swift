import Foundation

/// The file system that a folder is on, as `/proc/self/mountinfo` (proc(5)) tells it.
struct FileSystem: Sendable, Equatable {
    /// Such as `ext4`.
    let name: String

    enum Fitness: Sendable, Equatable {
        case fit
        /// Others reach it over a network: locks and the order of writes are not to be relied on.
        case network
        /// It is in memory, and gone with the machine or the container.
        case memory
        /// The writable layer of a container, gone with it.
        case layer
        /// A folder of another system, through a virtual machine or a user program.
        case shared
    }

    init(named name: String) { self.name = name }

    /// Of the deepest mount that holds `path`; nil where the system does not tell.
    init?(at path: String, mounts: String? = nil) {
        // Not every system has it.
        guard let mounts = mounts ?? (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) else { return nil }
        let path = URL(filePath: path).resolvingSymlinksInPath().path
        var found: (point: String, name: String)?
        for line in mounts.split(separator: "\n") {
            // "36 35 98:0 /root /mount/point options … - type source options"
            let fields = line.split(separator: " ")
            guard fields.count > 4, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.endIndex else { continue }
            let point = Self.unescaped(String(fields[4]))
            guard path == point || point == "/" || path.hasPrefix(point + "/") else { continue }
            // Of several on one point the last lies on top.
            if point.count >= found?.point.count ?? 0 { found = (point, String(fields[dash + 1])) }
        }
        guard let found else { return nil }
        name = found.name
    }

    var fitness: Fitness {
        switch name {
        case "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "lustre", "afs", "gfs2", "ocfs2",
            "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse", "fuse.juicefs", "davfs", "fuse.mount-s3", "beegfs", "gpfs":
            .network
        case "tmpfs", "ramfs", "rootfs": .memory
        case "overlay", "aufs", "fuse.fuse-overlayfs": .layer
        case "9p", "virtiofs", "vboxsf", "vmhgfs", "fuse.vmhgfs-fuse", "fuse.grpcfuse", "fuse.osxfs", "fakeowner", "prl_fs", "drvfs": .shared
        default: name.hasPrefix("fuse.") || name == "fuse" ? .shared : .fit
        }
    }

    /// Spaces and the like are written as `\040`.
    private static func unescaped(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        return [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")].reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}
