/// An `INSERT` of a dump, which may go over many lines.
struct DumpStatement {
    private enum Place { case open, text, escapedText, name }

    private var bytes: [UInt8] = []
    private var place = Place.open
    private(set) var isComplete = false

    /// Adds a line. What stands in quotes does not end it.
    mutating func append(_ line: ArraySlice<UInt8>) {
        if !bytes.isEmpty { bytes.append(0x0A) }
        var skips = false
        var before: UInt8 = 0
        for byte in line {
            defer { before = byte }
            if skips {
                skips = false
                continue
            }
            switch (place, byte) {
            case (.open, 0x27): place = before == 0x45 ? .escapedText : .text
            case (.open, 0x22): place = .name
            case (.text, 0x27), (.escapedText, 0x27), (.name, 0x22): place = .open
            case (.escapedText, 0x5C): skips = true
            default: break
            }
        }
        bytes += line
        isComplete = place == .open && line.last == 0x3B
    }

    /// The table, its columns where they are named, and the rows. Nil for a table for which `isWanted` is false, and for what is no such statement.
    func inserted(where isWanted: (String) -> Bool) -> (table: String, columns: [String]?, rows: [[String?]])? {
        var words = DumpWords(String(decoding: bytes, as: UTF8.self).dropFirst("INSERT INTO ".count))
        guard let table = words.qualifiedName(), isWanted(table) else { return nil }
        let columns = words.list()
        guard words.skip(past: "VALUES") else { return nil }
        var rows: [[String?]] = []
        while let row = words.values() { rows.append(row) }
        return (table, columns, rows)
    }

    /// The column that a line of a `CREATE TABLE` makes; nil for a constraint.
    static func columnDefined(by line: String) -> String? {
        var words = DumpWords(line.drop { $0 == " " })
        if words.rest.hasPrefix("CONSTRAINT ") { return nil }
        return words.name()
    }
}

/// Names and values of SQL, from the beginning of a text.
struct DumpWords {
    private(set) var rest: Substring

    init(_ text: Substring) { rest = text }

    /// The last part of `schema."Table"`.
    mutating func qualifiedName() -> String? {
        guard var found = name() else { return nil }
        while rest.first == "." {
            rest.removeFirst()
            guard let next = name() else { return nil }
            found = next
        }
        return found
    }

    /// Bare, or in double quotes.
    mutating func name() -> String? {
        if rest.unicodeScalars.first == "\"" { return quoted("\"", escapes: false) }
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }
        rest = rest[name.endIndex...]
        return name.isEmpty ? nil : String(name)
    }

    /// Names in brackets; nil where there are none.
    mutating func list() -> [String]? {
        skipSpace()
        guard rest.first == "(" else { return nil }
        var names: [String] = []
        repeat {
            rest.removeFirst()
            skipSpace()
            guard let name = name() else { return nil }
            names.append(name)
            skipSpace()
        } while rest.first == ","
        guard rest.first == ")" else { return nil }
        rest.removeFirst()
        return names
    }

    mutating func skip(past word: String) -> Bool {
        guard let range = rest.range(of: word) else { return false }
        rest = rest[range.upperBound...]
        return true
    }

    /// A row in brackets; nil where there is none any more.
    mutating func values() -> [String?]? {
        skipSpace()
        if rest.first == "," { rest.removeFirst() }
        skipSpace()
        guard rest.first == "(" else { return nil }
        var values: [String?] = []
        repeat {
            rest.removeFirst()
            skipSpace()
            values.append(value())
            rest = rest.drop { $0 != "," && $0 != ")" }
        } while rest.first == ","
        guard rest.first == ")" else { return nil }
        rest.removeFirst()
        return values
    }

    private mutating func value() -> String? {
        let scalars = rest.unicodeScalars
        if scalars.first == "'" { return quoted("'", escapes: false) }
        if scalars.first == "E", scalars.dropFirst().first == "'" {
            rest = Substring(scalars.dropFirst())
            return quoted("'", escapes: true)
        }
        let word = rest.prefix { $0 != "," && $0 != ")" }
        rest = rest[word.endIndex...]
        let text = word.filter { !$0.isWhitespace }
        return text.uppercased() == "NULL" ? nil : text
    }

    private mutating func quoted(_ mark: Unicode.Scalar, escapes: Bool) -> String? {
        // By scalars: a mark that follows a quote would make one character with it.
        var text = String.UnicodeScalarView()
        var scalars = rest.unicodeScalars.dropFirst()
        while let next = scalars.popFirst() {
            if next == mark {
                guard scalars.first == mark else {
                    rest = Substring(scalars)
                    return String(text)
                }
                scalars.removeFirst()
            } else if escapes, next == "\\", let behind = scalars.popFirst() {
                text.append(Self.escapes[behind] ?? behind)
                continue
            }
            text.append(next)
        }
        return nil
    }

    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = ["n": "\n", "r": "\r", "t": "\t", "b": "\u{8}", "f": "\u{c}"]

    private mutating func skipSpace() { rest = rest.drop { $0.isWhitespace } }
}
