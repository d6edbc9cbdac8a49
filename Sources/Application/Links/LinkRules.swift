import Domain
import Foundation
import Persistence
import Platforms

/// What a new rule is to be; what is absent is as usual.
public struct NewLinkRule: Codable, Sendable, Equatable {
    public var name: String
    /// Absent or empty: links to every host.
    public var hosts: [String]?
    public var exceptHosts: [String]?
    public var parameters: [LinkRule.Parameter]
    public var active: Bool?

    public init(name: String, hosts: [String]? = nil, exceptHosts: [String]? = nil, parameters: [LinkRule.Parameter], active: Bool? = nil) {
        self.name = name
        self.hosts = hosts
        self.exceptHosts = exceptHosts
        self.parameters = parameters
        self.active = active
    }
}

/// What is to change about a rule; what is absent stays.
public struct LinkRuleChange: Codable, Sendable, Equatable {
    public var name: String?
    public var hosts: [String]?
    public var exceptHosts: [String]?
    public var parameters: [LinkRule.Parameter]?
    public var active: Bool?
    /// Its place among the rules, counted from 0; the last where there are fewer.
    public var place: Int?

    public init(
        name: String? = nil, hosts: [String]? = nil, exceptHosts: [String]? = nil, parameters: [LinkRule.Parameter]? = nil, active: Bool? = nil,
        place: Int? = nil
    ) {
        self.name = name
        self.hosts = hosts
        self.exceptHosts = exceptHosts
        self.parameters = parameters
        self.active = active
        self.place = place
    }
}

/// What a workspace does with links.
public struct LinkSettings: Codable, Sendable, Equatable {
    public let shortening: LinkShortening

    public init(shortening: LinkShortening) { self.shortening = shortening }
}

/// A link that somebody asks about.
public struct LinkTrial: Codable, Sendable, Equatable {
    public let url: String
    /// Nil: the first of the workspace, where there is one.
    public let integrationId: IntegrationID?
    public let tags: [String]?

    public init(url: String, integrationId: IntegrationID? = nil, tags: [String]? = nil) {
        self.url = url
        self.integrationId = integrationId
        self.tags = tags
    }
}

/// What would become of a link if it went out now.
public struct LinkOutcome: Codable, Sendable, Equatable {
    /// Where it would lead.
    public let target: String
    /// What would stand in the post. The code of a short link is not made yet.
    public let outgoing: String
    public let shortened: Bool
    /// The names of the rules that concern it, in their order.
    public let rules: [String]
}

/// Rules for the links of posts. They concern what everybody publishes, so administrators set them.
public struct LinkRules: Sendable {
    public static let longest = 200
    public static let most = 50, mostHosts = 50, mostParameters = 10

    let database: any Database
    let plans: LinkPlans
    let platforms: PlatformRegistry
    let audit: AuditLog
    let time: any TimeSource

    /// In the order in which they are applied.
    public func list(as caller: Caller) async throws -> [LinkRule] {
        try caller.require(.postsRead)
        return try await database.read { try LinkRuleRepository.list(of: caller.organizationId, in: $0) }
    }

    public func get(_ id: LinkRuleID, as caller: Caller) async throws -> LinkRule {
        guard let rule = try await list(as: caller).first(where: { $0.id == id }) else { throw ProblemReport.notFound("rule") }
        return rule
    }

