import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// For administrators: whether mail leaves, and a way in for people who lost their password.
struct MailPages {
    private static let examples = ["host": "smtp.example.com", "port": "587", "user": "postiz@example.com", "from": "postiz@example.com"]
    private static let tones = ["SENT": "positive", "FAILED": "danger"]

    func show(_ visit: Visit) async throws -> Response { try await show(visit, link: nil, banner: nil) }

    private func show(_ visit: Visit, link: String?, banner: Model?) async throws -> Response {
        let mail = visit.services.mail
        let outbox = try await mail.outbox(as: visit.caller)
        let server = try mail.settings(as: visit.caller)
        let environment = MailEnvironment(visit.query, server)
        let topic = MailTopic(rawValue: visit.query.text("look")) ?? .failures
        let looks = try await looks(of: topic, from: server, visit)
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .mail), "configured": mail.configured, "email": visit.signedIn.user.email,
            "mailState": visit.words(mail.configured ? "mailOn" : "mailOff"),
            "mail": outbox.map { record -> Model in
                [
                    "subject": record.subject, "to": record.recipient, "when": visit.time.moment(record.createdAt),
                    "error": record.lastError.map(visit.say),
                    "state": visit.words("mail_\(record.status.rawValue)"), "tone": Self.tones[record.status.rawValue] ?? "info",
                ]
            },
            "isSettingUp": !mail.configured || environment.isTyped, "isLooking": visit.query.given("look") != nil,
            "hasMail": !outbox.isEmpty, "link": link, "banner": banner,
        ]
        let whole = model.merging(fields(environment, visit)).merging(looks)
        return try await visit.site.page("pages/mail", title: visit.words("settings_mail"), whole, for: visit)
    }

    private func fields(_ environment: MailEnvironment, _ visit: Visit) -> Model {
        let fields = ["host", "port", "user", "from", "name"].map { field -> Model in
            let type = ["port": "number", "from": "email"][field] ?? "text"
            return [
                "name": field, "value": environment.values[field] ?? "", "label": visit.words("mailField_\(field)"), "type": type,
                "example": Self.examples[field] ?? "", "isPort": field == "port", "isNeeded": field == "host",
            ]
        }
        let secure = environment.values["secure"] ?? "false"
        let secures = ["false", "true"].map { (value: String) -> Model in
            ["value": value, "label": visit.words("mailSecure_\(value)"), "selected": value == secure]
        }
        let lines: Model? = environment.text.map { ["id": "mail-lines", "title": visit.words("mailLines"), "text": $0] }
        return ["fields": fields, "secures": secures, "lines": lines]
    }

    private func looks(of topic: MailTopic, from server: SMTPServer?, _ visit: Visit) async throws -> Model {
        let sample = try await visit.services.mail.preview(MailSamples(visit: visit).kind(topic), as: visit.caller)
        let sender = server.map { "\($0.fromName.unlessEmpty ?? "Postiz") <\($0.fromAddress)>" } ?? "Postiz"
        let looks = MailTopic.allCases.map { choice -> Model in
            let href = link("/settings/mail", ["look": choice.rawValue]) + "#mail-look"
            return ["href": href, "label": visit.words("mails_\(choice.rawValue)"), "current": choice == topic]
        }
        let shown: Model = ["from": sender, "to": sample.to, "subject": sample.subject, "text": sample.text]
        return ["looks": looks, "sample": shown]
    }

    private func said(_ tone: String, _ text: String) -> Model {
        ["tone": tone, "icon": tone == "danger" ? "alert" : "check", "role": "status", "text": text]
    }

    func test(_ visit: Visit) async throws -> Response {
        let address = try await visit.form().text("to")
        do {
            let answer = try await visit.services.mail.sendTest(to: address, as: visit.caller)
            return try await show(visit, link: nil, banner: said("positive", visit.words("testTaken", ["to": address, "answer": answer])))
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
