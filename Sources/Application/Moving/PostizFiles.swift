import Domain
import Foundation
import NIOCore

/// Brings files into the library, a few at a time. What cannot be had is told and keeps nothing else away.
struct PostizFileBringing: Sendable {
    /// So many failures are told one by one.
    private static let mostTold = 100

    let media: MediaLibrary
    let files: PostizReading.Files
    let caller: Caller

    struct Outcome: Sendable {
        var ids: [String: MediaID] = [:]
        var left: [PostizReport.Left] = []
    }

    /// `note` stores which file is which as soon as it is here, so that none is fetched twice.
    func bring(_ wanted: [PostizPlan.File], note: @escaping @Sendable (String, MediaID) async throws -> Void) async throws -> Outcome {
        guard case .none = files else {
            return try await withThrowingTaskGroup(of: (PostizPlan.File, Result<MediaID, ProblemReport>).self) { group in
                var rest = wanted[...]
                func next() {
                    guard let file = rest.popFirst() else { return }
                    group.addTask {
                        do {
                            let id = try await bring(file)
                            try await note(file.path, id)
                            return (file, .success(id))
                        } catch let report as ProblemReport {
                            return (file, .failure(report))
                        }
                    }
                }
                for _ in 0..<4 { next() }
                var outcome = Outcome()
                var more = 0
                for try await (file, result) in group {
                    switch result {
                    case .success(let id): outcome.ids[file.path] = id
                    case .failure(let report) where outcome.left.count < Self.mostTold:
                        outcome.left.append(PostizReport.Left(what: "file \(file.path.shortened(to: 200))", count: 1, why: report.message))
                    case .failure: more += 1
                    }
                    next()
                }
                if more > 0 { outcome.left.append(PostizReport.Left(what: "more files", count: more, why: "They could not be had either.")) }
                return outcome
            }
        }
        return Outcome(left: wanted.isEmpty ? [] : [PostizReport.Left(what: "files", count: wanted.count, why: "No files were wanted.")])
    }

    private func bring(_ file: PostizPlan.File) async throws -> MediaID {
        let alt = file.altText?.shortened(to: 1000)
        if case .folder(let folder) = files, let path = try await Self.place(of: file.path, in: folder) {
            let name = file.name?.unlessBlank ?? URL(fileURLWithPath: path).lastPathComponent
            do {
                let (source, size) = try await DiskFile.onThread { (try DiskFile.reading(path), try DiskFile.size(path)) }
                defer { source.close() }
                return try await media.upload(
                    name: name, altText: alt, expectedBytes: size, body: DiskFileBody(file: source), as: caller
                ).id
            } catch let error as DiskError {
                throw error.problem
            }
        }
        guard file.path.hasPrefix("http://") || file.path.hasPrefix("https://") else {
            throw ProblemReport.invalid("files", "It has no address of its own. Name Postiz's folder of uploads with --media.")
        }
        return try await media.fromURL(file.path, altText: alt, as: caller).id
    }

    /// The file in `folder` that an address names: as much of the end of its path as is there. Never one outside of the folder.
    private static func place(of address: String, in folder: String) async throws -> String? {
        let path = address.contains("://") ? URL(string: address)?.path(percentEncoded: false) : address
        let names = (path ?? "").split(separator: "/").map(String.init)
        guard !names.isEmpty, !names.contains(".."), !names.contains("."), !names.contains(where: { $0.contains("\0") }) else { return nil }
        return try await DiskFile.onThread {
            let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path + "/"
            for start in names.indices {
                let candidate = root + names[start...].joined(separator: "/")
                var isFolder = ObjCBool(false)
                guard FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue else { continue }
                // A link in the folder must not lead out of it.
                guard URL(fileURLWithPath: candidate).resolvingSymlinksInPath().path.hasPrefix(root) else { continue }
                return candidate
            }
            return nil
        }
    }
}

/// A file, piece by piece.
private struct DiskFileBody: AsyncSequence, Sendable {
    let file: DiskFile

    struct AsyncIterator: AsyncIteratorProtocol {
        let file: DiskFile
        var offset = 0

        mutating func next() async throws -> ByteBuffer? {
            let (file, offset) = (file, offset)
            let data = try await DiskFile.onThread { try file.read(at: offset, count: 262_144) }
            guard !data.isEmpty else { return nil }
            self.offset += data.count
            return ByteBuffer(bytes: data)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(file: file) }
}
