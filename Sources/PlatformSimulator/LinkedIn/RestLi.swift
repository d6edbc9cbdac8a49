import Foundation

/// Rest.li's way of writing addresses: URNs percent-encoded, the brackets and commas around them bare.
enum RestLi {
    private static let badQuery = LinkedInError(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")

    /// The URN in the path: it must be encoded.
    static func urn(_ call: Call) throws -> String {
        guard !call.path.dropFirst(call.prefix.count).contains(":") else {
            throw LinkedInError(400, "ILLEGAL_ARGUMENT", "Syntax exception in path variables").refusal
        }
        let urn = call.parameter("urn")
        guard urn.hasPrefix("urn:li:") else { throw LinkedInError(400, "INVALID_URN_ID", "\(urn) is not a URN").refusal }
        return urn
    }

    /// A query value that is one URN.
    static func urn(_ call: Call, query name: String) throws -> String {
        guard let raw = call.rawQuery(name) else { throw LinkedInError.missing(name).refusal }
        guard !raw.contains(":"), raw.lowercased().contains("%3a") else { throw badQuery.refusal }
        return Encoding.decode(raw)
    }

    /// The URNs of `List(urn%3A…,urn%3A…)`; nil when the parameter is absent.
    static func list(_ call: Call, _ name: String) throws -> [String]? {
        guard let raw = call.rawQuery(name) else { return nil }
        guard raw.hasPrefix("List("), raw.hasSuffix(")"), !raw.contains(":") else { throw badQuery.refusal }
        return raw.dropFirst(5).dropLast().split(separator: ",").map { Encoding.decode($0) }
    }

    /// The URN of `(share:urn%3A…)` or `(ugc:urn%3A…)`.
    static func union(_ call: Call, _ name: String) throws -> String {
        guard let raw = call.rawQuery(name), let match = raw.wholeMatch(of: /\((share|ugc):(urn%3[Aa][^()]*)\)/) else {
            throw badQuery.refusal
        }
        return Encoding.decode(match.output.2)
    }

    /// The bounds of `(timeRange:(start:1,end:2),timeGranularityType:DAY)` in milliseconds; nil when the parameter is absent.
    static func timeRange(_ call: Call) throws -> (start: Date, end: Date)? {
        guard let raw = call.rawQuery("timeIntervals") else { return nil }
        let pattern = /\(timeRange:\(start:(\d+),end:(\d+)\),timeGranularityType:(DAY|MONTH)\)/
        guard let match = raw.wholeMatch(of: pattern), let start = Double(match.output.1), let end = Double(match.output.2), start < end
        else {
            throw badQuery.refusal
        }
        return (Date(timeIntervalSince1970: start / 1000), Date(timeIntervalSince1970: end / 1000))
    }
}

/// LinkedIn's "little text": reserved characters need a backslash, mentions and hashtags have their own form.
enum LittleText {
    private static let reserved = Set("\\|{}@[]()<>#*_~")

    /// What readers see. `raw` is the part of the source that survived; text ends at the first unescaped reserved character.
    static func render(_ source: String) -> (text: String, raw: String, wasTruncated: Bool) {
        var text = ""
        var rest = source[...]
        while let character = rest.first {
            if !reserved.contains(character) {
                text.append(character)
                rest = rest.dropFirst()
            } else if let (words, end) = markup(rest) {
                text += words
                rest = rest[end...]
            } else {
                return (text, String(source[..<rest.startIndex]), true)
            }
        }
        return (text, source, false)
    }

    /// The escape, mention or hashtag that `rest` starts with: its words and where it ends.
    private static func markup(_ rest: Substring) -> (words: String, end: String.Index)? {
        switch rest.first {
        case "\\":
            guard let next = rest.dropFirst().first, reserved.contains(next) else { return nil }
            return (String(next), rest.index(rest.startIndex, offsetBy: 2))
        case "@":
            return rest.prefixMatch(of: /@\[((?:[^\]\\]|\\.)+)\]\(urn:li:(?:organization|person):[A-Za-z0-9_-]+\)/).map {
                (unescaped($0.output.1), $0.range.upperBound)
            }
        case "{":
            return rest.prefixMatch(of: /\{hashtag\|\\?#\|([^}|]+)\}/).map { ("#" + unescaped($0.output.1), $0.range.upperBound) }
        case "#": return rest.prefixMatch(of: /#[\p{L}\p{N}]+/).map { (String($0.output), $0.range.upperBound) }
        default: return nil
        }
    }

    /// Without the backslashes, nothing cut: what counts against the limit.
    static func unescaped(_ source: some StringProtocol) -> String {
        guard source.contains("\\") else { return String(source) }
        return String(source).replacing(/\\([\\|{}@\[\]()<>#*_~])/) { String($0.output.1) }
    }
}
