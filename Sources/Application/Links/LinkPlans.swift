import Crypto
import Domain
import Foundation
import Persistence

/// What is done with the links of posts when they go out: looked up where posts are checked, and where they are sent.
public struct LinkPlans: Sendable {
    let database: any Database
    let time: any TimeSource
    /// What short links begin with, up to their code.
    let shortBase: String

    init(database: any Database, time: any TimeSource, shortBase: String) {
        self.database = database
        self.time = time
        self.shortBase = shortBase
    }

    func plan(of organization: OrganizationID) async throws -> LinkPlan {
        try await database.read { try plan(of: organization, in: $0) }
    }

    func plan(of organization: OrganizationID, in transaction: any Transaction) throws -> LinkPlan {
        LinkPlan(
            rules: try LinkRuleRepository.list(of: organization, in: transaction),
            shortening: try LinkRuleRepository.shortening(of: organization, in: transaction), shortBase: shortBase)
    }
}

// MARK: - Sending

/// What a publication says and links to, as it goes out.
struct ComposedLinks: Codable, Sendable, Equatable {
    /// Of its parts.
    var texts: [String]
    /// Of the setting that is an address.
    var setting: String?

    /// Whether there is anything to be done.
    var hasLinks: Bool { setting?.isEmpty == false || texts.contains { !LinkScanner.addresses(in: $0).isEmpty } }

    /// Names the step that makes others of these.
    var step: String {
        let text = ([setting ?? ""] + texts).joined(separator: "\u{1F}")
        return "links-\(SHA256.hash(data: Data(text.utf8)).hexadecimal.prefix(16))"
    }
}

extension LinkPlans {
    /// What goes out in the place of `written`. It is kept with the publication before anything is sent, so that each try sends, and looks for, the
    /// same, whatever becomes of the rules meanwhile; and so that a short link is made once. What may be out already went out as it was written.
    func composed(
        _ written: ComposedLinks, _ claim: PublishingRepository.Claim, of post: Post, on channel: Integration, counting: TextCounting,
        journal: DatabaseJournal
    ) async throws -> ComposedLinks {
        guard written.hasLinks else { return written }
        let publication = claim.publication
        guard !journal.holds(written.step) else { return try await journal.step(written.step) { written } }
        let plan = try await plan(of: publication.organizationId)
        guard !plan.isIdle, !claim.isInDoubt, post.content.linksAsWritten != true else { return written }
        let (database, now) = (database, time.now)
        let facts = LinkPlaceholder.facts(
            channel: channel, tags: post.tags, due: publication.dueAt ?? now, timeZone: post.timeZone, post: post.id)
        let links = OutgoingLinks(plan, facts: facts, counting: counting)
        return try await journal.step(written.step) {
            try await database.write { transaction in
                let texts = try written.texts.map { text in
                    try links.text(text) { try ShortLinkRepository.code(to: $0, of: publication, now: now, in: transaction) }
                }
                return ComposedLinks(texts: texts, setting: written.setting.map { Self.setting($0, links) })
            }
        }
    }

    /// An address that a platform is given as such is not shortened: some take short ones for a disguise.
    private static func setting(_ address: String, _ links: OutgoingLinks) -> String {
        guard let link = LinkScanner.addresses(in: address).first, link == address.startIndex..<address.endIndex else { return address }
        let target = links.target(of: address)
        return target.unicodeScalars.count <= PlatformDescriptor.longestLinkSetting ? target : address
    }
}

extension PlatformDescriptor {
    /// The setting in which platforms are told the address that a post leads to.
    static let linkSetting = "link"
    static let longestLinkSetting = 2048
}
