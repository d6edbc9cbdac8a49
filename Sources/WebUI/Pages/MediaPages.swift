import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// What the library is divided into.
enum MediaTab: String, CaseIterable, Sendable {
    case all, used, unused, trash

    init(_ query: FormFields) { self = MediaTab(rawValue: query.text("show")) ?? .all }

    var used: Bool? {
        switch self {
        case .used: true
        case .unused: false
        case .all, .trash: nil
        }
    }
}

/// The library of uploaded files: a grid of pictures, and what there is to know of one of them beside it.
struct MediaPages {
    private static let onePage = 60

    func show(_ visit: Visit) async throws -> Response {
        let tab = MediaTab(visit.query)
        async let folders = visit.services.media.folders(as: visit.caller)
        let kind = visit.query.given("kind").flatMap(MediaKind.init)
        let folder = visit.query.given("folder").map { $0 == Self.noFolder ? "" : $0 }
        let page = try await visit.services.media.list(
            as: visit.caller, search: visit.query.given("q"), kind: kind, used: tab.used, folder: folder, inTrash: tab == .trash,
            cursor: visit.query.given("cursor"), limit: Self.onePage)
        let panel = try await MediaPanel(visit)?.model
        let isNarrowed = ["q", "kind", "folder"].contains { visit.query.given($0) != nil }
        let model: Model = [
            "media": page.items.map { tile($0, visit) }, "hasMedia": !page.items.isEmpty, "panel": panel, "open": panel != nil,
            "nextPage": page.nextCursor.map { address(visit, cursor: $0) }, "mediaTabs": tabs(tab, visit), "tab": tab.rawValue,
            "query": visit.query.given("q"), "kinds": kinds(kind, visit), "folders": options(try await folders, visit),
            "folderNames": try await folders, "clear": "/media?show=\(tab.rawValue)", "filtered": isNarrowed, "inTrash": tab == .trash,
            "first": tab == .all && !isNarrowed && page.items.isEmpty, "emptyTitle": visit.words("media_none_\(tab.rawValue)"),
            "trashNote": visit.words.count("trashKept", Int(visit.services.trash.keeps / .days(1))),
            "mayEmpty": visit.caller.may(.manage),
        ]
        return try await visit.site.page("pages/media", title: visit.words("media"), model, for: visit, script: "elements/media-library.js")
    }

    /// In an address: what is in no folder.
    private static let noFolder = "-"

    /// This page with another file, tab or place in it.
    private func address(_ visit: Visit, show: String? = nil, file: String? = nil, cursor: String? = nil) -> String {
        link(
            "/media",
            [
                "show": show ?? visit.query.given("show"), "q": visit.query.given("q"), "kind": visit.query.given("kind"),
                "folder": visit.query.given("folder"), "cursor": cursor ?? (file == nil ? nil : visit.query.given("cursor")), "file": file,
            ])
    }

    private func tabs(_ chosen: MediaTab, _ visit: Visit) -> [Model] {
        MediaTab.allCases.map {
            ["label": visit.words("media_\($0.rawValue)"), "href": address(visit, show: $0.rawValue), "current": $0 == chosen]
        }
    }

    private func kinds(_ chosen: MediaKind?, _ visit: Visit) -> [Model] {
        [["value": "", "label": visit.words("anyKind")]]
            + MediaKind.allCases.map { ["value": $0.rawValue, "label": visit.words("kind_\($0.rawValue)"), "selected": $0 == chosen] }
    }

    private func options(_ folders: [String], _ visit: Visit) -> [Model] {
        let chosen = visit.query.text("folder")
        var fixed = [("", visit.words("anyFolder"))]
        if !folders.isEmpty { fixed.append((Self.noFolder, visit.words("noFolder"))) }
        return (fixed + folders.map { ($0, $0) }).map { ["value": $0.0, "label": $0.1, "selected": $0.0 == chosen] }
    }

