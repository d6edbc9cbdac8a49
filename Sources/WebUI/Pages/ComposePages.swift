import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// The composer, for new posts and for ones that have not gone out.
struct ComposePages {
    func new(_ visit: Visit) async throws -> Response {
        // What a phone's share sheet hands over (app.webmanifest); links to this page give a text alone.
        let shared = ["title", "text", "url"].compactMap(visit.query.given).reduce(into: [String]()) { texts, next in
            if !texts.contains(where: { $0.contains(next) }) { texts.append(next) }
        }
        var draft = PostDraft(parts: [PartDraft(text: shared.joined(separator: "\n"))], timeZone: visit.time.zone.name)
        if let day = visit.time.day(named: visit.query.text("date")) {
            draft.scheduledFor = "\(day.dayText)T\(visit.query.given("time") ?? "09:00")"
        }
        draft.tags = visit.query.given("tag").map { [$0] }
        var choice = visit.query.all("channel")
        if let id = visit.query.given("template").flatMap(PostTemplateID.init) {
            let template = try await visit.services.templates.get(id, as: visit.caller)
            draft.parts = template.parts.map { PartDraft(text: $0) }
            (draft.tags, draft.settings) = (template.tags, Dictionary(uniqueKeysWithValues: template.settings.map { ($0.key.text, $0.value) }))
            if choice.isEmpty { choice = template.integrationIds.map(\.text) }
        }
        if let signature = try await visit.services.signatures.automatic(as: visit.caller) {
            let text = draft.parts?[0].text ?? ""
            draft.parts?[0].text = text.isEmpty ? "\n\n" + signature.text : signature.signing(text)
        }
        return try await show(Composing(visit, post: nil, draft: draft, chosen: choice.isEmpty ? nil : choice), visit)
    }

    func edit(_ visit: Visit) async throws -> Response {
        let id: PostID = try visit.id("post")
        guard visit.mayWrite else { return try visit.redirect(to: "/posts/\(id)", Toast(visit.words("role_onlyLooks"))) }
        let post = try await visit.services.posts.get(id, as: visit.caller)
        if let channel = amended(of: post, visit) {
            return try await show(
                Composing(visit, post: post, draft: PostDraft(post).alone(for: channel), chosen: [channel.text], amends: channel), visit)
        }
        guard PostWords.isEditable(post) else {
            return try visit.redirect(to: "/posts/\(id)", Toast(visit.words("noLongerEditable")))
        }
        return try await show(Composing(visit, post: post, draft: PostDraft(post), chosen: post.platforms.map(\.text)), visit)
    }

    /// The one channel for which a post is to be changed that is out on others.
    private func amended(of post: PostView, _ visit: Visit) -> IntegrationID? {
        let name = visit.query.given("channel")
        return post.publications.first { $0.integrationId.text == name && PostWords.isAmendable($0, of: post) }?.integrationId
    }

    func save(_ visit: Visit) async throws -> Response {
        let post: PostView? =
            if visit.context.parameters.get("id") != nil {
                try await visit.services.posts.get(try visit.id("post"), as: visit.caller)
            } else {
                nil
            }
        let (channels, platforms) = try await Composing.surroundings(visit)
        let amends = post.flatMap { amended(of: $0, visit) }
        let form = try ComposeForm(try await visit.form(), editing: post, channels: channels, platforms: platforms)
        do {
            if form.action == .schedule, form.draft.scheduledFor == nil {
                throw ProblemReport.invalid("scheduledFor", visit.words("chooseTime"))
            }
            let saved: PostView =
                if let post, let amends {
                    try await visit.services.posts.update(post.id, PostChange(form.draft, for: amends), as: visit.caller)
                } else if let post {
                    try await visit.services.posts.replace(post.id, with: form.draft, scope: form.scope, as: visit.caller)
                } else {
                    try await visit.services.posts.create(form.draft, as: visit.caller)
                }
            return try visit.redirect(to: target(form.action, saved), Toast(said(form.action, saved, visit)))
        } catch let report as ProblemReport where report.code != .notFound {
            let composing = Composing(
                visit, post: post, draft: form.draft, chosen: form.draft.platforms, refusal: report, amends: amends)
            return try await show(composing, visit, status: .init(code: report.code.status))
        }
    }

    private func target(_ action: ComposeForm.Action, _ post: PostView) -> String {
        action == .draft || post.status == .draft ? "/posts/\(post.id)/edit" : "/posts/\(post.id)"
    }

    private func said(_ action: ComposeForm.Action, _ post: PostView, _ visit: Visit) -> String {
        if post.status == .draft { return visit.words("done_draft") }
        guard action != .now, let time = post.scheduledFor else { return visit.words("done_publish") }
        return visit.words("done_schedule", ["time": visit.time.moment(time)])
    }

    private func show(_ composing: Composing, _ visit: Visit, status: HTTPResponse.Status = .ok) async throws -> Response {
        let title = visit.words(composing.post == nil ? "newPost" : "editPost")
        return try await visit.site.page(
            "pages/compose", title: title, try await composing.model(), for: visit, script: "elements/post-composer.js", status: status)
    }
}

extension PostDraft {
    /// What goes to `channel`, as if that were all of the post; without its time, which has passed.
    fileprivate func alone(for channel: IntegrationID) -> PostDraft {
        var alone = self
        alone.parts = versions?[channel.text] ?? parts
        (alone.versions, alone.platforms, alone.scheduledFor) = (nil, [channel.text], nil)
        return alone
    }
}

extension PostChange {
    /// `draft`, written for `channel` alone, as a change of a post that goes to others, too.
    fileprivate init(_ draft: PostDraft, for channel: IntegrationID) {
        self.init(
            scheduledFor: draft.scheduledFor, schedule: draft.schedule, timeZone: draft.timeZone,
            versions: draft.parts.map { [channel.text: $0] }, settings: draft.settings, revision: draft.revision)
    }
}
