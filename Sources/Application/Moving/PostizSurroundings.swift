import Domain
import Persistence

/// What is here already when something is brought from Postiz.
struct PostizSurroundings: Sendable {
    struct Account: Hashable, Sendable {
        let platform: PlatformID
        let id: String
    }

    let known: [OriginEntry.Kind: [String: String]]
    let channels: [Account: IntegrationID]
    /// By their ids.
    let connected: [IntegrationID: Integration]
    let trashed: [Account: Integration]
    let templateNames: Set<String>
    let signatureNames: Set<String>
    let hasAutomaticSignature: Bool
    let files: Set<MediaID>

    init(of organization: OrganizationID, in transaction: any Transaction) throws {
        var known: [OriginEntry.Kind: [String: String]] = [:]
        for kind in OriginEntry.Kind.allCases {
            known[kind] = try OriginRepository.known(kind, from: PostizImport.source, of: organization, in: transaction)
        }
        self.known = known
        let here = try IntegrationRepository.list(of: organization, in: transaction)
        channels = Dictionary(here.map { (Account($0), $0.id) }) { first, _ in first }
        connected = Dictionary(here.map { ($0.id, $0) }) { first, _ in first }
        let removed = try ChannelTrashRepository.list(of: organization, in: transaction).map(\.channel)
        trashed = Dictionary(removed.map { (Account($0), $0) }) { first, _ in first }
        templateNames = Set(try TemplateRepository.list(of: organization, in: transaction).map(\.name))
        signatureNames = Set(try SignatureRepository.list(of: organization, in: transaction).map(\.name))
        hasAutomaticSignature = try SignatureRepository.automatic(of: organization, in: transaction) != nil
        // A file that was brought and went for good is fetched once more.
        let brought = Set((known[.file] ?? [:]).values.compactMap(MediaID.init))
        files = Set(try MediaRepository.find(brought, of: organization, in: transaction).map(\.id))
    }

    /// The channel that stands for one there since an earlier import, where it is still here.
    func brought(_ channel: String) -> Integration? { known[.channel]?[channel].flatMap(IntegrationID.init).flatMap { connected[$0] } }

    /// A file that was brought, by its address there.
    func file(_ path: String) -> MediaID? { known[.file]?[path].flatMap(MediaID.init).flatMap { files.contains($0) ? $0 : nil } }
}

extension PostizSurroundings.Account {
    init(_ channel: Integration) { self.init(platform: channel.platform, id: channel.platformAccountId) }
}