    private func tile(_ media: MediaView, _ visit: Visit) -> Model {
        let needsWords = media.altText == nil && [.image, .animation].contains(media.kind)
        return [
            "id": media.id.text, "name": media.name, "href": address(visit, file: media.id.text), "thumbnail": MediaWords.picture(media),
            "current": media.id.text == visit.query.text("file"), "length": media.duration.map(MediaWords.length),
            "note": needsWords ? visit.words("altTextMissing") : nil, "kind": visit.words("kind_\(media.kind.rawValue)"),
        ]
    }

    // MARK: Deeds

    func describe(_ visit: Visit) async throws -> Response {
        let id: MediaID = try visit.id("file")
        let form = try await visit.form()
        let back = form.text("back").localPath(or: "/media?file=\(id)")
        return try await visit.orSay(back) {
            _ = try await visit.services.media.update(
                id, altText: form.text("altText"), name: form.given("name"), folder: form.text("folder"), as: visit.caller)
            return try visit.redirect(to: back, Toast(visit.words("done_save")))
        }
    }

    /// Keeps what was written or chosen as a film's captions, or removes those of the language that `remove` names.
    func caption(_ visit: Visit) async throws -> Response {
        let id: MediaID = try visit.id("file")
        let form = try await visit.form()
        let back = form.text("back").localPath(or: "/media?file=\(id)")
        return try await visit.orSay(back) {
            if let language = form.given("remove") {
                _ = try await visit.services.media.removeCaptions(in: language, of: id, as: visit.caller)
            } else {
                _ = try await visit.services.media.setCaptions(form.text("captions"), in: form.text("language"), of: id, as: visit.caller)
            }
            return try visit.redirect(to: back, Toast(visit.words("done_save")))
        }
    }

    private enum Deed: String { case folder, delete, restore, purge }

    /// What is done with several files at once, each by itself: one refusal stops no other.
    func perform(_ visit: Visit) async throws -> Response {
        guard let deed = visit.context.parameters.get("deed").flatMap(Deed.init) else { throw ProblemReport.notFound("action") }
        let form = try await visit.form()
        let back = form.text("back").localPath(or: "/media")
        let chosen = (form.all("file") + visit.query.all("file")).compactMap(MediaID.init)
        guard !chosen.isEmpty else { return try visit.redirect(to: back, Toast(visit.words("media_chooseSome"))) }
        let folder = form.text("folder")
        var (done, refusals) = ([MediaID](), [String]())
        for id in chosen {
            do {
                try await perform(deed, id, folder, visit)
                done.append(id)
            } catch let report as ProblemReport {
                refusals.append(visit.say(report.message))
            }
        }
        let told = [done.isEmpty ? nil : visit.words.count("media_done_\(deed.rawValue)", done.count), refusals.first].compactMap(\.self)
        let undo = deed == .delete && !done.isEmpty ? "/media/chosen/restore?" + done.map { "file=\($0)" }.joined(separator: "&") : nil
        return try visit.redirect(to: back, Toast(told.joined(separator: " "), undo: undo))
    }

    private func perform(_ deed: Deed, _ id: MediaID, _ folder: String, _ visit: Visit) async throws {
        let media = visit.services.media
        switch deed {
        case .folder: _ = try await media.update(id, altText: nil, name: nil, folder: folder, as: visit.caller)
        case .delete: try await media.remove(id, as: visit.caller)
        case .restore: _ = try await media.restore(id, as: visit.caller)
        case .purge: try await media.remove(id, forGood: true, as: visit.caller)
        }
    }

    /// Empties the trash, of posts, files and channels alike.
    func emptyTrash(_ visit: Visit) async throws -> Response {
        let back = try await visit.form().text("back").localPath(or: "/media?show=trash")
        return try await visit.orSay(back) {
            let emptied = try await visit.services.trash.empty(as: visit.caller)
            let words =
                [visit.words.count("trash_posts", emptied.posts), visit.words.count("trash_files", emptied.files)]
                + (emptied.channels.nonZero.map { [visit.words.count("trash_channels", $0)] } ?? [])
            return try visit.redirect(to: back, Toast(visit.words("trash_emptied", ["what": words.joined(separator: ", ")])))
        }
    }
}

