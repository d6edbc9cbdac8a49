import Domain
import Foundation
import Persistence
import Platforms

/// Help with writing by a language model of the operator's choice. Whatever it answers is a suggestion: nothing is stored or goes out by itself.
public struct AIHelp: Sendable {
    public static let longestText = 20_000

    /// Nil where the operator has set none.
    private let model: LanguageModel?
    private let budget: AIBudget
    private let database: any Database
    private let posts: Posts
    private let media: MediaLibrary
    private let audit: AuditLog

    init(
        settings: AISettings?, http: any HTTPSender, database: any Database, posts: Posts, media: MediaLibrary, audit: AuditLog,
        time: any TimeSource
    ) {
        model = settings.map { LanguageModel(settings: $0, http: http, time: time) }
        budget = AIBudget(tokens: settings?.monthlyTokens, database: database, time: time)
        self.database = database
        self.posts = posts
        self.media = media
        self.audit = audit
    }

    public var isConfigured: Bool { model != nil }

    private func configured() throws -> LanguageModel {
        guard let model else {
            throw ProblemReport(
                .aiNotConfigured,
                "This server has no language model. Its operator sets OPENAI_BASE_URL, OPENAI_API_KEY or both: docs/ai.md.")
        }
        return model
    }

    // MARK: What there is

    public func overview(as caller: Caller) async throws -> AIOverview {
        try caller.require(.postsRead)
        let (organization, budget) = (caller.organizationId, budget)
        let (own, month, used) = try await database.read { transaction in
            let month = try budget.month(of: organization, in: transaction)
            return (
                try AIRepository.prompts(of: organization, in: transaction), month,
                try AIRepository.used(in: month, of: organization, in: transaction)
            )
        }
        return AIOverview(
            enabled: isConfigured, model: await model?.knownName, month: month, tokens: budget.count(used),
            prompts: AITask.allCases.map { AIPromptView($0, own[$0]) })
    }

    /// Changes the words for everybody in the workspace. Throws `VALIDATION_FAILED`, `AI_NOT_CONFIGURED`.
    public func setPrompt(_ change: AIPromptChange, for task: AITask, as caller: Caller) async throws -> AIPromptView {
        try caller.require(.admin)
        try caller.require(.manage)
        try caller.requireApproved(to: "change what the language model is asked")
        _ = try configured()
        let words = (change.prompt ?? "").withOneLineEnd.trimmingCharacters(in: .whitespacesAndNewlines)
        guard words.unicodeScalars.count <= AIPrompt.longest else {
            throw ProblemReport.invalid("prompt", "A prompt has at most \(AIPrompt.longest) characters.")
        }
        let own = words.isEmpty || AIPrompt(words) == task.standardPrompt ? nil : AIPrompt(words)
        try await database.write { transaction in
            try AIRepository.set(own, for: task, of: caller.organizationId, in: transaction)
            try audit.record("ai_prompt.changed", detail: ["task": .string(task.rawValue)], as: caller, in: transaction)
        }
        return AIPromptView(task, own)
    }

    // MARK: Asking

    /// Throws `AI_NOT_CONFIGURED`, `AI_BUDGET_SPENT`, `AI_FAILED` with the reason, `VALIDATION_FAILED`, `NOT_FOUND`, `UNSUPPORTED_MEDIA`, and as
    /// `Posts.check` for channels and settings that cannot be read.
    public func suggest(_ request: AIRequest, as caller: Caller) async throws -> AISuggestions {
        try caller.require(.postsWrite)
        let model = try configured()
        let question = try await AIQuestion(request, posts: posts, media: media, database: database, as: caller)
        if request.preview == true { return try await preview(question, model, as: caller) }
        do {
            let name = try await model.name()
            return try await ask(question, model, name, for: caller.organizationId)
        } catch let fault as LanguageModel.Fault {
            throw fault.report
        }
    }

    private func preview(_ question: AIQuestion, _ model: LanguageModel, as caller: Caller) async throws -> AISuggestions {
        let overview = try await overview(as: caller)
        return AISuggestions(suggestions: [], model: overview.model, sent: [question.words], tokens: overview.tokens)
    }

    private func ask(_ question: AIQuestion, _ model: LanguageModel, _ name: String, for organization: OrganizationID) async throws -> AISuggestions {
        var messages = [LanguageModel.Message(role: .user, text: question.words, picture: question.picture)]
        var (texts, used) = try await texts(question, messages, model, name, for: organization)
        var sent = [question.words]
        // Models count badly: the one that is told by how much it is too long does better.
        if question.task == .shorten, let text = texts.first, let again = question.complaint(about: text) {
            messages += [.init(role: .assistant, text: text), .init(role: .user, text: again)]
            sent.append(again)
            let (second, usedNow) = try await self.texts(question, messages, model, name, for: organization)
            (texts, used) = (second, usedNow)
        }
        return AISuggestions(suggestions: texts.map(question.suggestion), model: name, sent: sent, tokens: budget.count(used))
    }

    private func texts(
        _ question: AIQuestion, _ messages: [LanguageModel.Message], _ model: LanguageModel, _ name: String, for organization: OrganizationID
    ) async throws -> (texts: [String], used: Int) {
        let asked = messages.reduce(0) { $0 + AITokens.estimate($1.text) + ($1.picture == nil ? 0 : AITokens.picture) }
        let reserved = try await budget.reserve(asked + question.expected, for: organization)
        let answer: LanguageModel.Answer
        do {
            answer = try await model.answer(to: messages, by: name)
        } catch let fault as LanguageModel.Fault where !fault.mayHaveWorked {
            try await budget.settle(reserved, as: 0)
            throw fault
        }
        let used = try await budget.settle(reserved, as: answer.tokens ?? asked + AITokens.estimate(answer.text))
        let texts = AIAnswer.texts(in: answer.text, most: question.task.mostAnswers)
        guard !texts.isEmpty else { throw LanguageModel.Fault.empty }
        return (texts, used)
    }

    // MARK: For the doctor

    /// Whether the server answers: with the name of the model that is asked. Throws `ProblemReport`.
    static func look(at settings: AISettings, through http: any HTTPSender, at time: any TimeSource) async throws -> String {
        let unnamed = AISettings(base: settings.base, key: settings.key)
        do {
            let found = try await LanguageModel(settings: unnamed, http: http, time: time).name()
            return settings.model ?? found
        } catch let fault as LanguageModel.Fault {
            // A server need not tell which models it has where the operator has named one.
            if let name = settings.model, fault.report.details["reason"] == "model" { return name }
            throw fault.report
        }
    }
}
