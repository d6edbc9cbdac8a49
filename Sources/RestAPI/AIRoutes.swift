import Application
import Domain
import Gateway
import Hummingbird

/// Help with writing by the operator's language model.
struct AIRoutes: Sendable {
    let services: Services
    private var ai: AIHelp { services.ai }

    var routes: [Route] {
        [
            Route(
                .get, "/api/ai", "Whether there is help with writing, what this month has used of it, and the prompts", access: .scope(.postsRead)
            ) { call in try await ai.overview(as: try call.caller) },
            Route(
                .post, "/api/ai/suggestions",
                "Have the language model suggest a text: another wording, a shorter one, what a picture shows, ideas about an item of a feed. Nothing is stored",
                access: .scope(.postsWrite), rate: .drafting,
                errors: [
                    .aiNotConfigured, .aiBudgetSpent, .aiFailed, .notFound, .unknownChannel, .ambiguousChannel, .unsupportedMedia,
                    .storageUnavailable, .storageFull,
                ]
            ) { (request: AIRequest, call) in try await ai.suggest(request, as: try call.caller) },
            Route(
                .put, "/api/ai/prompts/{task}", "Change the words with which the workspace asks; without any the usual ones count again",
                access: .scope(.admin), needs: .manage, errors: [.aiNotConfigured]
            ) { (change: AIPromptChange, call) in
                guard let task = AITask(rawValue: try call.path("task").uppercased()) else { throw ProblemReport.notFound("task") }
                return try await ai.setPrompt(change, for: task, as: try call.caller)
            },
        ]
    }
}
