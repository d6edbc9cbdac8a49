import Application
import Domain
import Gateway
import Hummingbird

/// Links by which clients see what is planned for them.
struct PortalRoutes: Sendable {
    let services: Services

    var routes: [Route] {
        let links = services.portalLinks
        return [
            Route(
                .get, "/api/portal-links", "The links for clients, newest first, those that have ended too", access: .scope(.admin), needs: .manage
            ) { call in Page(items: try await links.list(as: try call.caller), nextCursor: nil) },
            Route(
                .post, "/api/portal-links",
                "Make a link by which a customer's person sees what goes out on that customer's channels; its address is shown this once",
                access: .scope(.admin), needs: .manage, body: .json(NewPortalLink.self),
                successes: [.init(.created, "The link with its address", type: CreatedPortalLink.self)], errors: [.conflict, .notFound], secret: true
            ) { call in
                try Response.json(try await links.make(try await call.read(NewPortalLink.self), as: try call.caller), status: .created)
            },
            Route(
                .delete, "/api/portal-links/{id}", "Revoke a link for clients, also where it was opened already", access: .scope(.admin),
                needs: .manage, status: .noContent
            ) { call in
                try await links.revoke(try call.id(of: "link"), as: try call.caller)
                return Nothing()
            },
        ]
    }
}

extension NewPortalLink: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "customer": Rule.line(PortalLinks.longestName), "person": Rule.line(PortalLinks.longestName),
            "mayApprove": ["description": "Whether they decide about posts in review that go out on the customer's channels alone"],
            "days": [
                "description": "For how many days it opens; 90 when absent", "minimum": .number(Double(PortalLinks.days.lowerBound)),
                "maximum": .number(Double(PortalLinks.days.upperBound)),
            ],
        ]
    }
}
