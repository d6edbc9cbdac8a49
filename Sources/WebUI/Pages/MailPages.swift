import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// For administrators: whether mail leaves, and a way in for people who lost their password.
struct MailPages {
    private static let tones = ["SENT": "positive", "FAILED": "danger"]

    func show(_ visit: Visit) async throws -> Response { try await show(visit, link: nil, banner: nil) }

    private func show(_ visit: Visit, link: String?, banner: Model?) async throws -> Response {
        let mail = visit.services.mail
        let outbox = try await mail.outbox(as: visit.caller)
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .mail), "configured": mail.configured, "email": visit.signedIn.user.email,
            "mailState": visit.words(mail.configured ? "mailOn" : "mailOff"),
            "mail": outbox.map { record -> Model in
                [
                    "subject": record.subject, "to": record.recipient, "when": visit.time.moment(record.createdAt),
                    "error": record.lastError,
                    "state": visit.words("mail_\(record.status.rawValue)"), "tone": Self.tones[record.status.rawValue] ?? "info",
                ]
            },
            "hasMail": !outbox.isEmpty, "link": link, "banner": banner,
        ]
        return try await visit.site.page("pages/mail", title: visit.words("settings_mail"), model, for: visit)
    }

    private func said(_ tone: String, _ text: String) -> Model {
        ["tone": tone, "icon": tone == "danger" ? "alert" : "check", "role": "status", "text": text]
    }

    func test(_ visit: Visit) async throws -> Response {
        let address = try await visit.form().text("to")
        do {
            try await visit.services.mail.sendTest(to: address, as: visit.caller)
            return try await show(visit, link: nil, banner: said("positive", visit.words("testSent", ["to": address])))
        } catch let report as ProblemReport {
            return try await show(visit, link: nil, banner: said("danger", visit.say(report.message)))
        }
    }

    func resetLink(_ visit: Visit) async throws -> Response {
        do {
            let link = try await visit.services.accounts.resetLink(forEmail: try await visit.form().text("email"), as: visit.caller)
            return try await show(visit, link: link.absoluteString, banner: nil)
        } catch let report as ProblemReport {
            return try await show(visit, link: nil, banner: said("danger", visit.say(report.message)))
        }
    }
}
