/// Compares settings with what a platform's descriptor declares.
public enum SettingCheck {
    /// The problems of `settings` on `channel`: unknown names, wrong types, values outside the options, texts that are too long or of the
    /// wrong form. Null means the default.
    public static func problems(_ settings: [String: JSONValue], on channel: ChannelContext) -> [Problem] {
        let fields = channel.descriptor.settings
        return settings.sorted { $0.key < $1.key }.compactMap { name, value in
            guard let field = fields.first(where: { $0.name == name }) else {
                let known = fields.isEmpty ? "It has none." : "Known are: \(fields.map(\.name).joined(separator: ", "))."
                return channel.problem(
                    .unknownSetting, "\(channel.descriptor.name) has no setting '\(name)'. \(known)", field: name)
            }
            return fault(of: value, in: field, limits: channel.integration.limits).map {
                channel.problem(.settingInvalid, "the setting '\(name)' \($0)", field: name)
            }
        }
    }

    /// What is wrong with a value, so that it follows the setting's name; nil where nothing is.
    static func fault(of value: JSONValue, in field: SettingField, limits: AccountLimits) -> String? {
        if value == .null { return nil }
        switch field.kind {
        case .toggle:
            return value.bool == nil ? "is true or false." : nil
        case .choice:
            let values = field.options.map(\.value)
            guard let choice = value.string, values.contains(choice) else { return "is one of \(values.joined(separator: ", "))." }
            return field.format == .pollSeconds ? fault(ofPollSeconds: choice, in: field, limits: limits) : nil
        case .text:
            guard let text = value.string else { return "is a text." }
            return fault(of: text, in: field, limits: limits)
        }
    }

    private static func fault(ofPollSeconds choice: String, in field: SettingField, limits: AccountLimits) -> String? {
        let range = (limits.pollMinSeconds ?? 0)...max(limits.pollMinSeconds ?? 0, limits.pollMaxSeconds ?? .max)
        guard let seconds = Int(choice), !range.contains(seconds) else { return nil }
        let possible = field.options.filter { Int($0.value).map(range.contains) ?? false }.map { "\($0.value) (\($0.label))" }
        return possible.isEmpty
            ? "does not suit this account's server, which takes none of the times there are to choose from."
            : "does not suit this account's server: choose one of \(possible.joined(separator: ", "))."
    }

    private static func fault(of text: String, in field: SettingField, limits: AccountLimits) -> String? {
        if text.isEmpty { return nil }
        if let answers = field.answers { return answers.fault(of: text, limits: limits) }
        if field.format == .languageTag {
            return LanguageTag.isKnown(text) ? nil : "is a language code such as en, pt-BR or zh-TW: '\(text.prefix(20))' is none."
        }
        let length = field.format == .keywords ? Keywords.length(of: Keywords.list(text)) : text.unicodeScalars.count
        if let most = field.maxLength, length > most {
            return "has \(length) of \(most) characters: shorten it by \(length - most)."
        }
        guard let pattern = field.pattern else { return nil }
        // A pattern that does not compile or gives up matches nothing.
        let matches = (try? Regex(pattern).wholeMatch(in: text)) != nil
        return matches ? nil : "does not have the expected form\(field.help.isEmpty ? "." : ": \(field.help)")"
    }
}
