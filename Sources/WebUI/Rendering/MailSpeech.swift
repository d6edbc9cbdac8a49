import Application
import Domain
import Foundation

extension Voice: MailVoice {
    func moment(_ instant: Timestamp) -> String { time.moment(instant) }
}

extension Speaker {
    /// Says mails by the catalogue of the pages, whose files are in `folder`. Throws when one of them has a mistake.
    public init(wordsIn folder: URL) throws {
        let catalogue = try Catalogue(folder: folder.appending(path: "templates"))
        self.init { reader in
            let words = catalogue.words(for: reader.locale)
            return Voice(words: words, time: LocalTime(zone: reader.timeZone, locale: reader.locale))
        }
    }
}
