/// A channel a post goes to, with the facts about its platform.
public struct ChannelContext: Sendable, Equatable {
    public let integration: Integration
    public let descriptor: PlatformDescriptor
    /// Whether the platform can fetch files from this instance, as far as its address tells.
    public let filesReachable: Bool
    /// What becomes of the post's links here; nil where they stay as they are written.
    public let links: OutgoingLinks?

    public init(integration: Integration, descriptor: PlatformDescriptor, filesReachable: Bool = true, links: OutgoingLinks? = nil) {
        self.integration = integration
        self.descriptor = descriptor
        self.filesReachable = filesReachable
        self.links = links
    }

    /// How messages call it: `X @ada`.
    public var name: String {
        let account = integration.username
        if account.isEmpty { return "\(descriptor.name) \(integration.displayName)" }
        return "\(descriptor.name) \(account.hasPrefix("@") ? "" : "@")\(account)"
    }
}

/// Finds everything that would keep a post from going out as meant, before it is tried.
public enum PostValidator {
    /// A time that was right when it was sent may have passed on the way.
    static let clockTolerance = Duration.minutes(1)
    /// How far ahead a post may be scheduled.
    public static let horizonYears = 5

    /// Every problem of `content` on `channels`: errors keep it from being scheduled, warnings do not. `media` holds the files that exist;
    /// `scheduledFor` is nil for a post that goes out now or has no time yet. A draft has the same problems and may be saved with them.
    public static func problems(
        content: PostContent, channels: [ChannelContext], media: [MediaID: Media], scheduledFor: Timestamp?, now: Timestamp
    ) -> [Problem] {
        var problems = [Problem]()
        if channels.isEmpty { problems.append(Problem(.noChannels, "The post has no channel: choose at least one.")) }
        problems += timeProblem(scheduledFor, now: now)
        let shared = channels.isEmpty || channels.contains { content.versions[$0.integration.id] == nil }
        if shared, content.parts.allSatisfy(\.isEmpty) {
            problems.append(Problem(.emptyPost, "The post is empty: write something or add a picture or video."))
        }
        for channel in channels {
            let check = ChannelCheck(
                channel: channel.narrowed(to: content, media: media), content: channel.outgoing(content), media: media)
            problems += connectionProblems(of: channel, due: scheduledFor ?? now) + scopeProblems(of: channel, content)
            problems += check.problems + SettingCheck.problems(content.settings[channel.integration.id] ?? [:], on: channel)
        }
        return problems
    }

    /// How long `part` is as the platform counts it, and how long it may be: for counters. `settings` are the post's on this channel.
    public static func length(
        of part: PostPart, descriptor: PlatformDescriptor, limits: AccountLimits, settings: [String: JSONValue] = [:], isFollowUp: Bool
    ) -> (count: Int, limit: Int) {
        let lead = descriptor.lead(settings)
        return (
            descriptor.text.counting.length(of: part.text, after: lead, urlLength: limits.urlLength),
            descriptor.textLimit(limits, isFollowUp: isFollowUp)
        )
    }

    /// The length of every part of `content` on every one of `channels`: what a counter shows.
    public static func counts(of content: PostContent, on channels: [ChannelContext], media: [MediaID: Media] = [:]) -> [TextCount] {
        channels.flatMap { channel in
            let channel = channel.narrowed(to: content, media: media)
            let (id, limits, descriptor) = (channel.integration.id, channel.integration.limits, channel.descriptor)
            let lead = descriptor.lead(channel.settings(of: content))
            return content.parts(for: id).enumerated().map { index, part in
                let limit = descriptor.textLimit(limits, isFollowUp: index > 0)
                let counting = descriptor.text.counting
                let outgoing = channel.outgoing(part.text)
                return TextCount(
                    integrationId: id, part: index, length: counting.length(of: outgoing, after: lead, urlLength: limits.urlLength),
                    limit: limit,
                    fitting: counting.fitting(part.text, after: lead, urlLength: limits.urlLength, limit: limit, as: channel.outgoing),
                    outgoing: outgoing == part.text ? nil : outgoing)
            }
        }
    }

    /// How much of `text` fits into one part on all of `channels`, in UTF-16 code units.
    public static func fitting(
        _ text: String, isFollowUp: Bool, settings: [IntegrationID: [String: JSONValue]], on channels: [ChannelContext]
    ) -> Int {
        let before = isFollowUp ? [PostPart(text: "")] : []
        let counts = counts(of: PostContent(parts: before + [PostPart(text: text)], settings: settings), on: channels)
        return counts.filter { $0.part == before.count }.map(\.fitting).min() ?? text.utf16.count
    }

    private static func timeProblem(_ time: Timestamp?, now: Timestamp) -> [Problem] {
        guard let time else { return [] }
        if time < now - clockTolerance {
            return [Problem(.timeInPast, "The time \(time) has passed: choose a later one, or publish now.", field: "scheduledFor")]
        }
        if time > now + .days(Int64(horizonYears) * 366) {
            return [
                Problem(
                    .timeTooFar, "The time \(time) is more than \(horizonYears) years ahead: choose an earlier one.", field: "scheduledFor")
            ]
        }
        return []
    }

