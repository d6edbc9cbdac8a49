import Domain
import Platforms

extension NetworkExaminations {
    /// Nothing is said where the operator has set none.
    func languageModel() async -> [Diagnosis] {
        guard let settings = configuration.ai else { return [] }
        let transport = HTTPTransport(
            settings: TransportSettings(
                userAgent: "Postiz/\(version)", connectTimeout: .seconds(3), readTimeout: .seconds(5), deadline: .seconds(10)))
        let diagnosis: Diagnosis
        do {
            let model = try await AIHelp.look(at: settings, through: transport.platform, at: SystemTime())
            diagnosis = Diagnosis("language model", .ok, "\(settings.base.absoluteString) answers; \(model) is asked.")
        } catch {
            let words = (error as? ProblemReport)?.message ?? "\(error)"
            diagnosis = Diagnosis("language model", .warning, words, advice: "Check OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL.")
        }
        try? await transport.shutdown()  // Nothing is sent any more.
        return [diagnosis]
    }
}
