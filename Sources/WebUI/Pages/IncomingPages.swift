import Application
import Domain
import Gateway
import Hummingbird

/// For administrators of a workspace: secret addresses that make drafts of what other programs send.
struct IncomingPages {
    func show(_ visit: Visit) async throws -> Response { try await show(visit, created: nil, refusal: nil) }

    private func show(_ visit: Visit, created: IncomingWebhooks.Created?, refusal: ProblemReport?) async throws -> Response {
        let addresses = try await visit.services.incoming.list(as: visit.caller)
        let channels = try await visit.services.channels.list(as: visit.caller)
        let names = channels.byId.mapValues(\.title)
        let model: Model = [
            "subnav": SettingsSection.navigation(visit, at: .webhooks), "banner": refusal.map { visit.voice.banner($0) },
            "created": created.map { ["url": $0.url] as Model }, "hasAddresses": !addresses.isEmpty,
            "adding": addresses.isEmpty || refusal != nil, "hasChannels": !channels.isEmpty,
            "addresses": addresses.map { address -> Model in
                [
                    "id": address.id.text, "name": address.name,
                    "channels": address.integrationIds.map { names[$0] ?? visit.words("removedChannel") }.joined(separator: ", "),
                    "used": address.lastUsedAt.map { visit.words("lastUsed", ["time": visit.time.moment($0)]) } ?? visit.words("neverUsed"),
                    "received": visit.words.count("incomingDrafts", address.received),
                ]
            },
            "channels": channels.map { ["value": $0.id.text, "label": $0.title] as Model },
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page("pages/incoming", title: visit.words("incoming"), model, for: visit, status: status)
    }

    /// Shows the new address at once: it is never to be had again.
    func create(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        do {
            let new = NewIncomingWebhook(name: form.text("name"), integrationIds: form.all("channel").compactMap(IntegrationID.init))
            return try await show(visit, created: try await visit.services.incoming.create(new, as: visit.caller), refusal: nil)
        } catch let report as ProblemReport {
            return try await show(visit, created: nil, refusal: report)
        }
    }

    func revoke(_ visit: Visit) async throws -> Response {
        try await visit.services.incoming.revoke(try visit.id("incoming address"), as: visit.caller)
        return try visit.redirect(to: "/settings/webhooks/incoming", Toast(visit.words("feed_done_revoke")))
    }
}
