import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Where a person decides whether an assistant may act for them, and how far.
struct AuthorizePages {
    func show(_ visit: Visit) async throws -> Response {
        switch try await read(visit) {
        case .success(let request): try await ask(request, visit)
        case .failure(let refusal): try offer(refusal.answer, visit)
        }
    }

    /// Throws for a request that is refused whoever signs in.
    static func checkBeforeSignIn(_ request: Request) throws {
        try Authorization.checkBeforeSignIn(OAuthParameters(try FormFields(queryOf: request).pairs.map { ($0.name, $0.value) }))
    }

    /// What the assistant asks stands in the address, also of the form: it is checked again when the person has decided.
    func decide(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let request: ConsentRequest
        switch try await read(visit) {
        case .success(let checked): request = checked
        case .failure(let refusal): return try offer(refusal.answer, visit)
        }
        guard form.text("decision") == "allow" else { return try send(visit.services.authorization.deny(request), visit) }
        guard let extent = GrantExtent(rawValue: form.text("extent")) else {
            throw ProblemReport.invalid("extent", visit.words("allow_chooseExtent"))
        }
        let organization = OrganizationID(form.text("organization")) ?? visit.caller.organizationId
        return try send(try await visit.services.authorization.allow(request, extent, in: organization, as: visit.caller), visit)
    }

    private func read(_ visit: Visit) async throws -> Result<ConsentRequest, ConsentRefusal> {
        let parameters = OAuthParameters(visit.query.pairs.map { ($0.name, $0.value) })
        return try await visit.services.authorization.read(parameters, as: visit.caller)
    }

    // MARK: The question

    private func ask(_ request: ConsentRequest, _ visit: Visit) async throws -> Response {
        let title = visit.words("allow_title", ["client": request.clientName])
        var response = try visit.site.plainPage(
            "pages/authorize", title: title, try await model(request, visit).merging(["heading": title]), words: visit.words,
            request: visit.request, csrf: visit.signedIn.csrfToken)
        response.headers[.contentSecurityPolicy] = ContentPolicy(visit.services.configuration).text(formTarget: Self.formTarget(request.redirect))
        return response
    }

    private func model(_ request: ConsentRequest, _ visit: Visit) async throws -> Model {
        let (words, extents) = (visit.words, request.extents)
        let workspaces = try await visit.services.accounts.me(as: visit.caller).organizations
        let suggested = extents.contains(.drafts) ? GrantExtent.drafts : .full
        let isLocal = request.redirect.kind == .loopback
        return [
            "query": visit.request.uri.query, "signedIn": words("allow_signedIn", ["email": visit.signedIn.user.email]),
            "host": request.redirect.host,
            "identity": request.identifiedBy.map { words("allow_describedBy", ["host": $0]) } ?? words("allow_ownName"),
            "banner": isLocal
                ? ["tone": "warning", "icon": "alert", "role": "note", "text": words("allow_loopback", ["client": request.clientName])] as Model
                : nil,
            "scopes": request.scopes.map { words("scope_\($0)") },
            "choosesExtent": extents.count > 1, "onlyExtent": extents.count == 1 ? extents[0].rawValue : nil,
            "extents": extents.map { extent -> Model in
                [
                    "value": extent.rawValue, "label": words("extent_\(extent)"), "help": words("extent_\(extent)_help"),
                    "on": extent == suggested,
                ]
            },
            "choosesWorkspace": workspaces.count > 1, "workspace": visit.signedIn.organization.name,
            "workspaces": workspaces.map { workspace -> Model in
                ["value": workspace.id.text, "label": workspace.name, "on": workspace.id == visit.caller.organizationId]
            },
        ]
    }

    /// A program on the person's own computer gets its answer by a redirect of our form.
    private static func formTarget(_ redirect: RedirectAddress) -> String? {
        guard redirect.kind == .loopback else { return nil }
        // The policy has no way to write an IPv6 address.
        return redirect.host.hasPrefix("[") ? "http:" : "http://\(redirect.host):*"
    }

    // MARK: The answer

    private func send(_ answer: ConsentAnswer, _ visit: Visit) throws -> Response {
        guard answer.redirect.kind == .program else {
            return Response(
                status: .seeOther, headers: [.location: answer.url, .cacheControl: "no-store", .init("Referrer-Policy")!: "no-referrer"])
        }
        // Browsers do not let a form lead to a program. A page does it, and stays with a link for those that ask before.
        var response = try page(answer, visit.words("allow_opening"), visit)
        response.headers[.init("Refresh")!] = "0; url=\(answer.url)"
        return response
    }

    /// An answer before the person has decided anything. Anybody can register an address, so a link to us must not lead there by itself
    /// (RFC 9700 §4.11.2): the person sees where it goes.
    private func offer(_ answer: ConsentAnswer, _ visit: Visit) throws -> Response {
        try page(answer, visit.words("allow_refused", ["host": answer.redirect.host]), visit)
    }

    private func page(_ answer: ConsentAnswer, _ text: String, _ visit: Visit) throws -> Response {
        let title = visit.words(answer.allowed ? "allow_done" : "allow_notDone", ["client": answer.clientName])
        let open = visit.words("allow_open", ["client": answer.clientName])
        let model: Model = ["heading": title, "text": text, "url": answer.url, "open": open]
        var response = try visit.site.plainPage("pages/authorized", title: title, model, words: visit.words, request: visit.request)
        response.headers[.init("Referrer-Policy")!] = "no-referrer"
        return response
    }
}
