/// What is wrong with a post's parts and settings on one channel.
struct ChannelCheck {
    let channel: ChannelContext
    let media: [MediaID: Media]
    private let parts: [PostPart]
    private let hasOwnVersion: Bool
    private let settings: [String: JSONValue]

    init(channel: ChannelContext, content: PostContent, media: [MediaID: Media]) {
        self.channel = channel
        self.media = media
        let id = channel.integration.id
        parts = content.parts(for: id)
        hasOwnVersion = content.versions[id] != nil
        settings = content.settings[id] ?? [:]
    }

    var problems: [Problem] { threadProblems + contentProblems + neededProblems + loneProblems + standardProblems + fetchingProblems }

    private var descriptor: PlatformDescriptor { channel.descriptor }

    private var threadProblems: [Problem] {
        let thread = descriptor.thread
        guard parts.count > 1 else { return [] }
        if thread.kind == .none {
            return [
                channel.problem(
                    .threadNotSupported,
                    "\(descriptor.name) has no threads and the post has \(parts.count) parts: put it all in one part.",
                    part: 1)
            ]
        }
        guard parts.count > thread.maxParts else { return [] }
        return [
            channel.problem(
                .tooManyParts, "the post has \(parts.count) of \(thread.maxParts) parts: remove \(parts.count - thread.maxParts).",
                part: thread.maxParts)
        ]
    }

    /// Only the settings that apply to the chosen kind can be missing.
    private var neededProblems: [Problem] {
        let chosen = channel.integration.settings.merging(settings) { $1 }
        return descriptor.settings.filter { field in
            guard field.required else { return false }
            let value = chosen[field.name].flatMap { $0 == .null ? nil : $0 } ?? field.defaultValue
            return value == .null || value.string?.allSatisfy(\.isWhitespace) == true
        }.map { field in
            channel.problem(
                .settingInvalid, "the setting '\(field.name)' (\(field.label)) is needed\(field.help.isEmpty ? "." : ": \(field.help)")",
                field: field.name)
        }
    }

    /// What means something only beside another setting that is not filled in.
    private var loneProblems: [Problem] {
        let chosen = channel.integration.settings.merging(settings) { $1 }
        func isSet(_ field: SettingField) -> Bool {
            guard let value = chosen[field.name], value != .null, value != field.defaultValue else { return false }
            return value.string?.allSatisfy(\.isWhitespace) != true
        }
        return descriptor.settings.compactMap { field in
            guard isSet(field), let other = descriptor.settings.first(where: { $0.name == field.needs }), !isSet(other) else { return nil }
            return channel.problem(
                .settingInvalid,
                "the setting '\(field.name)' (\(field.label)) needs '\(other.name)' (\(other.label)): fill that in too, or leave both out.",
                field: field.name)
        }
    }

    /// What the author left as it was may not suit the account's server.
    private var standardProblems: [Problem] {
        let limits = channel.integration.limits
        return descriptor.settings.filter { $0.format == .pollSeconds && settings[$0.name] == nil }.compactMap { field in
            let value = channel.integration.settings[field.name] ?? field.defaultValue
            return SettingCheck.fault(of: value, in: field, limits: limits).map {
                channel.problem(.settingInvalid, "the setting '\(field.name)' \($0)", field: field.name)
            }
        }
    }

    private var fetchingProblems: [Problem] {
        guard let warning = descriptor.reachWarning(filesReachable: channel.filesReachable), parts.contains(where: { !$0.mediaIds.isEmpty }) else {
            return []
        }
        return [channel.problem(.mediaUnreachable, warning, severity: .warning)]
    }

    private var contentProblems: [Problem] {
        guard !parts.allSatisfy(\.isEmpty) else {
            // That the shared text is empty is said once, for the post as a whole.
            let message = "its own version of the post is empty: write something or add a picture or video."
            return hasOwnVersion ? [channel.problem(.emptyPost, message)] : []
        }
        return parts.indices.flatMap { textProblems(of: $0) + mediaProblems(of: $0) }
    }

