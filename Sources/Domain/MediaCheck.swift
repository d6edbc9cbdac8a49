/// What is wrong with the media of one part on one channel.
struct MediaCheck {
    let channel: ChannelContext
    let part: Int
    let place: String

    private var rule: MediaRule { channel.descriptor.media(ofPart: part) }
    private var limits: AccountLimits { channel.integration.limits }

    func problems(of ids: [MediaID], in media: [MediaID: Media]) -> [Problem] {
        let missing = ids.filter { media[$0] == nil }.map {
            channel.problem(
                .mediaMissing, "a file of \(place) is no longer in the media library: upload it again or remove it.", part: part,
                mediaId: $0)
        }
        let files = ids.compactMap { media[$0] }
        return missing + countProblems(of: files) + files.flatMap { fileProblems($0, under: rule.applying(to: $0, among: files)) }
    }

    private func countProblems(of files: [Media]) -> [Problem] {
        let covers = files.filter { rule.applying(to: $0, among: files) != rule }
        let others = files.filter { rule.applying(to: $0, among: files) == rule }
        return [tooMany(covers.count, of: 1, "cover pictures"), sizeProblem(of: others)].compactMap(\.self) + countProblems(ofContent: others)
    }

    /// Pictures that are shown one after the other in the same frame.
    private func sizeProblem(of files: [Media]) -> Problem? {
        let sizes = files.filter { rule.kind(of: $0) == .image }.compactMap { file in
            file.width.flatMap { width in file.height.map { "\(width)×\($0)" } }
        }
        guard rule.uniform, Set(sizes).count > 1 else { return nil }
        return channel.problem(
            .mediaShape,
            "the pictures of \(place) have different sizes (\(sizes.joined(separator: ", "))): \(channel.descriptor.name) wants the same width and "
                + "height for all. Crop them alike.", part: part)
    }

    private func countProblems(ofContent files: [Media]) -> [Problem] {
        let found = files.map(rule.kind)
        let kinds = MediaKind.allCases.filter { maximum(of: $0, under: rule) > 0 && found.contains($0) }
        if kinds.count > 1, !rule.mixing {
            let both = kinds.map(\.plural).joined(separator: " and ")
            return [
                channel.problem(
                    .mixedMedia, "\(place) has \(both), which \(channel.descriptor.name) does not take together: keep one kind.",
                    part: part)
            ]
        }
        var problems = kinds.compactMap { kind in
            tooMany(found.count { $0 == kind }, of: maximum(of: kind, under: rule), kind.plural)
        }
        // Where kinds may be mixed, all together fill the same places.
        if kinds.count > 1, problems.isEmpty, let together = kinds.map({ maximum(of: $0, under: rule) }).max() {
            problems += [tooMany(found.count { kinds.contains($0) }, of: together, "files")].compactMap(\.self)
        }
        return problems
    }

    private func tooMany(_ count: Int, of maximum: Int, _ what: String) -> Problem? {
        guard count > maximum else { return nil }
        return channel.problem(.tooManyMedia, "\(place) has \(count) \(what), at most \(maximum): remove \(count - maximum).", part: part)
    }

    private func maximum(of kind: MediaKind, under rule: MediaRule) -> Int {
        let maximum = rule.maximum(of: kind)
        return kind == .image && maximum > 0 ? limits.mediaCount ?? maximum : maximum
    }

    private func fileProblems(_ file: Media, under rule: MediaRule) -> [Problem] {
        let kind = rule.kind(of: file)
        guard maximum(of: kind, under: rule) > 0, let fileRule = rule.rule(for: kind) else {
            return [problem(.mediaNotAllowed, file, "cannot go along: \(channel.descriptor.name) takes no \(file.kind.plural). Remove it.")]
        }
        let inspection = FileInspection(file: file, rule: fileRule, limits: limits)
        if let fitting = rule.fitting(of: file, limits: limits) {
            let faults = inspection.findingsAfterFitting.map { problem($0.code, file, $0.message) }
            return (faults.isEmpty ? [fitted(file, fitting)] : faults) + altTextProblems(file, under: rule)
        }
        if let conversion = rule.conversion(of: file, limits: limits) {
            return convertible(file, conversion, inspection, fileRule) + altTextProblems(file, under: rule) + captionProblems(file, fileRule)
        }
        let types = limits.mediaTypes ?? fileRule.types
        guard types.contains(file.mimeType) else {
            return [problem(.mediaType, file, "is \(file.mimeType); use one of \(types.joined(separator: ", ")).")]
        }
        return movementProblems(file, under: rule) + inspection.findings.map { problem($0.code, file, $0.message) }
            + altTextProblems(file, under: rule) + captionProblems(file, fileRule)
    }

