import Domain
import Foundation

/// A status as servers show it.
struct Status: Decodable, Sendable {
    let id: String
    let url: String?
    let uri: String?
    let createdAt: Timestamp?
    let parent: String?
    /// HTML.
    let content: String?
    let visibility: String?
    let warning: String?
    let language: String?
    let poll: JSONValue?
    let quote: JSONValue?
    let likes: Int?
    let shares: Int?
    let comments: Int?
    let quotes: Int?

    enum CodingKeys: String, CodingKey {
        case id, url, uri, content, visibility, language, poll, quote
        case createdAt = "created_at"
        case parent = "in_reply_to_id"
        case warning = "spoiler_text"
        case likes = "favourites_count"
        case shares = "reblogs_count"
        case comments = "replies_count"
        case quotes = "quotes_count"
    }

    var plainText: String { HTMLText.plain(content ?? "") }

    /// Whether it was made at that time or later; taken as so where the server does not say.
    func isFrom(_ time: Timestamp) -> Bool { createdAt.map { $0 >= time } ?? true }

    /// Whether it is the one that was noted with these addresses.
    func isKnown(by uri: String?, _ url: String?) -> Bool {
        if let uri, let own = self.uri { return uri == own }
        return url == nil || [self.url, self.uri].contains(url)
    }

    /// Whether the id stands at the end of the address: then it is certainly this status's own.
    var isNamedByAddress: Bool {
        guard let uri, let address = URLComponents(string: uri), address.query == nil, address.fragment == nil else { return false }
        return address.path.split(separator: "/").last.map(String.init) == id
    }
}

extension Mastodon {
    /// A status that was found or made, with what of the wishes for it was not kept.
    func part(_ status: Status, _ draft: Draft, id: String? = nil) -> PublishedPart {
        let notes = notes(on: status, draft)
        return PublishedPart(
            id: id ?? status.id, url: status.url ?? status.uri, uri: status.uri, notes: notes.isEmpty ? nil : notes)
    }

    private func notes(on status: Status, _ draft: Draft) -> [String] {
        let host = instance(of: draft.account.credentials).host
        var notes = [String]()
        if let shown = status.visibility, shown != draft.visibility {
            func words(_ visibility: String) -> String {
                descriptor.settings.first { $0.name == "visibility" }?.options.first { $0.value == visibility }?.label ?? visibility
            }
            notes.append("\(host) shows this to \"\(words(shown))\" and not, as was asked, to \"\(words(draft.visibility))\".")
        }
        if let warning = draft.warning, let shown = status.warning, Self.comparable(HTMLText.plain(shown)) != Self.comparable(warning) {
            notes.append(
                shown.isEmpty
                    ? "\(host) left the content warning \"\(warning)\" out." : "\(host) made the content warning \"\(warning)\" into \"\(shown)\".")
        }
        if let language = draft.language {
            func base(_ tag: String) -> Substring { tag.lowercased().prefix { $0 != "-" && $0 != "_" } }
            if status.language.map({ base($0) != base(language) }) ?? true {
                notes.append("\(host) says that the language is \(status.language.map { "\"\($0)\"" } ?? "unknown") and not \"\(language)\".")
            }
        }
        if draft.isPoll, status.poll?.object == nil { notes.append("\(host) made a post without a poll of this: it seems to have none.") }
        if draft.quoted != nil, status.quote?.object == nil {
            notes.append("\(host) made a post of this that quotes nothing: it seems to know no quotes.")
        }
        return notes
    }

    /// The id of a new part of a thread. Some servers answer a reply with the id of what it replies to, or of something else (WordPress with
    /// Enable Mastodon Apps): such an id must neither be replied to nor removed. Empty when it cannot be found out.
    func settledID(of status: Status, in thread: [PublishedPart], _ account: ConnectedAccount) async -> String {
        let isRepeated = thread.contains { $0.id == status.id }
        guard let root = thread.first, isRepeated || !status.isNamedByAddress else { return status.id }
        guard let uri = status.uri else { return isRepeated ? "" : status.id }
        // The part is public: what goes wrong from here on must not look like a refusal.
        if !isRepeated {
            guard let read = try? await self.status(status.id, account) else { return status.id }
            if read.isKnown(by: uri, nil) { return status.id }
        }
        return (try? await search(uri, in: root.id, account)) ?? ""
    }

    /// The id of the status that the server names by `address`: among what stands below `root`, or among the account's latest; nil when it is
    /// in neither.
    func search(_ address: String, in root: String, _ account: ConnectedAccount) async throws -> String? {
        let api = api(instance(of: account.credentials))
        let call = call("GET", "/api/v1/statuses/\(FormEncoding.escape(root))/context", account.credentials)
        let answer = try await api.send(call, accepting: [400, 403, 404, 405, 410])
        if answer.isSuccess {
            let below: Below = try api.decode(answer, to: call)
            if let found = below.descendants.first(where: { [$0.uri, $0.url].contains(address) }) { return found.id }
        }
        let own = try await ownStatuses(backTo: Timestamp(milliseconds: 0), pages: 5, account)
        return own.statuses.first { [$0.uri, $0.url].contains(address) }?.id
    }

    private struct Below: Decodable {
        let descendants: [Status]
    }
}

/// The text of the HTML that servers make from a status.
enum HTMLText {
    private static let named = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "hellip": "…", "ndash": "–", "mdash": "—", "lsquo": "‘",
        "rsquo": "’", "ldquo": "“", "rdquo": "”",
    ]

    static func plain(_ html: String) -> String {
        html.replacing(/<br\s*\/?>|<\/p>/.ignoresCase(), with: "\n").replacing(/<[^<>]*>/, with: "")
            // In one pass: what is uncovered is text.
            .replacing(/&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]+));/) { match in
                let number = match.output.1.flatMap { UInt32($0) } ?? match.output.2.flatMap { UInt32($0, radix: 16) }
                if let number { return Unicode.Scalar(number).map { String(Character($0)) } ?? String(match.output.0) }
                return match.output.3.flatMap { named[String($0)] } ?? String(match.output.0)
            }
    }
}
