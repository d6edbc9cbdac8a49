import Domain
import Foundation
import NIOCore

/// What stands below a text that leads to a page: Bluesky's servers do not look at the page themselves (app.bsky.embed.external).
struct LinkCard: Codable, Sendable {
    let uri: String
    let title: String
    let summary: String
    let thumb: JSONValue?

    var json: JSONValue {
        var external: [String: JSONValue] = ["uri": .string(uri), "title": .string(title), "description": .string(summary)]
        external["thumb"] = thumb
        return ["$type": "app.bsky.embed.external", "external": .object(external)]
    }
}

extension Bluesky {
    /// The titles of a page stand in its beginning.
    private static let pageBytes = 512 * 1024
    private static let thumbBytes = 1_000_000
    private static let pagePatience = Duration.seconds(10)

    /// The card of the first link in `text`; nil where there is no link or the page tells nothing: the post goes out without it then.
    func card(for text: String, _ credentials: Credentials) async throws -> LinkCard? {
        let links = RichText.facets(in: text).compactMap { facet -> String? in if case .link(let uri) = facet.feature { uri } else { nil } }
        guard let uri = links.first, let page = try await fetch(uri, atMost: Self.pageBytes, cut: true, type: "text/html") else { return nil }
        let facts = PageFacts(String(decoding: page.bytes, as: UTF8.self))
        guard let title = facts.title else { return nil }
        return LinkCard(
            uri: uri, title: String(title.prefix(300)), summary: String(facts.summary.prefix(1000)),
            thumb: try await thumb(facts.picture, on: page.url, credentials))
    }

    private func thumb(_ address: String?, on page: String, _ credentials: Credentials) async throws -> JSONValue? {
        guard let address, let url = URL(string: address, relativeTo: URL(string: page))?.absoluteString,
            let picture = try await fetch(url, atMost: Self.thumbBytes, cut: false, type: "image/")
        else { return nil }
        return try await uploadBlob(.bytes(picture.bytes, contentType: picture.type), credentials)
    }

    private struct Fetched: Sendable {
        let url: String
        let type: String
        let bytes: Data
    }

    /// What stands at an address that the author named; nil when it cannot be had or is something else. `cut`: the beginning will do.
    private func fetch(_ url: String, atMost limit: Int, cut: Bool, type: String) async throws -> Fetched? {
        do {
            return try await context.guarded.download(url, within: Self.pagePatience) { download -> Fetched? in
                let told = download.headers["content-type"]?.lowercased().prefix { $0 != ";" } ?? ""
                guard download.status == 200, told.hasPrefix(type), cut || download.expectedBytes ?? 0 <= limit else { return nil }
                var bytes = Data()
                for try await chunk in download.body {
                    bytes.append(contentsOf: chunk.readableBytesView)
                    if bytes.count > limit { break }
                }
                guard cut || bytes.count <= limit else { return nil }
                return Fetched(url: download.url, type: String(told), bytes: bytes.prefix(limit))
            }
        } catch is TransportFailure {
            return nil
        } catch is ProblemReport {
            return nil
        }
    }
}

/// What a page says of itself (Open Graph, or its title and description).
struct PageFacts {
    let title: String?
    let summary: String
    let picture: String?

    init(_ html: String) {
        var named = [String: String]()
        // A tag ends before the next one begins: what strangers write is read once.
        let tags = html.matches(of: /<meta\s[^<>]*>/.ignoresCase().matchingSemantics(.unicodeScalar))
        for tag in tags {
            let fields = Self.fields(of: tag.output)
            guard let name = (fields["property"] ?? fields["name"])?.lowercased(), let content = fields["content"], !content.isEmpty else { continue }
            if named[name] == nil { named[name] = content }
        }
        let heading = html.firstMatch(of: /<title[^<>]*>([^<]*)<\/title>/.ignoresCase().matchingSemantics(.unicodeScalar)).map {
            Self.plain($0.output.1)
        }
        title = [named["og:title"], heading].compactMap { $0 }.first { !$0.isEmpty }
        summary = named["og:description"] ?? named["description"] ?? ""
        picture = named["og:image"]
    }

    /// `name="value"` and `name='value'`, of each name the first.
    private static func fields(of tag: Substring) -> [String: String] {
        var fields: [String: String] = [:]
        var rest = tag.unicodeScalars[...]
        while !rest.isEmpty {
            let name = rest.prefix { $0.properties.isAlphabetic || $0 == ":" }
            rest = rest.dropFirst(max(1, name.count))
            guard !name.isEmpty else { continue }
            let sign = rest.drop { $0.properties.isWhitespace }
            guard sign.first == "=" else { continue }
            rest = sign.dropFirst().drop { $0.properties.isWhitespace }
            guard let quote = rest.first, quote == "\"" || quote == "'" else { continue }
            let value = rest.dropFirst().prefix { $0 != quote }
            rest = rest.dropFirst(value.count + 2)
            let key = String(name).lowercased()
            if fields[key] == nil { fields[key] = plain(Substring(value)) }
        }
        return fields
    }

    private static func plain(_ text: Substring) -> String {
        HTMLText.plain(String(text)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
