import Domain

/// Reads a dump of Postiz's database.
enum PostizDump {
    static let tables: Set<String> = [
        "Organization", "Customer", "Integration", "Post", "Tags", "TagsPosts", "Media", "Signatures", "Sets", "AutoPost", "Webhooks", "Plugs",
    ]

    /// Reads all of a dump; its posts will lie in `folder`. Throws `VALIDATION_FAILED` when it is none of Postiz.
    static func read(_ file: DumpFile, in folder: String) throws -> PostizContents {
        var contents = try PostizContents(in: folder)
        do {
            var reader = DumpRows(of: tables)
            try file.lines { line in try reader.read(line) { try contents.take($1, of: $0) } }
            try reader.end()
            guard reader.found.isSuperset(of: ["Organization", "Integration", "Post"]) else {
                throw DumpRows.broken("it has no tables Organization, Integration and Post, so it is none of Postiz's database")
            }
        } catch {
            contents.close()
            throw error
        }
        return contents
    }
}
