import Application
import Domain
import Foundation
import Hummingbird

/// The links for clients, for those who manage the workspace.
struct PortalLinkPages {
    private static let here = "/channels/portal"

    func show(_ visit: Visit) async throws -> Response { try await show(visit, created: nil, refusal: nil) }

    private func show(_ visit: Visit, created: CreatedPortalLink?, refusal: ProblemReport?) async throws -> Response {
        let links = try await visit.services.portalLinks.list(as: visit.caller)
        let customers = Set(try await visit.services.channels.list(as: visit.caller).compactMap(\.customer)).sorted()
        let model: Model = [
            "banner": refusal.map { visit.voice.banner($0) },
            "created": created.map { ["url": $0.url, "person": $0.link.person] as Model },
            "links": links.map { link($0, visit) }, "hasLinks": !links.isEmpty,
            "form": customers.isEmpty
                ? nil
                : [
                    "customers": customers.map { ["value": $0] as Model }, "most": String(PortalLinks.days.upperBound),
                    "days": String(PortalLinks.usualDays), "longest": String(PortalLinks.longestName),
                ] as Model,
            "noCustomers": customers.isEmpty,
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page("pages/portal-links", title: visit.words("portalLinks"), model, for: visit, status: status)
    }

    private func link(_ link: PortalLink, _ visit: Visit) -> Model {
        let hasEnded = link.expiresAt <= visit.services.time.now
        return [
            "id": link.id.text, "person": link.person, "customer": link.customer, "ended": hasEnded,
            "may": visit.words(link.mayApprove ? "portal_mayApprove" : "portal_mayLook"),
            "ends": visit.words(hasEnded ? "endedAt" : "expiresAt", ["time": visit.time.moment(link.expiresAt)]),
            "used": link.lastUsedAt.map { visit.words("lastUsed", ["time": visit.time.moment($0)]) } ?? visit.words("neverUsed"),
            "revokeLabel": "\(visit.words("revoke")): \(link.person)",
        ]
    }

    /// Shows the address at once: it is never to be had again.
    func create(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        do {
            let new = NewPortalLink(
                customer: form.text("customer"), person: form.text("person"), mayApprove: form.text("mayApprove") == "yes",
                days: Int(form.text("days")) ?? PortalLinks.usualDays)
            return try await show(visit, created: try await visit.services.portalLinks.make(new, as: visit.caller), refusal: nil)
        } catch let report as ProblemReport {
            return try await show(visit, created: nil, refusal: report)
        }
    }

    func revoke(_ visit: Visit) async throws -> Response {
        try await visit.services.portalLinks.revoke(try visit.id("link"), as: visit.caller)
        return try visit.redirect(to: Self.here, Toast(visit.words("portal_done_revoke")))
    }
}
