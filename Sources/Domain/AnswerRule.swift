import Foundation

/// The answers of a poll as people write them: in one text with `|` between them, such as `Tea | Coffee`.
public struct AnswerRule: Codable, Sendable, Equatable {
    public let minCount: Int
    public let maxCount: Int
    /// Of one answer, without white space around it.
    public let maxLength: Int
    public let counting: TextCounting

    public init(count: ClosedRange<Int>, maxLength: Int, counting: TextCounting) {
        minCount = count.lowerBound
        maxCount = count.upperBound
        self.maxLength = maxLength
        self.counting = counting
    }

    /// The answers in `text`, without white space around them.
    public static func list(_ text: String) -> [String] {
        text.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    }

    /// What is wrong with the answers in `text` for an account of these limits, so that it follows a setting's name; nil where nothing is.
    func fault(of text: String, limits: AccountLimits) -> String? {
        let answers = Self.list(text)
        let (most, longest) = (limits.pollAnswers ?? maxCount, limits.pollAnswerLength ?? maxLength)
        if answers.contains("") { return "has an empty answer: write something between one | and the next." }
        if answers.count < minCount { return "has \(answers.count) of at least \(minCount) answers: put | between them, such as Tea | Coffee." }
        if answers.count > most { return "has \(answers.count) of \(most) answers: remove \(answers.count - most)." }
        for answer in answers {
            let length = counting.length(of: answer)
            if length > longest {
                return "has an answer of \(length) of \(longest) characters ('\(answer.prefix(20))…'): shorten it by \(length - longest)."
            }
            if answers.count(where: { $0 == answer }) > 1 { return "has the answer '\(answer.prefix(60))' more than once: make them differ." }
        }
        return nil
    }
}
