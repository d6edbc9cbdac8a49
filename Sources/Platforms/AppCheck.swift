import Domain

/// What a platform says of the operator's app when it is asked in the app's name alone, with nobody's account.
public enum AppCheck: Sendable, Equatable {
    case accepted
    /// With the reason in the platform's words, as far as it gives one.
    case refused(String?)
    /// The platform has no such question, or its answer does not tell: only connecting an account does.
    case untold
}

extension PlatformAPI {
    /// What the answer to `call` tells, which is made in the app's name alone. `beyond`: what a refusal says that comes only after the app was
    /// accepted, such as that of a code which nobody was given. `certain`: whether every other refusal is about the app; else only one that says so.
    func check(_ call: HTTPCall, beyond: String? = nil, certain: Bool = false) async throws -> AppCheck {
        let answer = try await send(call, accepting: [400, 401, 403])
        if answer.isSuccess, answer.document?["error"] == nil { return .accepted }
        let text = answer.text.lowercased()
        if let beyond, text.contains(beyond) { return .accepted }
        guard certain || answer.status == 401 || ["invalid_client", "client_secret"].contains(where: text.contains) else { return .untold }
        return .refused(answer.detail.map { Redaction.remove(call.secrets, from: $0) })
    }
}
