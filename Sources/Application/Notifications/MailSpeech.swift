import Domain

/// Who reads a mail: where it goes, in which language, with the clocks of which zone.
public struct MailReader: Sendable, Equatable {
    public let address: String
    /// Such as `de` or `de-AT`.
    public let locale: String
    public let timeZone: String
    /// The person, where they have an account.
    public let user: UserID?

    public init(address: String, locale: String, timeZone: String, user: UserID? = nil) {
        self.user = user
        self.address = address
        self.locale = locale
        self.timeZone = timeZone
    }

    init(_ user: User) { self.init(address: user.email, locale: user.locale, timeZone: user.timeZone, user: user.id) }
}

/// How one reader is told what the server says in English, with times of RFC 3339 in it.
public protocol MailVoice: Sendable {
    /// `text` in the reader's language, as far as it is known.
    func say(_ text: String) -> String
    /// An instant as the reader's clocks and habits show it.
    func moment(_ instant: Timestamp) -> String
}

/// Finds a reader's voice. The catalogue of words belongs to the pages, above this room: whoever puts the product together hands it in.
public struct Speaker: Sendable {
    let voice: @Sendable (MailReader) -> any MailVoice

    public init(_ voice: @escaping @Sendable (MailReader) -> any MailVoice) { self.voice = voice }

    /// English for everybody, with times such as `2026-11-24 09:00` in the reader's zone.
    public static let plain = Speaker { PlainVoice(zone: ZoneData.inForce.zone(named: $0.timeZone) ?? .utc) }
}

private struct PlainVoice: MailVoice {
    let zone: Zone

    func moment(_ instant: Timestamp) -> String { PostsAtRisk.words(instant, in: zone) }

    func say(_ text: String) -> String {
        text.replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)/) { match in
            Timestamp(String(match.output.0)).map(moment) ?? String(match.output.0)
        }
    }
}

/// A mail before it is said to somebody.
public struct MailDraft: Sendable, Equatable {
    public enum Line: Sendable, Equatable {
        /// A sentence of the server: it is said in the reader's language.
        case said(String)
        /// What people wrote, and addresses: it stays as it is.
        case written(String)
        /// A planned post by its time and how it begins.
        case post(at: Timestamp?, opening: String)
        /// Whose clocks the times above are of.
        case clocks
    }

    /// A sentence of the server, too.
    public let subject: String
    public let lines: [Line]

    init(subject: String, lines: [Line]) {
        self.subject = subject
        self.lines = lines
    }

    public func message(to reader: MailReader, by speaker: Speaker) -> MailMessage {
        let voice = speaker.voice(reader)
        let text = lines.map { line in
            switch line {
            case .said(let sentence): voice.say(sentence)
            case .written(let text): text
            case .post(let time, let opening): "- " + (time.map { voice.moment($0) + "  " } ?? "") + opening
            case .clocks: voice.say("Times are those of \(reader.timeZone).")
            }
        }
        return MailMessage(to: reader.address, subject: voice.say(subject), text: text.joined(separator: "\n") + "\n")
    }
}
