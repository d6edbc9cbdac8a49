public typealias LinkRuleID = Identifier<LinkRule>

/// Says which links of a workspace's posts get which parameters when they go out.
public struct LinkRule: Codable, Sendable, Equatable {
    /// What is added to the query of a link; its value may hold placeholders (`LinkPlaceholder`).
    public struct Parameter: Codable, Sendable, Equatable {
        /// Begins with `utm_`.
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public let id: LinkRuleID
    public var name: String
    /// Only links to these hosts, and to what is below them; empty for links to every host.
    public var hosts: [String]
    /// But not links to these.
    public var exceptHosts: [String]
    public var parameters: [Parameter]
    public var active: Bool
    public let createdAt: Timestamp

    public init(
        id: LinkRuleID, name: String, hosts: [String], exceptHosts: [String], parameters: [Parameter], active: Bool, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.hosts = hosts
        self.exceptHosts = exceptHosts
        self.parameters = parameters
        self.active = active
        self.createdAt = createdAt
    }

    /// Whether links to `host` are meant. Hosts are compared in the form in which they travel, so that both spellings of an international one match.
    public func concerns(_ host: String) -> Bool {
        let host = HostName.travelling(host)
        func isNamed(in hosts: [String]) -> Bool {
            hosts.map(HostName.travelling).contains { host == $0 || host.hasSuffix(".\($0)") }
        }
        return (hosts.isEmpty || isNamed(in: hosts)) && !isNamed(in: exceptHosts)
    }
}

/// What a parameter's value may name in braces: `{platform}`.
public enum LinkPlaceholder: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
    /// The platform's id: `mastodon`.
    case platform
    /// The account's name there, without an at-sign.
    case channel
    /// The post's first tag.
    case tag
    /// The day on which the post is due, in its zone: `2026-11-29`.
    case date
    /// The post's id.
    case post

    /// The first placeholder in `text` that nobody knows, or a brace that belongs to none; nil where all is well.
    public static func stranger(in text: String) -> String? {
        var rest = text[...]
        while let start = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[start] == "{", let end = rest[start...].firstIndex(of: "}") else { return String(rest[start...].prefix(20)) }
            let name = String(rest[rest.index(after: start)..<end])
            guard Self(rawValue: name) != nil else { return "{\(name.prefix(20))}" }
            rest = rest[rest.index(after: end)...]
        }
        return nil
    }

    /// `text` with what `facts` know in the place of placeholders; what they do not know becomes nothing.
    static func filled(_ text: String, with facts: [LinkPlaceholder: String]) -> String {
        // In one go: what a fact says is never read as a placeholder.
        text.replacing(/\{([a-z]+)\}/) { match in
            guard let placeholder = Self(rawValue: String(match.1)) else { return String(match.0) }
            return facts[placeholder] ?? ""
        }
    }

    /// What is known of a post on `channel` that is due at `due`. Without a `post` an id stands that is like one.
    public static func facts(
        channel: Integration, tags: [String], due: Timestamp, timeZone: String?, post: PostID?
    ) -> [LinkPlaceholder: String] {
        let zone = timeZone.flatMap(ZoneData.inForce.zone(named:))
        let handle = channel.username.isEmpty ? channel.displayName : channel.username
        let day = zone.map { WallTime(due, in: $0) } ?? WallTime(due, offset: 0)
        return [
            .platform: channel.platform.rawValue, .channel: handle.hasPrefix("@") ? String(handle.dropFirst()) : handle, .tag: tags.min() ?? "",
            .date: day.dayText, .post: post?.text ?? String(repeating: "0", count: 36),
        ]
    }
}

/// Whether the links of a workspace's posts are replaced by short ones when they go out.
public enum LinkShortening: String, Codable, Sendable, CaseIterable {
    case never = "NEVER"
    /// Where a platform counts every character of a link; not where all links count the same.
    case whereCounted = "WHERE_COUNTED"
    case always = "ALWAYS"
}

extension TextCounting {
    /// Whether every link counts the same, however long it is.
    public var countsLinksAlike: Bool { self == .weighted || self == .graphemes }
}
