import Application
import Domain
import Gateway
import Hummingbird

extension SavedView.Place {
    var path: String { "/\(rawValue.lowercased())" }

    /// The page without a view, also where it begins with one.
    var plain: String { "\(path)?saved=" }

    /// What the address of this page asks for.
    func filters(_ query: FormFields) -> ViewFilters {
        ViewFilters(
            view: query.given("view"), tab: query.given("tab"), channel: query.given("channel"), status: query.given("status"),
            tag: query.given("tag"), text: query.given("q"), days: query.given("days"), sort: query.given("sort")
        ).fitting(self)
    }

    /// What is set of `filters`, by its name in the address.
    func fields(_ filters: ViewFilters) -> [(name: String, value: String)] {
        let pairs: [(String, String?)] = [
            ("view", filters.view), ("tab", filters.tab), ("channel", filters.channel), ("status", filters.status), ("tag", filters.tag),
            ("q", filters.text), ("days", filters.days), ("sort", filters.sort),
        ]
        return pairs.compactMap { name, value in value.map { (name, $0) } }
    }
}

extension SavedView {
    /// Where it is shown. It names itself, so that it asks for something even where it narrows nothing.
    var address: String {
        let pairs = place.fields(filters) + [(name: "saved", value: id.text)]
        return "\(place.path)?" + pairs.map { "\($0.name)=\($0.value.queryEncoded)" }.joined(separator: "&")
    }
}

/// The menu of saved views beside a page's filters.
struct ViewMenu {
    let model: Model
    /// What the page's filters name and is no longer there.
    let gone: [SavedView.Gone]

    init(at place: SavedView.Place, _ visit: Visit) async throws {
        let (words, filters) = (visit.words, place.filters(visit.query))
        async let missing = visit.services.views.gone(from: filters, as: visit.caller)
        let views = try await visit.services.views.list(at: place, as: visit.caller)
        let current = views.first { $0.id.text == visit.query.text("saved") }
        gone = try await missing
        model = [
            "views": views.map { view -> Model in
                [
                    "href": view.address, "name": view.name, "current": view.id == current?.id,
                    "note": [view.isDefault ? words("views_default") : nil, view.shared ? words("views_shared") : nil].compactMap(\.self)
                        .joined(separator: ", ").unlessEmpty,
                ]
            },
            "plain": [
                "href": place.plain, "name": words("views_plain_\(place.rawValue)"), "current": current == nil && place.fields(filters).isEmpty,
            ] as Model,
            "hasViews": !views.isEmpty, "title": current?.name ?? words("views"), "place": place.rawValue,
            "fields": place.fields(filters).map { ["name": "f.\($0.name)", "value": $0.value] as Model },
            "gone": gone.map { words("views_gone_\($0.rawValue)", ["tag": filters.tag ?? ""]) }, "isGone": !gone.isEmpty,
        ]
    }
}

extension Visit {
    /// To the view with which the person's page begins, where its address asks for nothing.
    func begun(at place: SavedView.Place) async throws -> Response? {
        guard request.uri.query?.isEmpty ?? true, let view = try await services.views.byDefault(at: place, as: caller) else { return nil }
        return try redirect(to: view.address)
    }
}

/// Saving views, and the page on which they are named anew, shared and removed.
struct ViewPages {
    func show(_ visit: Visit) async throws -> Response {
        let (views, words) = (try await visit.services.views.list(as: visit.caller), visit.words)
        let place = SavedView.Place(rawValue: visit.query.text("from")) ?? .posts
        let model: Model = [
            "hasViews": !views.isEmpty, "back": ["href": place.path, "label": words(place.rawValue.lowercased())] as Model,
            "views": views.map { view -> Model in
                [
                    "id": view.id.text, "name": view.name, "href": view.address, "where": words(view.place.rawValue.lowercased()),
                    "mayChange": view.own || visit.caller.may(.manage), "shared": view.shared, "isDefault": view.isDefault,
                    "others": view.own ? nil : words("views_others"), "mayShare": visit.caller.may(.draft),
                    "gone": view.gone.map { words("views_gone_\($0.rawValue)", ["tag": view.filters.tag ?? ""]) },
                ]
            },
        ]
        return try await visit.site.page("pages/views", title: words("views"), model, for: visit)
    }

    /// From the menu's form, or from an address that undoes a removal.
    func create(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let fields = form.given("name") == nil ? visit.query : form
        guard let place = SavedView.Place(rawValue: fields.text("place")) else { throw ProblemReport.notFound("page") }
        let back = fields.text("back").localPath(or: place.path)
        return try await visit.orSay(back) {
            let filters = ViewFilters(
                view: fields.given("f.view"), tab: fields.given("f.tab"), channel: fields.given("f.channel"),
                status: fields.given("f.status"), tag: fields.given("f.tag"), text: fields.given("f.q"), days: fields.given("f.days"),
                sort: fields.given("f.sort"))
            let view = try await visit.services.views.create(
                NewSavedView(
                    name: fields.text("name"), place: place, filters: filters, shared: fields.given("shared") != nil,
                    isDefault: fields.given("default") != nil), as: visit.caller)
            let target = back == "/views" ? back : view.address
            return try visit.redirect(to: target, Toast(visit.words("views_saved", ["name": view.name]), undo: "/views/\(view.id)/remove"))
        }
    }

    func change(_ visit: Visit) async throws -> Response {
        let id: SavedViewID = try visit.id("saved view")
        let form = try await visit.form()
        return try await visit.orSay("/views") {
            // Who may not change it still begins with it.
            let change = SavedViewChange(
                name: form.given("name"), shared: form.given("name") == nil ? nil : form.given("shared") != nil,
                isDefault: form.given("default") != nil)
            let view = try await visit.services.views.update(id, change, as: visit.caller)
            return try visit.redirect(to: "/views", Toast(visit.words("views_saved", ["name": view.name])))
        }
    }

    func remove(_ visit: Visit) async throws -> Response {
        let id: SavedViewID = try visit.id("saved view")
        return try await visit.orSay("/views") {
            let view = try await visit.services.views.remove(id, as: visit.caller)
            let fields = view.place.fields(view.filters).map { "&f.\($0.name)=\($0.value.queryEncoded)" }.joined()
            // Only its owner has it back: somebody else's would become the administrator's own.
            let undo =
                !view.own
                ? nil
                : link(
                    "/views",
                    [
                        "name": view.name, "place": view.place.rawValue, "back": "/views", "shared": view.shared ? "1" : nil,
                        "default": view.isDefault ? "1" : nil,
                    ]) + fields
            return try visit.redirect(to: "/views", Toast(visit.words("views_removed", ["name": view.name]), undo: undo))
        }
    }
}
