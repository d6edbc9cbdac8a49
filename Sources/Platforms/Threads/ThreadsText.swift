import Domain
import Foundation

/// What stands in the text of a post: words that are hidden, people and places.
extension Threads {
    /// So many places of a text may be hidden.
    private static let mostSpoilers = 10

    /// Where `text` has the words that the author hides (`text_entities`); nil where it has none of them. Threads does not say in which unit it
    /// counts: it is taken to be UTF-16, as in Meta's other texts.
    static func spoilers(in text: String, of request: PublishRequest) throws -> JSONValue? {
        let words = (request.setting("text_spoilers") ?? "").split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        if let missing = words.first(where: { word in !request.parts.contains { $0.text.contains(word) } }) {
            throw PlatformError(
                .invalidContent, code: "THREADS_HIDDEN_WORDS",
                message: "The words to be hidden, '\(missing)', are not in the text. Write them as they stand there.")
        }
        var places = [Range<String.Index>]()
        for range in words.flatMap({ text.ranges(of: $0) }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = places.last, range.lowerBound <= last.upperBound {
                places[places.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                places.append(range)
            }
        }
        guard places.count <= mostSpoilers else {
            throw PlatformError(
                .invalidContent, code: "THREADS_HIDDEN_WORDS",
                message: "The words to be hidden are in \(places.count) places of a text; Threads hides at most \(mostSpoilers). Choose fewer words.")
        }
        guard !places.isEmpty else { return nil }
        return .array(
            places.map { place in
                [
                    "entity_type": "SPOILER", "offset": .number(Double(text.utf16.distance(from: text.startIndex, to: place.lowerBound))),
                    "length": .number(Double(text[place].utf16.count)),
                ]
            })
    }

    // MARK: Looking up

    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        let words = query?.trimmingCharacters(in: .whitespaces) ?? ""
        switch field {
        case Self.place.name:
            try requireScope("threads_location_tagging", account)
            let found = try await graph.get(
                "location_search", [("q", words), ("fields", "id,name,address,city,country")], token: account.credentials.accessToken)
            return (found["data"]?.array ?? []).compactMap { place in
                guard let id = place["id"]?.string, let name = place["name"]?.string else { return nil }
                let hint = ["address", "city", "country"].compactMap { place[$0]?.string }.filter { !$0.isEmpty }.joined(separator: ", ")
                return ChannelOption(value: id, label: name, hint: hint.isEmpty ? nil : hint)
            }
        case Self.mention.name:
            try requireScope("threads_profile_discovery", account)
            return try await profile(words.drop { $0 == "@" }, account)
        default: return descriptor.options(of: field, matching: query)
        }
    }

    /// Threads finds a profile by its whole name only, and not each of them.
    private func profile(_ name: Substring, _ account: ConnectedAccount) async throws -> [ChannelOption] {
        do {
            let found = try await graph.get("profile_lookup", [("username", String(name))], token: account.credentials.accessToken)
            return found["username"]?.string.map { [ChannelOption(value: "@\($0)", label: found["name"]?.string ?? $0)] } ?? []
        } catch let error as PlatformError where error.kind == .invalidContent {
            return []
        }
    }

    /// These permissions few apps have: without one, the connection is as good as before.
    private func requireScope(_ scope: String, _ account: ConnectedAccount) throws {
        guard !account.credentials.scopes.contains(scope) else { return }
        throw PlatformError(
            .invalidContent, code: "THREADS_SCOPE_NOT_GIVEN",
            message: "This needs the permission \(scope). The operator adds it to THREADS_SCOPES; then connect the account again.")
    }
}
