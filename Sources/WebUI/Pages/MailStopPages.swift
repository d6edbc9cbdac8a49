import Application
import Domain
import Gateway
import Hummingbird

/// Ends one kind of mails to one person, by the address in each of them, without signing in. Only sending the form does it: programs that look
/// at the links in mails change nothing. A mail program sends it by itself (RFC 8058).
struct MailStopPages {
    let site: Site

    func show(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let token = context.parameters.get("token") ?? ""
        return try page(request, context) { words in
            let topic = try site.services.unsubscribing.topic(of: token)
            return [
                "ask": true, "action": "/mails/stop/\(token)", "heading": words("mails_stopHeading"), "topic": words("mails_\(topic.rawValue)"),
            ]
        }
    }

    func stop(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let ended: Result<MailTopic, ProblemReport>
        do {
            ended = .success(try await site.services.unsubscribing.stop(context.parameters.get("token") ?? ""))
        } catch let report as ProblemReport {
            ended = .failure(report)
        }
        return try page(request, context) { words in
            let topic = try ended.get()
            return ["done": true, "heading": words("mails_stopped"), "topic": words("mails_\(topic.rawValue)")]
        }
    }

    private func page(_ request: Request, _ context: AppRequestContext, _ content: (Words) throws -> Model) throws -> Response {
        let signedIn = context.signedIn
        let words = signedIn.map { site.catalogue.words(for: $0.user.locale) } ?? site.words(for: request)
        var (model, status): (Model, HTTPResponse.Status)
        do {
            (model, status) = (try content(words), .ok)
        } catch let report as ProblemReport {
            let voice = Voice(words: words, time: LocalTime(zone: "UTC", locale: words.language))
            (model, status) = (["heading": words("mails_stopHeading"), "banner": voice.banner(report)], .init(code: report.code.status))
        }
        return try site.plainPage(
            "pages/mails-stop", title: words("mails_stopHeading"), model, words: words, request: request, csrf: signedIn?.csrfToken,
            status: status)
    }
}
