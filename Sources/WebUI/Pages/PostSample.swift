import Application
import Domain

/// A post as one channel shows it, as far as it can be drawn without scripts: for the team on the post's page, and for clients.
struct PostSample {
    struct File {
        /// The file itself.
        let path: String
        /// A picture of it that is large enough here; nil where it is shown itself.
        var small: String?
        let isPicture: Bool
        let isFilm: Bool
        let name: String
        let altText: String?
    }

    let platform: PlatformID
    /// The account's name and handle.
    let name: String
    let handle: String
    let parts: [PostPart]
    let settings: [String: JSONValue]
    let files: [MediaID: File]
    let site: Site

    static func title(_ platform: PlatformID, _ name: String, _ site: Site) -> String {
        "\(site.services.platforms[platform]?.descriptor.name ?? platform.rawValue) · \(name)"
    }

    var model: Model {
        let descriptor = site.services.platforms[platform]?.descriptor
        let isThread = descriptor?.thread.kind == .replies
        let (first, rest) = (Array(parts.prefix(1)), Array(parts.dropFirst()))
        return [
            "title": Self.title(platform, name, site), "mark": descriptor?.mark ?? "–", "platform": platform.rawValue, "square": look.square,
            "parts": (isThread ? parts : first).map { drawn($0, look.blocks) },
            "isCommented": !isThread && !rest.isEmpty, "below": isThread ? [] : rest.map { drawn($0, [.text, .media]) },
        ]
    }

    private var look: PreviewLook { PreviewLook.of(platform) }

    private func drawn(_ part: PostPart, _ blocks: [PreviewLook.Block]) -> Model {
        let files = part.mediaIds.compactMap { self.files[$0] }
        let drawn: [Model] = blocks.compactMap { block in
            switch block {
            case .head: ["head": ["name": name, "handle": look.handle ? handle : nil, "face": name.prefix(1).uppercased()] as Model]
            case .title: setting(look.title).map { ["headline": $0] }
            case .warning: setting(look.warning).map { ["warned": $0] }
            case .text: part.text.isEmpty ? nil : ["said": part.text]
            case .media: files.isEmpty ? nil : ["media": media(files)]
            case .poll:
                look.poll.compactMap(setting).isEmpty
                    ? nil : ["poll": look.poll.compactMap(setting).flatMap { $0.split(separator: "|") }.map { ["answer": String($0)] as Model }]
            case .card, .deeds: nil
            }
        }
        return ["blocks": drawn]
    }

    private func setting(_ name: String?) -> String? { name.flatMap { settings[$0]?.string }.flatMap(\.unlessEmpty) }

    private func media(_ files: [File]) -> Model {
        // What is not seen of a file but goes out with it is shown in words: nobody approves unseen.
        let spoken = files.map { file in [file.isPicture ? nil : file.name, file.altText?.unlessEmpty].compactMap(\.self).joined(separator: " · ") }
        return [
            "count": String(files.count), "spoken": spoken.filter { !$0.isEmpty },
            "files": files.map { file -> Model in
                [
                    "path": file.path, "small": file.small ?? file.path, "picture": file.isPicture, "film": file.isFilm,
                    "other": !file.isPicture && !file.isFilm, "name": file.name, "alt": file.altText ?? "",
                ]
            },
        ]
    }
}

extension PostSample.File {
    init(_ file: ReviewByMail.File) {
        self.init(path: file.path, isPicture: file.isPicture, isFilm: file.isFilm, name: file.name, altText: file.altText)
    }

    init(_ file: MediaView) {
        self.init(
            path: file.url, small: file.kind == .image ? file.thumbnailUrl : nil, isPicture: [.image, .animation].contains(file.kind),
            isFilm: file.kind == .video, name: file.name, altText: file.altText)
    }
}
