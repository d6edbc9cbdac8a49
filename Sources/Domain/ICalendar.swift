/// A calendar as RFC 5545 writes it.
public struct ICalendar: Sendable {
    public enum Certainty: String, Sendable { case tentative = "TENTATIVE", confirmed = "CONFIRMED", cancelled = "CANCELLED" }

    public struct Event: Sendable {
        /// The same for ever, and nobody else's.
        public let uid: String
        public let start: Timestamp
        public let lasting: Duration
        public let changed: Timestamp
        /// Counts changes.
        public let sequence: Int
        public let summary: String
        public let description: String
        public let url: String
        public let categories: [String]
        public let certainty: Certainty

        public init(
            uid: String, start: Timestamp, lasting: Duration, changed: Timestamp, sequence: Int, summary: String, description: String, url: String,
            categories: [String], certainty: Certainty
        ) {
            self.uid = uid
            self.start = start
            self.lasting = lasting
            self.changed = changed
            self.sequence = sequence
            self.summary = summary
            self.description = description
            self.url = url
            self.categories = categories
            self.certainty = certainty
        }
    }

    public let name: String
    public let events: [Event]

    public init(name: String, events: [Event]) {
        self.name = name
        self.events = events
    }

    /// The file: UTF-8, lines of at most 75 octets that end in CR LF.
    public var text: String {
        let head = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Postiz in Swift//Calendar//EN", "CALSCALE:GREGORIAN", "NAME:\(Self.escaped(name))",
            "X-WR-CALNAME:\(Self.escaped(name))", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
        ]
        return (head + events.flatMap(Self.lines) + ["END:VCALENDAR"]).map { Self.folded($0) + "\r\n" }.joined()
    }

    private static func lines(of event: Event) -> [String] {
        var lines = [
            "BEGIN:VEVENT", "UID:\(escaped(event.uid))", "DTSTAMP:\(stamp(event.changed))", "LAST-MODIFIED:\(stamp(event.changed))",
            "SEQUENCE:\(event.sequence)", "DTSTART:\(stamp(event.start))", "DTEND:\(stamp(event.start + event.lasting))",
            "SUMMARY:\(escaped(event.summary))", "DESCRIPTION:\(escaped(event.description))", "URL:\(event.url)",
            "STATUS:\(event.certainty.rawValue)", "TRANSP:TRANSPARENT",
        ]
        if !event.categories.isEmpty { lines.append("CATEGORIES:\(event.categories.map(escaped).joined(separator: ","))") }
        return lines + ["END:VEVENT"]
    }

    /// `20261128T120000Z`
    static func stamp(_ time: Timestamp) -> String {
        time.description.prefix { $0 != "." }.filter { $0 != "-" && $0 != ":" && $0 != "Z" } + "Z"
    }

    /// TEXT of section 3.3.11; signs that may not stand there are left out.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", ";", ",": result.append(contentsOf: ["\\", scalar])
            case "\n": result.append(contentsOf: ["\\", "n"])
            case "\t": result.append(scalar)
            case _ where scalar.properties.generalCategory == .control: continue
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Section 3.1: a long line goes on behind a blank, and no sign is cut in two.
    static func folded(_ line: String) -> String {
        var (result, length) = (String.UnicodeScalarView(), 0)
        for scalar in line.unicodeScalars {
            let size = UTF8.width(scalar)
            if length + size > 75 {
                result.append(contentsOf: ["\r", "\n", " "])
                length = 1
            }
            result.append(scalar)
            length += size
        }
        return String(result)
    }
}
