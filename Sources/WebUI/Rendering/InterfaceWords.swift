import Application
import Domain
import Foundation

/// What the product says, in every language: read once, and said in pages, in mails and by `postiz doctor`.
public struct InterfaceWords: Sendable {
    let catalogue: Catalogue

    /// Reads the catalogue beside the pages. Throws when a file has a mistake, and an error that says where it was looked for when there is none.
    public init() throws { try self.init(in: ResourceFolder.locate()) }

    /// As `init`; nil where the files of the pages are missing.
    public static func whereShipped() throws -> InterfaceWords? {
        do {
            return try InterfaceWords()
        } catch is ResourceFolder.Missing {
            return nil
        }
    }

    /// `folder` holds the files of the pages.
    init(in folder: URL) throws { catalogue = try Catalogue(folder: folder.appending(path: "templates")) }

    /// Says mails in the language of whoever gets them.
    public var speaker: Speaker {
        Speaker { [catalogue] reader in
            Voice(words: catalogue.words(for: reader.locale), time: LocalTime(zone: reader.timeZone, locale: reader.locale))
        }
    }
}
