/// What is wrong with the media of one part on one channel.
struct MediaCheck {
    let channel: ChannelContext
    let part: Int
    let place: String

    private var rule: MediaRule { channel.descriptor.media }
    private var limits: AccountLimits { channel.integration.limits }

    func problems(of ids: [MediaID], in media: [MediaID: Media]) -> [Problem] {
        let missing = ids.filter { media[$0] == nil }.map {
            channel.problem(
                .mediaMissing, "a file of \(place) is no longer in the media library: upload it again or remove it.", part: part,
                mediaId: $0)
        }
        let files = ids.compactMap { media[$0] }
        return missing + countProblems(of: files) + files.flatMap(fileProblems)
    }

    private func countProblems(of files: [Media]) -> [Problem] {
        let kinds = MediaKind.allCases.filter { kind in maximum(of: kind) > 0 && files.contains { $0.kind == kind } }
        if kinds.count > 1, !rule.mixing {
            let found = kinds.map(\.plural).joined(separator: " and ")
            return [
                channel.problem(
                    .mixedMedia, "\(place) has \(found), which \(channel.descriptor.name) does not take together: keep one kind.",
                    part: part)
            ]
        }
        var problems = kinds.compactMap { kind in
            tooMany(files.count { $0.kind == kind }, of: maximum(of: kind), kind.plural)
        }
        // Where kinds may be mixed, all together fill the same places.
        if kinds.count > 1, problems.isEmpty, let together = kinds.map(maximum).max() {
            problems += [tooMany(files.count { kinds.contains($0.kind) }, of: together, "files")].compactMap(\.self)
        }
        return problems
    }

    private func tooMany(_ count: Int, of maximum: Int, _ what: String) -> Problem? {
        guard count > maximum else { return nil }
        return channel.problem(.tooManyMedia, "\(place) has \(count) \(what), at most \(maximum): remove \(count - maximum).", part: part)
    }

    private func maximum(of kind: MediaKind) -> Int {
        let maximum = rule.maximum(of: kind)
        return kind == .image && maximum > 0 ? limits.mediaCount ?? maximum : maximum
    }

    private func fileProblems(_ file: Media) -> [Problem] {
        guard maximum(of: file.kind) > 0, let fileRule = rule.rule(for: file.kind) else {
            return [problem(.mediaNotAllowed, file, "cannot go along: \(channel.descriptor.name) takes no \(file.kind.plural). Remove it.")]
        }
        let types = limits.mediaTypes ?? fileRule.types
        guard types.contains(file.mimeType) else {
            return [problem(.mediaType, file, "is \(file.mimeType); use one of \(types.joined(separator: ", ")).")]
        }
        let findings = FileInspection(file: file, rule: fileRule, limits: limits).findings
        return findings.map { problem($0.code, file, $0.message) } + altTextProblems(file)
    }

    private func altTextProblems(_ file: Media) -> [Problem] {
        let limit = limits.altTextLength ?? rule.altTextLimit
        guard limit > 0 else { return [] }
        let text = file.altText ?? ""
        if text.allSatisfy(\.isWhitespace) {
            guard [.image, .animation].contains(file.kind) else { return [] }
            return [
                problem(
                    .altTextMissing, file, "has no alternative text: describe it for people who do not see it.", severity: .warning)
            ]
        }
        let length = text.unicodeScalars.count
        guard length > limit else { return [] }
        return [
            problem(.altTextTooLong, file, "has an alternative text of \(length) of \(limit) characters: shorten it by \(length - limit).")
        ]
    }

    private func problem(
        _ code: Problem.Code, _ file: Media, _ message: String, severity: Problem.Severity = .error
    ) -> Problem {
        channel.problem(code, "'\(file.name)' \(message)", severity: severity, part: part, mediaId: file.id)
    }
}

extension MediaKind {
    /// How messages call several of them.
    fileprivate var plural: String {
        switch self {
        case .image: "pictures"
        case .animation: "animated GIFs"
        case .video: "videos"
        case .audio: "audio files"
        case .document: "documents"
        }
    }
}