/// One file, with what can be changed and done.
struct MediaPanel {
    let model: Model

    /// Nil unless the address names a file that is there, if in the trash.
    init?(_ visit: Visit) async throws {
        guard let id = MediaID(visit.query.text("file")) else { return nil }
        let media: MediaView
        do {
            media = try await visit.services.media.get(id, orInTrash: true, as: visit.caller)
        } catch let report as ProblemReport where report.code == .notFound {
            return nil
        }
        let uses = try await visit.services.media.uses(of: id, as: visit.caller)
        let isNeeded = uses.contains { [.draft, .inReview, .scheduled, .publishing].contains($0.status) }
        let without = link(
            "/media",
            [
                "show": visit.query.given("show"), "q": visit.query.given("q"), "kind": visit.query.given("kind"),
                "folder": visit.query.given("folder"), "cursor": visit.query.given("cursor"),
            ])
        model = [
            "id": id.text, "url": media.url, "name": media.name, "alt": media.altText ?? "", "folder": media.folder ?? "", "close": without,
            "picture": [.image, .animation].contains(media.kind) ? media.url : nil, "film": media.kind == .video ? media.url : nil,
            "sound": media.kind == .audio ? media.url : nil, "facts": MediaWords.facts(media, visit),
            "added": visit.words("media_added", ["time": visit.time.moment(media.createdAt)]),
            "uses": uses.map { use -> Model in
                let look = StatusLook(use.status, visit.words)
                return [
                    "href": "/posts/\(use.post)", "words": use.opening.unlessEmpty ?? visit.words("onlyMedia"), "status": look.label,
                    "tone": look.tone,
                ]
            },
            "isUsed": !uses.isEmpty, "mayDelete": !isNeeded, "accept": media.kind.accepted, "back": visit.here,
            "deletedAt": media.deletedAt.map { visit.words("media_deletedAt", ["time": visit.time.moment($0)]) },
            "isThere": media.deletedAt == nil, "takesCaptions": media.kind == .video && media.deletedAt == nil,
            "describable": visit.services.ai.isConfigured && [.image, .animation].contains(media.kind),
            "hasCaptions": !media.captions.isEmpty,
            "captions": media.captions.map { language -> Model in
                ["language": language, "name": visit.time.locale.localizedString(forIdentifier: language) ?? language]
            },
        ]
    }
}

/// What is said of a file.
enum MediaWords {
    /// The address of what shows it small; nil where there is nothing to see.
    static func picture(_ media: MediaView) -> String? {
        media.thumbnailUrl ?? ([.image, .animation].contains(media.kind) ? media.url : nil)
    }

    /// `1:05`
    static func length(_ seconds: Double) -> String {
        let (minutes, rest) = Int(seconds.rounded()).quotientAndRemainder(dividingBy: 60)
        return "\(minutes):\(rest < 10 ? "0" : "")\(rest)"
    }

    static func facts(_ media: MediaView, _ visit: Visit) -> String {
        let size = media.width.flatMap { width in media.height.map { "\(width) × \($0)" } }
        let bytes = ByteCountFormatStyle(style: .file, locale: visit.time.locale).format(Int64(media.size))
        return [visit.words("kind_\(media.kind.rawValue)"), size, media.duration.map(length), bytes].compactMap(\.self).joined(separator: " · ")
    }
}

extension MediaKind {
    /// What a file chooser offers to take the place of one of this kind.
    fileprivate var accepted: String {
        switch self {
        case .image: "image/*"
        case .animation: "image/gif,image/webp,image/png"
        case .video: "video/*"
        case .audio: "audio/*,.m4a"
        case .document: "application/pdf,.doc,.docx,.ppt,.pptx"
        }
    }
}
