import Application
import Domain
import Gateway

/// Saved views: names for what the calendar, the list of posts and the figures show.
struct ViewRoutes: Sendable {
    let services: Services

    private static let place = QueryField<SavedView.Place>.choice("place", "Those of this page")

    var routes: [Route] {
        let views = services.views
        return [
            Route(
                .get, "/api/views", "Your saved views and those that others share, by name", access: .signedIn,
                parameters: [Self.place.parameter]
            ) { call in
                Page(items: try await views.list(at: try call[Self.place], as: try call.caller), nextCursor: nil)
            },
            Route(.post, "/api/views", "Save a view", access: .signedIn, status: .created, errors: [.conflict]) { (new: NewSavedView, call) in
                try await views.create(new, as: try call.caller)
            },
            Route(
                .patch, "/api/views/{id}", "Change a saved view, or begin with it; what is absent stays", access: .signedIn, errors: [.conflict]
            ) { (change: SavedViewChange, call) in
                try await views.update(try call.id(of: "saved view"), change, as: try call.caller)
            },
            Route(.delete, "/api/views/{id}", "Remove a saved view", access: .signedIn, status: .noContent) { call in
                try await views.remove(try call.id(of: "saved view"), as: try call.caller)
                return Nothing()
            },
        ]
    }
}

extension NewSavedView: Ruled {
    public static var rules: [String: JSONValue] { SavedViewChange.rules }
}

extension SavedViewChange: Ruled {
    public static var rules: [String: JSONValue] { ["name": Rule.line(200)] }
}

extension ViewFilters: Ruled {
    public static var rules: [String: JSONValue] {
        let line = Rule.lineOrNone(SavedViews.longest)
        return Dictionary(uniqueKeysWithValues: ["view", "tab", "channel", "status", "tag", "text", "days", "sort"].map { ($0, line) })
    }
}

extension SavedView.Place: Named {}
