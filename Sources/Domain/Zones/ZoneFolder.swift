import Foundation

/// A folder of TZif files as systems have it: `/usr/share/zoneinfo`, or the one beside a release's executable.
public struct ZoneFolder: Sendable, Equatable {
    public let path: String

    public init(path: String) { self.path = path }

    /// Where the system's own zones are.
    public static let system = ZoneFolder(path: "/usr/share/zoneinfo")
    /// What ships with a release, beside its executable.
    public static var shipped: ZoneFolder {
        ZoneFolder(
            path: (Bundle.main.executableURL ?? Bundle.main.bundleURL).resolvingSymlinksInPath()
                .deletingLastPathComponent().appendingPathComponent("zoneinfo").path)
    }

    /// The newest edition of `folders`. A name that it lacks, because its package leaves old names out, is taken from the next.
    public static func newest(of folders: [ZoneFolder] = [.system, .shipped]) -> ZoneData {
        let found = folders.compactMap { folder in folder.edition.map { (folder, $0) } }
        let ordered = found.enumerated().sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }.map(\.element.0)
        guard let newest = ordered.first else { return .none }
        var rules = newest.rules(besides: [:])
        for older in ordered.dropFirst() { rules = older.rules(besides: rules) }
        return ZoneData(
            version: newest.edition ?? "", source: newest.path, date: newest.date, rules: rules, offered: newest.offered(of: rules))
    }

    /// Changes when the files are replaced: what is looked at now and then instead of reading everything.
    public var fingerprint: String {
        ["", "tzdata.zi", "+VERSION", "Europe/London"].map { name in
            guard let facts = try? FileManager.default.attributesOfItem(atPath: resolved(name)) else { return "-" }  // Not there: says so.
            return "\(facts[.systemFileNumber] ?? "") \(facts[.size] ?? "") \((facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0)"
        }.joined(separator: ";")
    }

    // MARK: Reading

    /// Nil when this is no folder of zones.
    private var edition: String? {
        guard FileManager.default.fileExists(atPath: resolved("Europe/London")) || !zoneNames.isEmpty else { return nil }
        let links = String(decoding: bytes(of: "tzdata.zi", atMost: 64) ?? [], as: UTF8.self)
        if let line = links.split(whereSeparator: \.isNewline).first, line.hasPrefix("# version ") { return String(line.dropFirst(10)) }
        return String(decoding: bytes(of: "+VERSION", atMost: 64) ?? [], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private var date: Timestamp? {
        ["tzdata.zi", "+VERSION"].lazy.compactMap { name in
            // Not there: the next one tells.
            (try? FileManager.default.attributesOfItem(atPath: resolved(name)))?[.modificationDate] as? Date
        }.first.map(Timestamp.init)
    }

    /// `known` with the zones of this folder that it lacks. A file that cannot be read is no zone.
    private func rules(besides known: [String: ZoneRules]) -> [String: ZoneRules] {
        var rules = known
        for name in zoneNames where rules[name] == nil {
            guard let file = bytes(of: name, atMost: ZoneRules.largestFile + 1) else { continue }
            // What is no zone file, such as a table of countries, is passed over.
            rules[name] = try? ZoneRules(file: file)
        }
        for (target, name) in links where rules[name] == nil { rules[name] = rules[target] }
        return rules
    }

    /// Besides the zones a folder holds them again with leap seconds (`right`) and without (`posix`), and what the system itself is set to.
    private static let others: Set<String> = ["right", "posix", "localtime", "posixrules", "Factory"]

    private var zoneNames: [String] {
        guard let entries = FileManager.default.enumerator(atPath: resolved("")) else { return [] }
        var names: [String] = []
        while names.count < 2000, let entry = entries.nextObject() as? String {
            if Self.others.contains(entry) {
                entries.skipDescendants()
            } else if Self.isName(entry) {
                names.append(entry)
            }
        }
        return names
    }

    /// Letters, digits and `_+-`, in pieces that begin with a capital letter: tables and notes do not.
    static func isName(_ text: String) -> Bool {
        let (capitals, small) = (UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"))
        return text.utf8.count <= 64
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { piece in
                guard let first = piece.utf8.first, capitals.contains(first) else { return false }
                return piece.utf8.allSatisfy { capitals.contains($0) || small.contains($0) || "0123456789_+-".utf8.contains($0) }
            }
    }

    /// The links of `tzdata.zi`, which is there also where the files of old names are not: `L America/Los_Angeles US/Pacific`.
    private var links: [(target: String, name: String)] {
        String(decoding: bytes(of: "tzdata.zi", atMost: 1_000_000) ?? [], as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 3, words[0] == "L", Self.isName(String(words[2])) else { return nil }
            return (String(words[1]), String(words[2]))
        }
    }

    /// The names in the table of countries; without one, all that are named after a place.
    private func offered(of rules: [String: ZoneRules]) -> [String] {
        let table = String(decoding: bytes(of: "zone.tab", atMost: 1_000_000) ?? [], as: UTF8.self)
        let names = table.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line -> String? in
            let columns = line.split(separator: "\t")
            return columns.count > 2 ? String(columns[2]) : nil
        }
        return names.isEmpty ? rules.keys.filter { $0.contains("/") && !$0.hasPrefix("Etc/") } : names
    }

    private func resolved(_ name: String) -> String {
        URL(fileURLWithPath: path, isDirectory: true).appendingPathComponent(name).resolvingSymlinksInPath().path
    }

    /// The beginning of a file; nil when there is none.
    private func bytes(of name: String, atMost limit: Int) -> [UInt8]? {
        guard let file = FileHandle(forReadingAtPath: "\(path)/\(name)") else { return nil }
        // A folder, or a file that went away meanwhile, is none.
        return (try? file.read(upToCount: limit)).flatMap { $0 }.map(Array.init)
    }
}
