import Domain
import Foundation

extension X {
    /// Looks for `draft` among the account's latest posts: X has no idempotency key.
    func find(_ draft: Draft, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        var query = [
            ("max_results", "100"), ("start_time", Self.text(intent.earliest)),
            ("post.fields", "created_at,entities,note_post"), ("expansions", "referenced_posts"),
        ]
        // What came later is of no interest, and X wants an end that is past.
        if intent.latest < intent.now - .minutes(1) { query.append(("end_time", Self.text(intent.latest))) }
        return try await context.lookBack(intent) { (token: String?) in
            let page = FormEncoding.encode(query + (token.map { [("pagination_token", $0)] } ?? []))
            let timeline: Timeline = try await api.value(
                signed("GET", "/2/users/\(draft.account.account.id)/tweets?\(page)", draft.account.credentials))
            let match = timeline.data?.first { post in
                post.createdAt.map { $0 >= intent.earliest } ?? true && post.parent == draft.parent
                    && post.texts.contains { Self.comparable($0) == Self.comparable(draft.text) }
            }
            return LookBackPage(part: match.map { published($0.id, draft) }, next: timeline.meta?.next)
        }
    }

    private static func text(_ instant: Timestamp) -> String { instant.date.formatted(Date.ISO8601FormatStyle()) }

    /// Without what X changes on the way: the form of links, too.
    static func comparable(_ text: String) -> String {
        text.replacing("https://", with: "").replacing("http://", with: "").comparable.replacing(/\/(?= |$)/, with: "")
    }

    private struct Timeline: Decodable {
        struct Meta: Decodable {
            let next: String?

            enum CodingKeys: String, CodingKey {
                case next = "next_token"
            }
        }
        let data: [TimelinePost]?
        let meta: Meta?
    }

    struct TimelinePost: Decodable {
        struct Entities: Decodable {
            struct Link: Decodable {
                let url: String
                let expanded: String?
                let mediaKey: String?

                enum CodingKeys: String, CodingKey {
                    case url
                    case expanded = "expanded_url"
                    case mediaKey = "media_key"
                }

                /// X puts a link to the attached media at the end of the text.
                var isOwnMedia: Bool {
                    mediaKey != nil || expanded?.contains(/\/status\/[0-9]+\/(photo|video)\/[0-9]+$/) == true
                }
            }
            let urls: [Link]?
        }
        struct LongText: Decodable {
            let text: String
            let entities: Entities?
        }
        struct Reference: Decodable {
            let type: String
            let id: String
        }

        let id: String
        let text: String
        let createdAt: Timestamp?
        let entities: Entities?
        // X goes over from tweets to posts in its names, and answers may be of either time.
        let longPost: LongText?
        let longTweet: LongText?
        let posts: [Reference]?
        let tweets: [Reference]?

        enum CodingKeys: String, CodingKey {
            case id, text, entities
            case createdAt = "created_at"
            case longPost = "note_post"
            case longTweet = "note_tweet"
            case posts = "referenced_posts"
            case tweets = "referenced_tweets"
        }

        var parent: String? { (posts ?? tweets)?.first { $0.type == "replied_to" }?.id }

        /// As the author may have written it: X shows a post that is quoted as a link to it, and makes a quote of such a link.
        var texts: [String] {
            let quoted = (posts ?? tweets)?.first { $0.type == "quoted" }?.id
            return [plainText] + (quoted.map { [plainText(without: $0)] } ?? [])
        }

        /// Links expanded, `&amp;` and its like undone.
        var plainText: String { plainText(without: nil) }

        private func plainText(without quoted: String?) -> String {
            let longText = longPost ?? longTweet
            var result = longText?.text ?? text
            for link in (longText?.entities ?? entities)?.urls ?? [] {
                let isQuote = quoted.map { link.expanded?.hasSuffix("/status/\($0)") ?? false } ?? false
                result = result.replacing(link.url, with: link.isOwnMedia || isQuote ? "" : link.expanded ?? link.url)
            }
            return result.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
        }
    }
}
