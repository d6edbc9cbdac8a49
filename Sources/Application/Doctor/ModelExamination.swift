import Domain
import Platforms

extension NetworkExaminations {
    /// Nothing is said where the operator has set none.
    func languageModel() async -> [Diagnosis] {
        guard let settings = configuration.ai else { return [] }
        do {
            let model = try await HTTPTransport.briefly(patience) {
                try await AIHelp.look(at: settings, through: $0.platform, at: SystemTime())
            }
            return [Diagnosis("language model", .ok, "\(settings.base.absoluteString) answers; \(model) is asked.")]
        } catch {
            let words = (error as? ProblemReport)?.message ?? "\(error)"
            return [Diagnosis("language model", .warning, words, advice: "Check OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL.")]
        }
    }
}
