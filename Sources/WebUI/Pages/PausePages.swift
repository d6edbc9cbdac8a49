import Application
import Domain
import Hummingbird

/// The switches that hold everything, in the workspace or on this server.
struct PausePages {
    func pause(_ visit: Visit) async throws -> Response {
        try await set(visit, "done_pauseAll") { try await visit.services.pausing.pause($0, as: visit.caller) }
    }

    func resume(_ visit: Visit) async throws -> Response {
        try await set(visit, "done_resumeAll") { try await visit.services.pausing.resume($0, as: visit.caller) }
    }

    private func set(_ visit: Visit, _ done: String, _ change: (PauseScope) async throws -> PauseState) async throws -> Response {
        let form = try await visit.form()
        let back = form.text("back").localPath(or: "/channels")
        guard let scope = PauseScope(rawValue: form.text("scope")) else {
            throw ProblemReport.invalid("scope", "Choose what is meant: the workspace or the instance.")
        }
        return try await visit.orSay(back) {
            _ = try await change(scope)
            return try visit.redirect(to: back, Toast(visit.words(done)))
        }
    }
}