    /// Throws `VALIDATION_FAILED`, and `CONFLICT` where there are too many.
    public func create(_ new: NewLinkRule, as caller: Caller) async throws -> LinkRule {
        try Self.require(caller)
        let now = time.now
        let rule = LinkRule(
            id: LinkRuleID(at: now), name: try AccountRules.name(new.name, field: "name"), hosts: try Self.hosts(new.hosts ?? [], "hosts"),
            exceptHosts: try Self.hosts(new.exceptHosts ?? [], "exceptHosts"), parameters: try Self.checked(new.parameters),
            active: new.active ?? true, createdAt: now)
        try await database.write { transaction in
            guard try LinkRuleRepository.list(of: caller.organizationId, in: transaction).count < Self.most else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.most) rules for links. Remove one that is not needed.")
            }
            try LinkRuleRepository.insert(rule, of: caller.organizationId, by: caller.userId, in: transaction)
            try note("created", rule, as: caller, in: transaction)
        }
        return rule
    }

    public func update(_ id: LinkRuleID, _ change: LinkRuleChange, as caller: Caller) async throws -> LinkRule {
        try Self.require(caller)
        if let place = change.place, !(0..<Self.most).contains(place) {
            throw ProblemReport.invalid("place", "place is a number from 0 to \(Self.most - 1).")
        }
        return try await database.write { transaction in
            var rules = try LinkRuleRepository.list(of: caller.organizationId, lock: true, in: transaction)
            guard let index = rules.firstIndex(where: { $0.id == id }) else { throw ProblemReport.notFound("rule") }
            var rule = rules.remove(at: index)
            rule.name = try change.name.map { try AccountRules.name($0, field: "name") } ?? rule.name
            rule.hosts = try change.hosts.map { try Self.hosts($0, "hosts") } ?? rule.hosts
            rule.exceptHosts = try change.exceptHosts.map { try Self.hosts($0, "exceptHosts") } ?? rule.exceptHosts
            rule.parameters = try change.parameters.map(Self.checked) ?? rule.parameters
            rule.active = change.active ?? rule.active
            rules.insert(rule, at: min(change.place ?? index, rules.count))
            for (place, rule) in rules.enumerated() {
                try LinkRuleRepository.update(rule, at: place, of: caller.organizationId, in: transaction)
            }
            try note("changed", rule, as: caller, in: transaction)
            return rule
        }
    }

    public func remove(_ id: LinkRuleID, as caller: Caller) async throws {
        try Self.require(caller)
        try await database.write { transaction in
            let rules = try LinkRuleRepository.list(of: caller.organizationId, in: transaction)
            guard let rule = rules.first(where: { $0.id == id }) else { throw ProblemReport.notFound("rule") }
            try LinkRuleRepository.remove(id, of: caller.organizationId, in: transaction)
            try note("removed", rule, as: caller, in: transaction)
        }
    }

    /// Whether links go out as they are written.
    public func isIdle(as caller: Caller) async throws -> Bool {
        try caller.require(.postsRead)
        return try await plans.plan(of: caller.organizationId).isIdle
    }

    public func settings(as caller: Caller) async throws -> LinkSettings {
        try caller.require(.postsRead)
        return LinkSettings(
            shortening: try await database.read { try LinkRuleRepository.shortening(of: caller.organizationId, in: $0) })
    }

    public func save(_ settings: LinkSettings, as caller: Caller) async throws -> LinkSettings {
        try Self.require(caller)
        try await database.write { transaction in
            try LinkRuleRepository.set(settings.shortening, of: caller.organizationId, in: transaction)
            try audit.record(
                "links.shortening", detail: ["shortening": .string(settings.shortening.rawValue)], as: caller, in: transaction)
        }
        return settings
    }

    /// What would become of a link. Throws `VALIDATION_FAILED` for what is none, `UNKNOWN_CHANNEL`.
    public func outcome(of trial: LinkTrial, as caller: Caller) async throws -> LinkOutcome {
        try caller.require(.postsRead)
        let url = trial.url.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let link = LinkScanner.addresses(in: url).first, link == url.startIndex..<url.endIndex else {
            throw ProblemReport.invalid("url", "That is no link. A link begins with http:// or https:// and names a host with a known ending.")
        }
        let tags = try PostTags.read(trial.tags ?? [])
        let (plan, channels) = try await database.read { transaction in
            (
                try plans.plan(of: caller.organizationId, in: transaction),
                try IntegrationRepository.list(of: caller.organizationId, in: transaction)
            )
        }
        let channel = trial.integrationId.map { id in channels.first { $0.id == id } } ?? channels.first
        if channel == nil, let id = trial.integrationId {
            throw ProblemReport.unknownChannel(id)
        }
        let facts = channel.map { LinkPlaceholder.facts(channel: $0, tags: tags, due: time.now, timeZone: caller.timeZone, post: nil) } ?? [:]
        let links = OutgoingLinks(plan, facts: facts, counting: channel.flatMap { platforms[$0.platform]?.descriptor.text.counting } ?? .characters)
        let (target, outgoing) = (links.target(of: url), links.text(url))
        let host = LinkAddress(url).host
        return LinkOutcome(
            target: target, outgoing: outgoing, shortened: target != outgoing, rules: plan.rules.filter { $0.concerns(host) }.map(\.name))
    }

    // MARK: Rules

    private static func require(_ caller: Caller) throws {
        try caller.require(.admin)
        try caller.require(.manage)
        try caller.requireApproved(to: "change what becomes of links")
    }

    private static func hosts(_ given: [String], _ field: String) throws -> [String] {
        let hosts = try given.filter { !$0.allSatisfy(\.isWhitespace) }.map { text in
            guard let host = HostName.read(text) else {
                throw ProblemReport.invalid(field, "\"\(text.prefix(80))\" is no host. A host looks like shop.example.com.")
            }
            return host
        }.distinct()
        guard hosts.count <= mostHosts else { throw ProblemReport.invalid(field, "Name at most \(mostHosts) hosts.") }
        return hosts
    }

    private static func checked(_ parameters: [LinkRule.Parameter]) throws -> [LinkRule.Parameter] {
        guard (1...mostParameters).contains(parameters.count) else {
            throw ProblemReport.invalid("parameters", "A rule adds 1 to \(mostParameters) parameters.")
        }
        // Of two that add the same the first counts, as of two rules.
        return try parameters.distinct(by: \.name).map { parameter in
            let (name, value) = (parameter.name, parameter.value)
            guard name.wholeMatch(of: /utm_[a-z][a-z0-9_]{0,39}/) != nil else {
                throw ProblemReport.invalid("parameters", "The name of a parameter begins with utm_, as in utm_source; small letters follow.")
            }
            guard (1...longest).contains(value.unicodeScalars.count),
                !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
            else { throw ProblemReport.invalid("parameters", "The value of \(name) has 1 to \(longest) characters on one line.") }
            if let stranger = LinkPlaceholder.stranger(in: value) {
                let known = LinkPlaceholder.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
                throw ProblemReport.invalid("parameters", "\(stranger) is no placeholder. There are: \(known).")
            }
            return LinkRule.Parameter(name: name, value: value)
        }
    }

    private func note(_ action: String, _ rule: LinkRule, as caller: Caller, in transaction: any Transaction) throws {
        try audit.record("link_rule.\(action)", target: rule.id.text, detail: ["name": .string(rule.name)], as: caller, in: transaction)
    }
}
