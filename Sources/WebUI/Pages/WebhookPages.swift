import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// For administrators of a workspace: the addresses that are told what happens in it, and what they were sent.
struct WebhookPages {
    private static let tones = ["DELIVERED": "positive", "FAILED": "danger"]
    private static let shown = 50

    // MARK: All of them

    func list(_ visit: Visit) async throws -> Response { try await list(visit, form: nil, refusal: nil) }

    private func list(_ visit: Visit, form: FormFields?, refusal: ProblemReport?) async throws -> Response {
        let webhooks = try await visit.services.webhooks.list(as: visit.caller)
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .webhooks), "hasWebhooks": !webhooks.isEmpty,
            "adding": webhooks.isEmpty || refusal != nil,
            "webhooks": webhooks.map { webhook -> Model in
                [
                    "id": webhook.id.text, "name": webhook.name, "url": webhook.url, "state": state(webhook, visit), "tone": tone(webhook),
                    "about": about(webhook, visit),
                ]
            },
            "banner": refusal.map { visit.voice.banner($0) },
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page(
            "pages/webhooks", title: visit.words("settings_webhooks"), model.merging(try await choices(of: form, visit)), for: visit, status: status)
    }

    func create(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        do {
            let made = try await visit.services.webhooks.create(
                NewWebhook(name: form.text("name"), url: form.text("url"), events: Self.events(form), integrationIds: Self.channels(form)),
                as: visit.caller)
            return try await show(visit, made.webhook.id, secret: made.secret, banner: nil)
        } catch let report as ProblemReport {
            return try await list(visit, form: form, refusal: report)
        }
    }

    // MARK: One

    func show(_ visit: Visit) async throws -> Response { try await show(visit, try visit.id("webhook"), secret: nil, banner: nil) }

    private func show(
        _ visit: Visit, _ id: WebhookID, secret: String?, banner: Model?, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let webhooks = visit.services.webhooks
        let webhook = try await webhooks.get(id, as: visit.caller)
        let deliveries = try await webhooks.deliveries(of: id, limit: Self.shown, as: visit.caller)
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .webhooks), "id": id.text, "webhook": id.text, "name": webhook.name, "url": webhook.url,
            "state": state(webhook, visit), "tone": tone(webhook), "active": webhook.status == .active,
            "reason": webhook.stoppedReason.map(visit.say),
            "about": about(webhook, visit), "secret": secret.map { ["secret": $0] as Model }, "banner": banner,
            "hasDeliveries": !deliveries.isEmpty, "deliveries": deliveries.map { delivery($0, visit) },
        ]
        return try await visit.site.page("pages/webhook", title: webhook.name, model, for: visit, status: status)
    }

    private func delivery(_ delivery: WebhookDelivery, _ visit: Visit) -> Model {
        let next = delivery.nextAttemptAt.map { visit.words("webhookNext", ["time": visit.time.moment($0)]) }
        return [
            "id": delivery.id.text, "type": delivery.type, "when": visit.time.moment(delivery.createdAt), "next": next,
            "state": visit.words("webhook_\(delivery.status.rawValue)"), "tone": Self.tones[delivery.status.rawValue] ?? "info",
            "answer": delivery.answerStatus.map { visit.words("webhookAnswered", ["status": String($0), "ms": String(delivery.duration ?? 0)]) }
                ?? delivery.answer,
            "request": delivery.body, "response": delivery.answer?.unlessEmpty, "ended": delivery.nextAttemptAt == nil,
        ]
    }

    func test(_ visit: Visit) async throws -> Response {
        let id: WebhookID = try visit.id("webhook")
        let delivery = try await visit.services.webhooks.test(id, as: visit.caller)
        let isTaken = delivery.status == .delivered
        let words = visit.words(
            isTaken ? "webhookTestTaken" : "webhookTestRefused", ["answer": delivery.answerStatus.map(String.init) ?? delivery.answer ?? "?"])
        return try await show(visit, id, secret: nil, banner: Self.banner(isTaken ? "positive" : "danger", words))
    }

    func replaceSecret(_ visit: Visit) async throws -> Response {
        let made = try await visit.services.webhooks.replaceSecret(of: try visit.id("webhook"), as: visit.caller)
        return try await show(visit, made.webhook.id, secret: made.secret, banner: nil)
    }

    /// Stops it, or starts it again.
    func set(_ status: Webhook.Status, _ visit: Visit) async throws -> Response {
        let id: WebhookID = try visit.id("webhook")
        _ = try await visit.services.webhooks.update(id, WebhookChange(status: status), as: visit.caller)
        return try visit.redirect(to: "/settings/webhooks/\(id)", Toast(visit.words("done_save")))
    }

    func remove(_ visit: Visit) async throws -> Response {
        try await visit.services.webhooks.remove(try visit.id("webhook"), as: visit.caller)
        return try visit.redirect(to: "/settings/webhooks", Toast(visit.words("done_webhookRemove")))
    }

    func replay(_ visit: Visit) async throws -> Response {
        let id: WebhookID = try visit.id("webhook")
        guard let delivery = WebhookDeliveryID(try await visit.form().text("delivery")) else { throw ProblemReport.notFound("delivery") }
        do {
            try await visit.services.webhooks.replay(delivery, as: visit.caller)
        } catch let report as ProblemReport {
            return try await show(
                visit, id, secret: nil, banner: visit.voice.banner(report), status: HTTPResponse.Status(code: report.code.status))
        }
        return try visit.redirect(to: "/settings/webhooks/\(id)", Toast(visit.words("done_webhookReplay")))
    }

    // MARK: Words

    private static func events(_ form: FormFields) -> [EventType] { form.all("event").compactMap(EventType.init) }
    private static func channels(_ form: FormFields) -> [IntegrationID] { form.all("channel").compactMap(IntegrationID.init) }

    private func choices(of form: FormFields?, _ visit: Visit) async throws -> Model {
        let (events, channels) = (Set(form.map(Self.events) ?? []), Set(form.map(Self.channels) ?? []))
        let offered = try await visit.services.channels.list(as: visit.caller)
        return [
            "newName": form?["name"] ?? "", "newURL": form?["url"] ?? "", "hasChannels": !offered.isEmpty,
            "events": EventType.allCases.filter(\.isKept).map { event -> Model in
                ["value": event.rawValue, "on": events.contains(event)]
            },
            "channels": offered.map { channel -> Model in
                ["value": channel.id.text, "label": channel.title, "on": channels.contains(channel.id)]
            },
        ]
    }

    private func about(_ webhook: Webhook, _ visit: Visit) -> String {
        let events = webhook.events.isEmpty ? visit.words("webhookAllEvents") : webhook.events.map(\.rawValue).joined(separator: ", ")
        guard !webhook.integrationIds.isEmpty else { return events }
        return "\(events) · \(visit.words("webhookChannels", ["count": String(webhook.integrationIds.count)]))"
    }

    private func state(_ webhook: Webhook, _ visit: Visit) -> String {
        if webhook.status == .active, webhook.failingSince != nil { return visit.words("webhookFailing") }
        return visit.words("webhook_\(webhook.status.rawValue)")
    }

    private func tone(_ webhook: Webhook) -> String {
        if webhook.status == .stopped { return "danger" }
        return webhook.failingSince == nil ? "positive" : "warning"
    }

    private static func banner(_ tone: String, _ text: String) -> Model {
        ["tone": tone, "icon": tone == "danger" ? "alert" : "check", "role": tone == "danger" ? "alert" : "status", "text": text]
    }
}
