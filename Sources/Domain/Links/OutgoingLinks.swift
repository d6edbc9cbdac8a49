/// What a workspace wants done with links.
public struct LinkPlan: Sendable, Equatable {
    /// Those that are switched on, in their order.
    public let rules: [LinkRule]
    public let shortening: LinkShortening
    /// What short links begin with, up to their code.
    public let shortBase: String

    public init(rules: [LinkRule], shortening: LinkShortening, shortBase: String) {
        self.rules = rules.filter(\.active)
        self.shortening = shortening
        self.shortBase = shortBase
    }

    /// Links stay as they are.
    public static let none = LinkPlan(rules: [], shortening: .never, shortBase: "")
    public var isIdle: Bool { rules.isEmpty && shortening == .never }

    /// What becomes of the links of `content` on a channel; nil where they stay as they are written.
    public func links(of content: PostContent, facts: [LinkPlaceholder: String], counting: TextCounting) -> OutgoingLinks? {
        isIdle || content.linksAsWritten == true ? nil : OutgoingLinks(self, facts: facts, counting: counting)
    }
}

/// What becomes of the links of one post on one channel when it goes out.
public struct OutgoingLinks: Sendable, Equatable {
    private let plan: LinkPlan
    private let facts: [LinkPlaceholder: String]
    private let shortens: Bool

    /// `facts` stand for placeholders; `counting` is how the channel's platform counts.
    public init(_ plan: LinkPlan, facts: [LinkPlaceholder: String], counting: TextCounting) {
        self.plan = plan
        self.facts = facts
        shortens = plan.shortening == .always || plan.shortening == .whereCounted && !counting.countsLinksAlike
    }

    /// `link` with the parameters of all rules that concern it. Of two rules that add the same parameter the first counts.
    public func target(of link: String) -> String {
        guard !isShort(link) else { return link }
        let address = LinkAddress(link)
        let host = address.host
        let parameters = plan.rules.filter { $0.concerns(host) }.flatMap(\.parameters).compactMap { parameter in
            let value = LinkPlaceholder.filled(parameter.value, with: facts)
            return value.isEmpty ? nil : (name: parameter.name, value: value)
        }
        return parameters.isEmpty ? link : address.adding(parameters)
    }

    /// What goes out in the place of `link`; `code` gives the code of the short link that leads to an address.
    func outgoing(_ link: String, code: (String) throws -> String) rethrows -> String {
        let target = target(of: link)
        return shortens && !isShort(link) ? plan.shortBase + (try code(target)) : target
    }

    /// `text` as it goes out.
    public func text(_ text: String, code: (String) throws -> String) rethrows -> String {
        guard !plan.isIdle else { return text }
        var (result, position) = ("", text.startIndex)
        for link in LinkScanner.addresses(in: text) {
            result += text[position..<link.lowerBound]
            result += try outgoing(String(text[link]), code: code)
            position = link.upperBound
        }
        return position == text.startIndex ? text : result + text[position...]
    }

    /// `text` as it will go out, with a code that is like one: for counting.
    public func text(_ text: String) -> String { self.text(text) { _ in ShortCode.example } }

    private func isShort(_ link: String) -> Bool { !plan.shortBase.isEmpty && link.hasPrefix(plan.shortBase) }
}

/// Names a short link.
public enum ShortCode {
    /// Without vowels, which would make words, and without what is taken for something else.
    private static let letters = Array("23456789bcdfghjkmnpqrstvwxyz")
    static let length = 8
    public static let example = String(repeating: "x", count: length)

    /// One of 378 thousand millions.
    public static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return String((0..<length).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
    }

    /// The code that `text` is, also in capital letters; nil where it is none.
    public static func read(_ text: String) -> String? {
        let code = text.lowercased()
        return code.count == length && code.allSatisfy(letters.contains) ? code : nil
    }
}
