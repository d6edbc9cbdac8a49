import Foundation

/// The server of a language model that the operator has chosen. Without one the product shows nothing of it.
public struct AISettings: Sendable, Equatable {
    /// Without a slash at the end, such as `https://api.openai.com/v1`.
    public let base: URL
    public let key: String?
    /// Nil: it is found by asking.
    public let model: String?
    /// What a workspace may use in a month; nil: as much as it likes.
    public let monthlyTokens: Int?

    public init(base: URL, key: String? = nil, model: String? = nil, monthlyTokens: Int? = nil) {
        self.base = base
        self.key = key
        self.model = model
        self.monthlyTokens = monthlyTokens
    }

    private static let usualBase = "https://api.openai.com/v1"

    /// Nil when neither address nor key is set.
    init?(_ reader: inout ConfigurationReader) {
        let (address, key) = (reader.address("OPENAI_BASE_URL"), reader.text("OPENAI_API_KEY"))
        let (model, tokens) = (reader.text("OPENAI_MODEL"), reader.number("AI_MONTHLY_BUDGET"))
        if let address, address.query() != nil || address.fragment() != nil || address.user() != nil {
            reader.refuse("OPENAI_BASE_URL", "leave out everything after the path: the key has a setting of its own, OPENAI_API_KEY")
        }
        guard address != nil || key != nil, let base = address ?? URL(string: Self.usualBase) else { return nil }
        self.init(base: base, key: key, model: model, monthlyTokens: tokens > 0 ? tokens : nil)
    }
}

extension ConfigurationVariable {
    static let ai: [ConfigurationVariable] = [
        .init(
            "OPENAI_BASE_URL", .webAddress, .ai,
            """
            A server that speaks OpenAI's Chat Completions, up to what stands before `/chat/completions`, such as `http://localhost:11434/v1` \
            for Ollama. It may be on this machine or in your network. Setting it or `OPENAI_API_KEY` switches help with writing on; without it \
            OpenAI's own is asked. See docs/ai.md.
            """),
        .init("OPENAI_API_KEY", .text, secret: true, .ai, "The key for that server. Servers of your own often need none."),
        .init(
            "OPENAI_MODEL", .text, .ai,
            "The model to ask, as the server calls it. Without it the server is asked which it has: docs/ai.md says which of them is taken."),
        .init(
            "AI_MONTHLY_BUDGET", .number(0...1_000_000_000_000), default: "500000", .ai,
            "How many tokens each workspace may use in a month of its own clocks. `0`: as many as it likes."),
    ]
}