    private func fitted(_ file: Media, _ fitting: PictureFitting) -> Problem {
        let isSmaller = file.size > fitting.maxBytes || (file.width ?? 0) * (file.height ?? 0) > fitting.maxPixels ?? .max
        let size = fitting.maxPixels.map { " and \($0) pixels in all" } ?? ""
        let limit = isSmaller ? " of at most \(FileInspection.megabytes(fitting.maxBytes, up: false)) MB\(size)" : ""
        return problem(
            .mediaFitted, file, "is sent to \(channel.descriptor.name) as a JPEG\(limit). Your file stays as it is.", severity: .warning)
    }

    private func convertible(_ file: Media, _ fitting: FilmFitting, _ inspection: FileInspection, _ fileRule: FileRule) -> [Problem] {
        let name = channel.descriptor.name
        switch file.conversion(to: fitting) {
        case let conversion? where conversion.state == .ready:
            return [
                problem(.mediaFitted, file, "is sent to \(name) as the MP4 that was made of it. Your file stays as it is.", severity: .warning)
            ]
        case let conversion? where conversion.state == .waiting:
            return [
                problem(
                    .mediaConverting, file, "is being converted for \(name). The post waits for it, should it not be ready in time.",
                    severity: .warning)
            ]
        case let conversion?:
            let reason = conversion.reason ?? "nobody knows why"
            return [problem(.mediaFormat, file, "could not be converted for \(name): \(reason). Convert it yourself and upload that.")]
        case nil:
            let types = limits.mediaTypes ?? fileRule.types
            let wrongType: FileInspection.Finding? =
                types.contains(file.mimeType) ? nil : (.mediaType, "is \(file.mimeType); use one of \(types.joined(separator: ", ")).")
            return ([wrongType].compactMap(\.self) + inspection.findings).map {
                problem($0.code, file, "\($0.message) Or have it converted.", mend: .convert)
            }
        }
    }

    private func movementProblems(_ file: Media, under rule: MediaRule) -> [Problem] {
        guard file.kind == .animation, rule.kind(of: file) == .image else { return [] }
        return [
            problem(
                .mediaStill, file,
                "may stand still: \(channel.descriptor.name) takes \(file.mimeType) as a picture without movement. A GIF or a video moves.",
                severity: .warning)
        ]
    }

    private func isPicture(_ file: Media) -> Bool {
        [.image, .animation].contains(file.kind)
    }

    private func altTextProblems(_ file: Media, under rule: MediaRule) -> [Problem] {
        let limit = limits.altTextLength ?? rule.altTextLimit
        guard limit > 0, rule.altTextLimit > 0 else { return [] }
        let text = file.altText ?? ""
        if text.allSatisfy(\.isWhitespace) {
            guard isPicture(file) else { return [] }
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

    private func captionProblems(_ file: Media, _ rule: FileRule) -> [Problem] {
        guard !file.captionLanguages.isEmpty, !rule.captions else { return [] }
        return [
            problem(
                .captionsNotSent, file, "goes without its captions: \(channel.descriptor.name) takes none here. Let the film show them itself.",
                severity: .warning)
        ]
    }

    private func problem(
        _ code: Problem.Code, _ file: Media, _ message: String, severity: Problem.Severity = .error, mend: Problem.Mend? = nil
    ) -> Problem {
        channel.problem(code, "'\(file.name)' \(message)", severity: severity, part: part, mediaId: file.id, mend: mend)
    }
}

extension MediaKind {
    /// How messages call several of them.
    fileprivate var plural: String {
        switch self {
        case .image: "pictures"
        case .animation: "animations"
        case .video: "videos"
        case .audio: "audio files"
        case .document: "documents"
        }
    }
}