    private func textProblems(of index: Int) -> [Problem] {
        let part = parts[index]
        if part.isEmpty {
            return [channel.problem(.emptyPart, "part \(index + 1) is empty: fill it or remove it.", part: index)]
        }
        if part.hasNoText, !descriptor.text.optionalWithMedia {
            return [channel.problem(.emptyPart, "\(place(index)) needs a text besides its media.", part: index)]
        }
        return forbiddenProblems(of: index) + lengthProblems(of: index)
    }

    private func forbiddenProblems(of index: Int) -> [Problem] {
        guard !descriptor.text.forbidden.isEmpty else { return [] }
        func name(_ scalar: Unicode.Scalar) -> String { "U+" + String(repeating: "0", count: max(0, 4 - hex(scalar).count)) + hex(scalar) }
        func hex(_ scalar: Unicode.Scalar) -> String { String(scalar.value, radix: 16, uppercase: true) }
        let present = Set(parts[index].text.unicodeScalars.filter { descriptor.text.forbidden.contains(name($0)) })
        guard !present.isEmpty else { return [] }
        let visible = present.filter(\.isASCII).sorted().map { String($0) }
        let names = descriptor.text.forbidden.filter(Set(present.map(name)).contains).joined(separator: ", ")
        let message =
            visible.isEmpty
            ? "holds an invisible character that \(descriptor.name) refuses (\(names)): remove it, or type the text anew."
            : "holds \(visible.joined(separator: " and ")), which \(descriptor.name) refuses: replace it."
        return [channel.problem(.textForbidden, "\(place(index)) \(message)", part: index)]
    }

    private func lengthProblems(of index: Int) -> [Problem] {
        let postSettings = channel.integration.settings.merging(settings) { $1 }
        let (count, limit) = PostValidator.length(
            of: parts[index], descriptor: descriptor, limits: channel.integration.limits, settings: postSettings, isFollowUp: index > 0)
        let unit = descriptor.text.counting == .utf8 ? "bytes" : "characters"
        let counted = descriptor.settings.filter { $0.countsAsText && postSettings[$0.name]?.string?.isEmpty == false }.map(\.label)
        let with = counted.isEmpty ? "" : " with its \(counted.joined(separator: ", ").lowercased())"
        if count > limit {
            return [
                channel.problem(
                    .textTooLong, "\(place(index))\(with) has \(count) of \(limit) \(unit): shorten it by \(count - limit).", part: index)
            ]
        }
        let bytes = parts[index].text.utf8.count
        if let most = descriptor.text.maxBytes, bytes > most {
            return [
                channel.problem(
                    .textTooLong,
                    "\(place(index)) has \(bytes) of \(most) bytes: shorten it, or use fewer emoji, which take many bytes each.", part: index)
            ]
        }
        guard !descriptor.text.countingDocumented, count * 20 > limit * 19 else { return [] }
        return [
            channel.problem(
                .textNearLimit,
                "\(place(index))\(with) has about \(count) of \(limit) \(unit). \(descriptor.name) does not say how it counts: "
                    + "it may refuse the text, so better shorten it.",
                severity: .warning, part: index)
        ]
    }

    private func mediaProblems(of index: Int) -> [Problem] {
        let part = parts[index]
        guard !part.mediaIds.isEmpty else {
            guard index == 0, descriptor.media.required else { return [] }
            return [channel.problem(.mediaRequired, "\(descriptor.name) needs a picture or video: add one.", part: index)]
        }
        if index > 0, !descriptor.thread.followUpMedia {
            let what = descriptor.thread.kind == .comments ? "a comment" : "a further part"
            return [
                channel.problem(
                    .mediaNotAllowed, "\(what) cannot have media on \(descriptor.name): remove them from part \(index + 1).", part: index)
            ]
        }
        return MediaCheck(channel: channel, part: index, place: place(index)).problems(of: part.mediaIds, in: media)
    }

    /// How messages call a part: there are numbers only where there are several.
    private func place(_ index: Int) -> String { parts.count > 1 ? "part \(index + 1)" : "the post" }
}
