import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// One channel: how its connection stands, how publishing went last, how much its platform still takes, and what will not go out.
struct ChannelPage {
    func show(_ visit: Visit) async throws -> Response {
        let id: IntegrationID = try visit.id("channel")
        async let channel = visit.services.channels.get(id, as: visit.caller)
        async let health = visit.services.channels.health(of: id, as: visit.caller)
        let card = ChannelCard(channel: try await channel, account: nil, visit: visit)
        let customer: Model = [
            "customerName": card.channel.customer ?? "", "longestCustomer": String(PortalLinks.longestName), "mayManage": visit.caller.may(.manage),
        ]
        let model = card.model.merging(customer).merging(ChannelHealthWords(health: try await health, visit: visit).model)
        return try await visit.site.page("pages/channel", title: card.channel.displayName, model, for: visit)
    }

    /// Says whose channel it is; empty: nobody's in particular.
    func setCustomer(_ visit: Visit) async throws -> Response {
        let (id, form): (IntegrationID, FormFields) = (try visit.id("channel"), try await visit.form())
        return try await visit.orSay("/channels/\(id)") {
            _ = try await visit.services.channels.update(id, ChannelChange(customer: form.text("customer")), as: visit.caller)
            return try visit.redirect(to: "/channels/\(id)", Toast(visit.words("done_save")))
        }
    }
}

/// The health of a channel as a person reads it.
private struct ChannelHealthWords {
    let health: ChannelHealth
    let visit: Visit
    private var words: Words { visit.words }
    private var time: LocalTime { visit.time }

    var model: Model {
        [
            "connection": connection, "outcomes": outcomes, "budgets": budgets, "hasBudgets": !budgets.isEmpty,
            "failing": health.failing.map(failing), "hasFailing": !health.failing.isEmpty,
        ]
    }

    private var connection: [Model] {
        let ends =
            health.tokenExpiresAt.map(time.moment) ?? words(health.renewsItself ? "renewsItself" : "never")
        return [("channel_tokenSince", time.moment(health.tokenSince)), ("connectionEnds", ends)].map { ["name": words($0.0), "value": $0.1] }
    }

    private var outcomes: [Model] {
        [outcome("channel_lastSuccess", health.lastSuccess), outcome("channel_lastFailure", health.lastFailure)]
    }

    private func outcome(_ key: String, _ outcome: ChannelHealth.Outcome?) -> Model {
        [
            "name": words(key), "when": outcome.map { time.moment($0.at) } ?? words("channel_notYet"),
            "href": outcome.map { "/posts/\($0.postId)" }, "why": outcome?.error.map(visit.say),
        ]
    }

    private var budgets: [Model] {
        let left = health.budgets.map { budget -> Model in
            [
                "name": words(budget.owner == .account ? "channel_budgetAccount" : "channel_budgetApp"),
                "value": words(
                    "channel_budget", ["left": String(budget.left), "posts": String(budget.posts), "span": span(budget.seconds)]),
                "full": budget.fullAt.map { words("channel_budgetFull", ["time": time.moment($0)]) },
            ]
        }
        guard let until = health.waitsUntil else { return left }
        return [["name": words("channel_waits"), "value": time.moment(until), "full": nil]] + left
    }

    private func span(_ seconds: Int) -> String {
        seconds % 3600 == 0 ? words.count("channel_hours", seconds / 3600) : words.count("channel_minutes", max(1, seconds / 60))
    }

    private func failing(_ post: ChannelHealth.Failing) -> Model {
        [
            "href": "/posts/\(post.postId)", "when": post.dueAt.map(time.moment) ?? words("noTime"),
            "reasons": post.reasons.map { ["text": visit.say($0)] as Model },
        ]
    }
}
