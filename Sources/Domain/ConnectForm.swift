import Foundation

/// One thing that a person fills in to connect an account without a consent page.
public struct ConnectField: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case text = "TEXT"
        /// Never shown again and stored encrypted only.
        case secret = "SECRET"
        /// An address that begins with `https://`, or `http://` for servers of one's own network.
        case url = "URL"
    }
    public let name: String
    public let kind: Kind
    public let label: String
    /// Where to find it, in words.
    public let help: String
    public let required: Bool
    /// What is taken when the field is left empty.
    public let defaultValue: String
    public let maxLength: Int
    /// A regular expression that the value must match as a whole.
    public let pattern: String?

    public init(
        name: String, kind: Kind, label: String, help: String = "", required: Bool = true, defaultValue: String = "", maxLength: Int = 500,
        pattern: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.label = label
        self.help = help
        self.required = required
        self.defaultValue = defaultValue
        self.maxLength = maxLength
        self.pattern = pattern
    }

    /// What is wrong with `value`, in words that never repeat it: it may be a secret.
    fileprivate func fault(of value: String) -> String? {
        let hint = help.isEmpty ? "" : " \(help)"
        if value.isEmpty { return required ? "\(label) is missing.\(hint)" : nil }
        if value.unicodeScalars.count > maxLength { return "\(label) has more than \(maxLength) characters.\(hint)" }
        if kind == .url {
            let url = URL(string: value)
            guard let url, ["https", "http"].contains(url.scheme?.lowercased()), url.host()?.isEmpty == false, url.user() == nil else {
                return "\(label) is not an address that begins with https://.\(hint)"
            }
        }
        guard let pattern else { return nil }
        // A pattern that does not compile or gives up matches nothing.
        return (try? Regex(pattern).wholeMatch(in: value)) == nil ? "\(label) does not have the expected form.\(hint)" : nil
    }
}

extension ConnectFlow {
    /// The filled-in form, blanks at the ends removed and defaults put in. Throws `VALIDATION_FAILED` naming the field.
    public func checked(_ form: [String: String]) throws -> [String: String] {
        if let unknown = form.keys.sorted().first(where: { name in !fields.contains { $0.name == name } }) {
            let known = fields.map(\.name).joined(separator: ", ")
            throw ProblemReport.invalid("fields", "There is no field \"\(unknown.prefix(60))\". The fields are: \(known).")
        }
        var values: [String: String] = [:]
        for field in fields {
            let given = form[field.name, default: ""].trimmingCharacters(in: .whitespacesAndNewlines)
            let value = given.isEmpty ? field.defaultValue : given
            if let fault = field.fault(of: value) { throw ProblemReport.invalid(field.name, fault) }
            values[field.name] = value
        }
        return values
    }
}
