import Domain
import Foundation

extension Captions {
    /// Of the language alone, without script and region: `pt` of `pt-BR`.
    var baseLanguage: String { language.prefix { $0 != "-" }.lowercased() }

    /// `Portuguese (Brazil)`, in English.
    var languageName: String { Locale(identifier: "en").localizedString(forIdentifier: language) ?? language }

    /// With a region, as `pt_BR`: where the tag has none, that of the language's largest country.
    var locale: String {
        let whole = Locale.Language(identifier: Locale.Language(identifier: language).maximalIdentifier)
        return [whole.languageCode?.identifier ?? baseLanguage, whole.region?.identifier].compactMap(\.self).joined(separator: "_")
    }

    /// As a file to be sent.
    func file(named name: String, type: String, _ text: String) -> OutgoingMedia {
        let data = Data(text.utf8)
        let media = Media(
            id: MediaID(at: Timestamp(milliseconds: 0)), organizationId: OrganizationID(at: Timestamp(milliseconds: 0)), name: name, kind: .document,
            mimeType: type, size: data.count, digest: "", width: nil, height: nil, duration: nil, altText: nil, hasThumbnail: false,
            createdAt: Timestamp(milliseconds: 0))
        return OutgoingMedia(media: media) { offset, count in data.dropFirst(offset).prefix(count) }
    }
}

/// What goes with a film that is public already: captions, a playlist, an invitation.
struct Extra: Codable, Sendable {
    /// Why it was refused; nil when it was done.
    let note: String?

    /// A refusal is remembered as a note: the film stays. Throws what may pass by itself.
    static func refused(_ what: String, _ work: () async throws -> Void) async throws -> Extra {
        do {
            try await work()
            return Extra(note: nil)
        } catch let error as PlatformError where error.kind == .invalidContent && error.patience == nil {
            return Extra(note: "\(what): \(error.message)")
        }
    }
}

extension PublishedPart {
    mutating func note(_ text: String?) { if let text { notes = (notes ?? []) + [text] } }
}