    /// What the person who connected the channel did not allow, or the operator's app may not ask for. Nothing is known where no scopes are.
    private static func scopeProblems(of channel: ChannelContext, _ content: PostContent) -> [Problem] {
        let granted = Set(channel.integration.scopes)
        guard !granted.isEmpty, channel.integration.reconnectReason == nil else { return [] }
        let hasFiles = content.parts(for: channel.integration.id).contains { !$0.mediaIds.isEmpty }
        let missing = channel.descriptor.scopes.filter { (hasFiles || !$0.withFiles) && granted.isDisjoint(with: $0.anyOf) }
        guard !missing.isEmpty else { return [] }
        let names = missing.map { $0.anyOf[0] }.joined(separator: ", ")
        return [
            channel.problem(
                .scopeMissing,
                "the connection was not given the permission \(names), without which the platform will refuse the post: connect the channel again "
                    + "and allow everything that is asked for.", severity: .warning)
        ]
    }

    /// What holds the post back although its content is right. The post is kept and waits, so these are warnings.
    private static func connectionProblems(of channel: ChannelContext, due: Timestamp) -> [Problem] {
        let integration = channel.integration
        var problems = [Problem]()
        if let reason = integration.reconnectReason {
            let because = reason.isEmpty ? "" : " (\(reason.trimmingSuffix(".")))"
            problems.append(
                channel.problem(
                    .channelNeedsReconnect, "must be connected again\(because): the post waits until that is done under Channels.",
                    severity: .warning))
        } else if let expiry = integration.endsAt, expiry <= due {
            problems.append(
                channel.problem(
                    .tokenExpiresFirst,
                    "the authorisation ends at \(expiry), before the post is due: connect the channel again before then.",
                    severity: .warning))
        }
        if !integration.active || integration.pausedAt != nil {
            problems.append(
                channel.problem(.channelPaused, "the channel is paused: the post waits until you resume it.", severity: .warning))
        }
        return problems
    }
}

/// How long a part is on one channel, as its platform counts.
public struct TextCount: Codable, Sendable, Equatable {
    public let integrationId: IntegrationID
    /// Counted from 0.
    public let part: Int
    /// In the platform's units, with the settings that count as text.
    public let length: Int
    public let limit: Int
    /// How much of the text fits, in UTF-16 code units.
    public let fitting: Int
    /// What goes out in its place, where links are changed; a short link's code is not made yet.
    public let outgoing: String?
}

extension PlatformDescriptor {
    /// What of the settings goes before the text and counts with it.
    func lead(_ settings: [String: JSONValue]) -> String {
        self.settings.filter(\.countsAsText).compactMap { settings[$0.name]?.string }.joined()
    }

    func textLimit(_ limits: AccountLimits, isFollowUp: Bool) -> Int {
        (isFollowUp ? thread.followUpTextLimit : nil) ?? (limitsTextItself ? nil : limits.textLength) ?? text.limit
    }
}

extension PostPart {
    /// Neither text nor media.
    var isEmpty: Bool { hasNoText && mediaIds.isEmpty }
    /// Nothing that can be seen: blanks, and signs such as U+200B, which have no shape of their own.
    var hasNoText: Bool {
        text.unicodeScalars.allSatisfy {
            $0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint || $0.properties.generalCategory == .format
                || $0.properties.generalCategory == .control || $0.isForbiddenInLinks
        }
    }
}

extension ChannelContext {
    /// The settings of a post here: its own in place of the channel's.
    func settings(of content: PostContent) -> [String: JSONValue] {
        integration.settings.merging(content.settings[integration.id] ?? [:]) { $1 }
    }

    /// The channel as it is for what `content` becomes there: a post, a reel, a story.
    func narrowed(to content: PostContent, media: [MediaID: Media]) -> ChannelContext {
        guard !descriptor.kinds.isEmpty else { return self }
        let files = (content.parts(for: integration.id).first?.mediaIds ?? []).compactMap { media[$0]?.kind }
        let narrow = descriptor.narrowed(to: descriptor.kind(settings(of: content), files: files))
        return ChannelContext(integration: integration, descriptor: narrow, filesReachable: filesReachable, links: links)
    }

    /// `text` as it goes out here.
    func outgoing(_ text: String) -> String { links?.text(text) ?? text }

    /// `content` with the texts as they go out here.
    func outgoing(_ content: PostContent) -> PostContent {
        guard links != nil else { return content }
        let (id, parts) = (integration.id, content.parts(for: integration.id))
        let changed = parts.map { PostPart(text: outgoing($0.text), mediaIds: $0.mediaIds) }
        guard changed != parts else { return content }
        var content = content
        content.versions[id] = changed
        return content
    }

    func problem(
        _ code: Problem.Code, _ message: String, severity: Problem.Severity = .error, part: Int? = nil, mediaId: MediaID? = nil,
        field: String? = nil, mend: Problem.Mend? = nil
    ) -> Problem {
        Problem(
            code, "\(name): \(message)", severity: severity, integrationId: integration.id, part: part, mediaId: mediaId, field: field,
            mend: mend)
    }
}

extension String {
    func trimmingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}
