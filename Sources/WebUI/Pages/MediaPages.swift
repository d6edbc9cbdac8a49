import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// The library of uploaded files.
struct MediaPages {
    func show(_ visit: Visit) async throws -> Response {
        let page = try await visit.services.media.list(as: visit.caller, cursor: visit.query.given("cursor"), limit: 36)
        let model: Model = [
            "media": page.items.map { item($0, visit) }, "hasMedia": !page.items.isEmpty,
            "nextPage": page.nextCursor.map { link("/media", ["cursor": $0]) },
        ]
        return try await visit.site.page("pages/media", title: visit.words("media"), model, for: visit, script: "elements/media-drop.js")
    }

    private func item(_ media: MediaView, _ visit: Visit) -> Model {
        let size = media.width.flatMap { width in media.height.map { "\(width) × \($0)" } }
        let length = media.duration.map { visit.words("seconds", ["count": String(Int($0.rounded()))]) }
        let bytes = ByteCountFormatStyle(style: .file, locale: visit.time.locale).format(Int64(media.size))
        let picture = media.thumbnailUrl ?? ([.image, .animation].contains(media.kind) ? media.url : nil)
        return [
            "id": media.id.text, "url": media.url, "name": media.name, "alt": media.altText ?? "", "thumbnail": picture,
            "openLabel": visit.words("openFile", ["name": media.name]),
            "facts": [visit.words("kind_\(media.kind.rawValue)"), size, length, bytes].compactMap(\.self).joined(separator: " · "),
        ]
    }

    func describe(_ visit: Visit) async throws -> Response {
        let id: MediaID = try visit.id("file")
        let media = try await visit.services.media.get(id, as: visit.caller)
        let text = try await visit.form().text("altText")
        _ = try await visit.services.media.update(id, altText: text, name: media.name, as: visit.caller)
        return try visit.redirect(to: "/media", Toast(visit.words("done_save")))
    }

    func delete(_ visit: Visit) async throws -> Response {
        do {
            try await visit.services.media.remove(try visit.id("file"), as: visit.caller)
            return try visit.redirect(to: "/media", Toast(visit.words("done_deleteFile")))
        } catch let report as ProblemReport where report.code == .mediaInUse {
            return try visit.redirect(to: "/media", Toast(report.message))
        }
    }
}
