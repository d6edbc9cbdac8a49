import Domain

/// A text to be broken into the parts of a thread.
public struct SplitRequest: Codable, Sendable, Equatable {
    public let text: String
    /// Channel ids or unambiguous names: a part fits on all of them.
    public let platforms: [String]
    /// As in a draft: what goes into the text counts.
    public let settings: [String: [String: JSONValue]]?
    /// Whether it follows other parts.
    public let followUp: Bool?
    /// Whether each part ends with its number, such as 2/5.
    public let numbered: Bool?
}

/// The parts, in order.
public struct SplitText: Codable, Sendable, Equatable {
    public let parts: [String]
}

extension Posts {
    /// Parts that fit on all named channels. They end where a paragraph, a sentence or at least a word does.
    ///
    /// Throws as `check` for channels and settings that cannot be read, and `VALIDATION_FAILED` without a channel.
    public func split(_ request: SplitRequest, as caller: Caller) async throws -> SplitText {
        try caller.require(.postsRead)
        guard !request.platforms.isEmpty else { throw ProblemReport.invalid("platforms", "Name the channels whose limits the parts must keep.") }
        let draft = PostDraft(content: request.text, platforms: request.platforms, settings: request.settings, status: .draft)
        let reading = try await read(draft, as: caller)
        let channels = contexts(of: reading)
        let parts = TextSplitting.parts(of: request.text, numbered: request.numbered ?? false) { text, isFurther in
            let isFollowUp = isFurther || request.followUp == true
            return PostValidator.fitting(text, isFollowUp: isFollowUp, settings: reading.content.settings, on: channels)
        }
        return SplitText(parts: parts)
    }
}
