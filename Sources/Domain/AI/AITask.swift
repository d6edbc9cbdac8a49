/// What a language model can be asked to do.
public enum AITask: String, Codable, Sendable, CaseIterable {
    /// A text in other words.
    case rewrite = "REWRITE"
    /// A text that fits where it goes.
    case shorten = "SHORTEN"
    /// What a picture shows, for those who cannot see it.
    case altText = "ALT_TEXT"
    /// Texts of posts about an item of a feed.
    case ideas = "IDEAS"

    /// The words with which a workspace asks until it has chosen its own. Models follow English best, whatever language they answer in.
    public var standardPrompt: AIPrompt {
        switch self {
        case .rewrite:
            """
            Rewrite this post for {platform}. Say the same in clearer and livelier words, in the language in which it is written. Keep names, \
            numbers, links, hashtags and mentions as they are. Use at most {limit} characters. Answer with the text of the post alone, without \
            quotation marks, headings or remarks.

            {text}
            """
        case .shorten:
            """
            Shorten this post for {platform} to at most {limit} characters, blanks and links counted. Stay in the language in which it is \
            written, and keep what matters most. Keep names, numbers, links and mentions as they are. Answer with the text of the post alone, \
            without quotation marks, headings or remarks.

            {text}
            """
        case .altText:
            """
            Describe this picture in {language} for people who cannot see it: what it shows, and what matters about it, in one to three plain \
            sentences of at most {limit} characters together. Say what is written in it where that matters. Do not begin with "A picture of". \
            Answer with the description alone.
            """
        case .ideas:
            """
            Write three different posts for {platform} about this article, in {language}, each of at most {limit} characters: one that tells the \
            news, one that asks its readers something, and one that says what is most useful. Use only what stands here. Leave out links and \
            hashtags. Put a line with only --- between the posts, and write nothing else.

            {text}
            """
        }
    }

    /// How many texts it is answered with at most.
    public var mostAnswers: Int { self == .ideas ? 3 : 1 }
}
