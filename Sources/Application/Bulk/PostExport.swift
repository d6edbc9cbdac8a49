import Domain

extension Posts {
    static let mostExported = 20_000

    /// Posts as a table that spreadsheets open rightly and that can be imported again: the first 20,000 that the query finds.
    public func export(_ query: PostQuery, separator: DelimitedText.Separator = .comma, as caller: Caller) async throws -> String {
        var (query, found): (PostQuery, [PostView]) = (query, [])
        query.limit = 200
        repeat {
            let page = try await list(query, as: caller)
            found += page.items
            query.cursor = page.nextCursor
        } while query.cursor != nil && found.count < Self.mostExported
        let channels = try await self.channels.integrations(Array(Set(found.flatMap(\.platforms))), of: caller.organizationId)
        let byId = Dictionary(channels.map { ($0.id, $0) }) { first, _ in first }
        let parts = max(1, found.map(\.parts.count).max() ?? 1)
        let headings: [ImportColumn] =
            (0..<parts).map { .text($0) } + [.channels, .date, .timeZone, .tags, .media, .settings, .status]
        let rows = found.map { post -> [String] in
            (0..<parts).map { $0 < post.parts.count ? post.parts[$0].text : "" } + [
                post.platforms.map { byId[$0].map(name) ?? $0.text }.joined(separator: ", "), date(of: post, zone: caller.timeZone),
                post.timeZone ?? caller.timeZone, post.tags.joined(separator: ", "),
                (post.parts.first?.mediaIds ?? []).map { "\(mainURL)/api/media/\($0)/file" }.joined(separator: "\n"), settings(of: post, byId),
                post.status.rawValue, post.id.text, post.publications.compactMap(\.url).joined(separator: "\n"),
            ]
        }
        return DelimitedText.file([headings.map(\.name) + ["id", "address"]] + rows, separator: separator)
    }

    /// What an import understands as this channel.
    private func name(_ channel: Integration) -> String {
        let isNamed = !channel.username.isEmpty && !channel.username.contains { ",;|".contains($0) }
        return isNamed ? "\(channel.platform.rawValue):\(channel.username)" : channel.id.text
    }

    private func date(of post: PostView, zone: String) -> String {
        guard let instant = post.scheduledFor else { return "" }
        if let wall = post.wallTime { return wall.minuteText.replacing("T", with: " ") }
        guard let known = ZoneData.inForce.zone(named: post.timeZone ?? zone) else { return instant.description }
        return WallTime(instant, in: known).minuteText.replacing("T", with: " ")
    }

    private func settings(of post: PostView, _ channels: [IntegrationID: Integration]) -> String {
        let lines = post.platforms.flatMap { id -> [String] in
            let platform = channels[id]?.platform
            let isOnly = platform != nil && post.platforms.count { channels[$0]?.platform == platform } == 1
            let target = isOnly ? platform?.rawValue ?? id.text : id.text
            return (post.settings[id] ?? [:]).sorted { $0.key < $1.key }.compactMap { name, value in
                let text = value.string ?? value.bool.map { $0 ? "true" : "false" }
                return text.flatMap { $0.isEmpty || $0.contains(where: \.isNewline) ? nil : "\(target).\(name)=\($0)" }
            }
        }
        return lines.joined(separator: "\n")
    }
}

/// The table that shows how one is written.
public enum ImportSample {
    public static func file() -> String {
        DelimitedText.file([
            ["text", "channels", "date", "time", "tags", "media", "first comment", "settings"],
            ["Our shop opens on Friday.", "mastodon", "2027-03-05", "09:00", "shop, spring", "https://example.com/shop.jpg", "", ""],
            ["What we learned in the first week.", "mastodon, linkedin", "next slot", "", "shop", "", "Questions? Ask us here.", ""],
            ["An idea for later: it becomes a draft.", "", "", "", "", "", "", ""],
        ])
    }
}
