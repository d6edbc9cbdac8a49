import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// What is done with the posts of a channel, or with one of them, once they are out.
struct PlugPages {
    func show(_ visit: Visit) async throws -> Response { try await show(visit, form: nil, refusal: nil) }

    private func show(_ visit: Visit, form: FormFields?, refusal: ProblemReport?) async throws -> Response {
        let id: IntegrationID = try visit.id("channel")
        let channel = try await visit.services.channels.get(id, as: visit.caller)
        let channels = try await visit.services.channels.list(as: visit.caller).byId
        let post = (form.map { $0.text("post") } ?? visit.query.given("post")).flatMap(PostID.init)
        let plugs = try await visit.services.plugs.list(of: id, as: visit.caller).filter { post == nil || $0.postId == nil || $0.postId == post }
        let offer = try await visit.services.plugs.offer(for: id, as: visit.caller)
        let settings = PlugSettings(form, channel: id)
        let mayChange = visit.caller.may(.publish) && visit.caller.may(.postsWrite)
        let model: Model = [
            "id": id.text, "name": channel.displayName, "platformName": channel.platformName, "handle": channel.handle,
            "post": post.map { ["id": $0.text] as Model }, "postId": post?.text ?? "", "hasPlugs": !plugs.isEmpty,
            "adding": plugs.isEmpty || post != nil || refusal != nil, "mayChange": mayChange,
            "plugs": plugs.map { row($0, channels, visit) }, "offered": !offer.actors.isEmpty, "canAdd": mayChange && !offer.actors.isEmpty,
            "actions": FollowUpAction.allCases.filter { offer.actors[$0] != nil }.map { action -> Model in
                ["value": action.rawValue, "label": visit.words("plug_\(action.rawValue)"), "selected": action == settings.action]
            },
            "actors": actors(offer, id).map { actor -> Model in
                ["value": actor.text, "label": channels.name(of: actor, visit.words), "selected": actor == settings.actor]
            },
            "units": PlugUnit.allCases.filter { $0 != .likes || offer.tellsLikes }.map { unit -> Model in
                ["value": unit.rawValue, "label": visit.words("plugUnit_\(unit.rawValue)"), "selected": unit == settings.unit]
            },
            "text": settings.text, "amount": settings.amount, "days": settings.days, "banner": refusal.map { visit.voice.banner($0) },
        ]
        let status = HTTPResponse.Status(code: refusal?.code.status ?? 200)
        return try await visit.site.page("pages/plugs", title: visit.words("plugs"), model, for: visit, status: status)
    }

    private func actors(_ offer: PlugOffer, _ channel: IntegrationID) -> [IntegrationID] {
        let all = Set(offer.actors.values.joined())
        return [channel] + all.subtracting([channel]).sorted()
    }

    private func row(_ plug: Plug, _ channels: [IntegrationID: ChannelView], _ visit: Visit) -> Model {
        let other = plug.actingIntegrationId == plug.integrationId ? nil : channels.name(of: plug.actingIntegrationId, visit.words)
        return [
            "plugId": plug.id.text, "what": visit.words("plug_\(plug.action.rawValue)"), "says": plug.text.unlessEmpty,
            "about": [
                moment(plug, visit), other.map { visit.words("plugBy", ["channel": $0]) }, visit.words.count("plugDays", plug.days),
            ].compactMap(\.self).joined(separator: " · "),
            "only": plug.postId.map { ["href": "/posts/\($0)"] as Model }, "active": plug.active,
            "state": visit.words(plug.active ? "plugOn" : "plugOff"), "tone": plug.active ? "positive" : "",
        ]
    }

    private func moment(_ plug: Plug, _ visit: Visit) -> String {
        switch plug.trigger {
        case .likes: visit.words.count("plugAtLikes", plug.amount)
        case .minutes where plug.amount % 60 == 0: visit.words.count("plugAfterHours", plug.amount / 60)
        case .minutes: visit.words.count("plugAfterMinutes", plug.amount)
        }
    }

    func create(_ visit: Visit) async throws -> Response {
        let id: IntegrationID = try visit.id("channel")
        let form = try await visit.form()
        let settings = PlugSettings(form, channel: id)
        do {
            _ = try await visit.services.plugs.create(
                NewPlug(
                    integrationId: id, postId: PostID(form.text("post")), actingIntegrationId: settings.actor, action: settings.action,
                    text: settings.text, trigger: settings.unit.trigger, amount: settings.unit.amount(Int(settings.amount) ?? 0),
                    days: Int(settings.days) ?? 0),
                as: visit.caller)
            return try back(visit, form, "done_plugAdd")
        } catch let report as ProblemReport {
            return try await show(visit, form: form, refusal: report)
        }
    }

    /// Switches one off, or on again.
    func turn(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        let wish = PlugChange(active: form.text("active") == "yes")
        return try await change(visit, form, "done_save") { _ = try await visit.services.plugs.update($0, wish, as: visit.caller) }
    }

    func remove(_ visit: Visit) async throws -> Response {
        let form = try await visit.form()
        return try await change(visit, form, "done_plugRemove") { try await visit.services.plugs.remove($0, as: visit.caller) }
    }

    private func change(
        _ visit: Visit, _ form: FormFields, _ done: String, _ work: (PlugID) async throws -> Void
    ) async throws -> Response {
        guard let plug = PlugID(form.text("plug")) else { throw ProblemReport.notFound("plug") }
        do {
            try await work(plug)
            return try back(visit, form, done)
        } catch let report as ProblemReport {
            return try await show(visit, form: form, refusal: report)
        }
    }

    private func back(_ visit: Visit, _ form: FormFields, _ done: String) throws -> Response {
        let id: IntegrationID = try visit.id("channel")
        return try visit.redirect(to: link("/channels/\(id)/plugs", ["post": form.given("post")]), Toast(visit.words(done)))
    }
}

/// In what a plug's moment is told on the page.
private enum PlugUnit: String, CaseIterable {
    case likes, hours, minutes

    var trigger: Plug.Trigger { self == .likes ? .likes : .minutes }

    /// What is no amount stays none, and is refused as such.
    func amount(_ number: Int) -> Int { self == .hours && Plugs.amounts.contains(number) ? number * 60 : number }
}

/// What the form for a new plug holds.
private struct PlugSettings {
    var action = FollowUpAction.repost
    var actor: IntegrationID
    var text = ""
    var unit = PlugUnit.likes
    var amount = "10"
    var days = "7"

    init(_ form: FormFields?, channel: IntegrationID) {
        actor = channel
        // The buttons of a plug come without these fields.
        guard let form, let given = form.given("action").flatMap(FollowUpAction.init) else { return }
        action = given
        actor = IntegrationID(form.text("actor")) ?? channel
        text = form["text"] ?? ""
        unit = form.given("unit").flatMap(PlugUnit.init) ?? unit
        (amount, days) = (form.text("amount"), form.text("days"))
    }
}
