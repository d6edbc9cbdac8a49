/// What differs between two versions of a post.
public struct PostComparison: Codable, Sendable, Equatable {
    /// A part that says something else.
    public struct Text: Codable, Sendable, Equatable {
        /// The channel that gets this text; null for all that have none of their own.
        public let integrationId: IntegrationID?
        /// Counted from 1.
        public let part: Int
        public let runs: [TextRun]
    }

    /// A part with other files, or with the same in another order.
    public struct Files: Codable, Sendable, Equatable {
        public let integrationId: IntegrationID?
        public let part: Int
        public let before: [MediaID]
        public let after: [MediaID]

        public init(integrationId: IntegrationID?, part: Int, before: [MediaID], after: [MediaID]) {
            self.integrationId = integrationId
            self.part = part
            self.before = before
            self.after = after
        }
    }

    /// A setting of a channel.
    public struct Setting: Codable, Sendable, Equatable {
        public let integrationId: IntegrationID
        public let name: String
        public let before: JSONValue?
        public let after: JSONValue?
    }

    public let texts: [Text]
    public let files: [Files]
    public let settings: [Setting]
    public let channelsRemoved: [IntegrationID]
    public let channelsAdded: [IntegrationID]
    public let tagsRemoved: [String]
    public let tagsAdded: [String]
    public let scheduledBefore: Timestamp?
    public let scheduledAfter: Timestamp?

    public init(from earlier: PostDocument, to later: PostDocument) {
        let versions = Set(earlier.content.versions.keys).union(later.content.versions.keys).sorted()
        var (texts, files) = ([Text](), [Files]())
        for channel in [nil] + versions.map(Optional.some) {
            let before = channel.map { earlier.content.parts(for: $0) } ?? earlier.content.parts
            let after = channel.map { later.content.parts(for: $0) } ?? later.content.parts
            for index in 0..<max(before.count, after.count) {
                let (old, new) = (before.count > index ? before[index] : nil, after.count > index ? after[index] : nil)
                let (said, says) = (old?.text ?? "", new?.text ?? "")
                if said != says {
                    texts.append(Text(integrationId: channel, part: index + 1, runs: WordDifference.runs(from: said, to: says)))
                }
                let (had, has) = (old?.mediaIds ?? [], new?.mediaIds ?? [])
                if had != has { files.append(Files(integrationId: channel, part: index + 1, before: had, after: has)) }
            }
        }
        (self.texts, self.files) = (texts, files)
        settings = Self.settings(from: earlier.content.settings, to: later.content.settings)
        channelsRemoved = earlier.channels.filter { !later.channels.contains($0) }
        channelsAdded = later.channels.filter { !earlier.channels.contains($0) }
        tagsRemoved = earlier.tags.filter { !later.tags.contains($0) }
        tagsAdded = later.tags.filter { !earlier.tags.contains($0) }
        let moved = earlier.scheduledFor != later.scheduledFor
        (scheduledBefore, scheduledAfter) = moved ? (earlier.scheduledFor, later.scheduledFor) : (nil, nil)
    }

    /// Whether the time differs; one of its two sides may be nil.
    public var isMoved: Bool { scheduledBefore != scheduledAfter }

    /// Whether nothing differs but the order of channels, or how the time is said.
    public var isEmpty: Bool {
        texts.isEmpty && files.isEmpty && settings.isEmpty && channelsRemoved.isEmpty && channelsAdded.isEmpty && tagsRemoved.isEmpty
            && tagsAdded.isEmpty && !isMoved
    }

    private static func settings(
        from earlier: [IntegrationID: [String: JSONValue]], to later: [IntegrationID: [String: JSONValue]]
    ) -> [Setting] {
        Set(earlier.keys).union(later.keys).sorted().flatMap { channel -> [Setting] in
            let (before, after) = (earlier[channel] ?? [:], later[channel] ?? [:])
            return Set(before.keys).union(after.keys).sorted().filter { before[$0] != after[$0] }.map {
                Setting(integrationId: channel, name: $0, before: before[$0], after: after[$0])
            }
        }
    }
}
