import Application
import Domain
import Gateway
import Hummingbird

/// For administrators of a workspace: with which words the language model is asked, and what the month has used of it.
struct AIPages {
    func show(_ visit: Visit) async throws -> Response { try await show(visit, typed: nil, refusal: nil) }

    /// What was typed into a form that was refused is shown again.
    private func show(_ visit: Visit, typed: (task: AITask, prompt: String)?, refusal: ProblemReport?) async throws -> Response {
        guard visit.services.ai.isConfigured else { throw ProblemReport(.notFound, "There is no such page.") }
        let overview = try await visit.services.ai.overview(as: visit.caller)
        let used = String(overview.tokens.used)
        let budget = overview.tokens.left.map { _ in visit.services.configuration.ai?.monthlyTokens ?? 0 }
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .ai), "banner": refusal.map { visit.voice.banner($0) },
            "model": overview.model ?? visit.words("ai_modelUnknown"), "spent": used, "budget": budget.map(String.init),
            "used": budget.map { visit.words("ai_usedOf", ["used": used, "budget": String($0)]) } ?? visit.words("ai_used", ["used": used]),
            "places": AIPrompt.Place.allCases.map { place -> Model in
                ["sign": "{\(place.rawValue)}", "means": visit.words("ai_place_\(place.rawValue)")]
            },
            "prompts": overview.prompts.map { prompt -> Model in
                [
                    "task": prompt.task.rawValue, "label": visit.words("ai_task_\(prompt.task.rawValue)"), "changed": !prompt.standard,
                    "prompt": typed.flatMap { $0.task == prompt.task ? $0.prompt : nil } ?? prompt.prompt,
                ]
            },
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page("pages/ai", title: visit.words("settings_ai"), model, for: visit, status: status)
    }

    func save(_ visit: Visit) async throws -> Response {
        guard let task = visit.context.parameters.get("task").flatMap(AITask.init) else { throw ProblemReport.notFound("task") }
        let form = try await visit.form()
        let prompt = form.text("usual") == "yes" ? nil : form.text("prompt")
        do {
            _ = try await visit.services.ai.setPrompt(AIPromptChange(prompt: prompt), for: task, as: visit.caller)
            return try visit.redirect(to: SettingsSection.ai.rawValue, Toast(visit.words("ai_done_prompt")))
        } catch let report as ProblemReport {
            return try await show(visit, typed: (task, prompt ?? ""), refusal: report)
        }
    }
}
