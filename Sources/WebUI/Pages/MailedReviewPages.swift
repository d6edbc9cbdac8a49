import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// Deciding about a post in review from a mail, without signing in. Only sending the form decides: programs that look at the links in mails
/// change nothing.
struct MailedReviewPages {
    let site: Site
    private var reviews: MailedReviews { site.services.mailedReviews }

    func show(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let token = context.parameters.get("token") ?? ""
        return try await page(request, context) { try ask(token, try await reviews.look(token, from: context.client(request))) }
    }

    func decide(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var request = request
        let (form, token, client) = (try await request.form(), context.parameters.get("token") ?? "", context.client(request))
        return try await page(request, context) {
            let words = words(of: try await reviews.look(token, from: client).person)
            if ["approve", "following"].contains(form.text("decision")) {
                let scope: SeriesScope = form.text("decision") == "following" ? .following : .this
                let post = try await reviews.approve(token, scope: scope, from: client)
                return (words, done("mailedReview_approved", post, words))
            }
            return (words, done("mailedReview_sentBack", try await reviews.sendBack(token, note: form["note"], from: client), words))
        }
    }

    private func words(of person: User) -> Words { site.catalogue.words(for: person.locale) }

    private func ask(_ token: String, _ review: ReviewByMail) throws -> (Words, Model) {
        let (post, words) = (review.post, words(of: review.person))
        let time = LocalTime(zone: review.person.timeZone, locale: review.person.locale)
        let channels = post.publications.map { publication in
            "\(publication.channel) · \(site.services.platforms[publication.platform]?.descriptor.name ?? publication.platform.rawValue)"
        }
        let content: Model = [
            "action": "/review/\(token)", "workspace": review.workspace, "when": post.scheduledFor.map(time.moment), "postId": post.id.text,
            "longest": String(PostComment.longest), "asked": words("mailedReview_as", ["email": review.person.email]),
            "repeats": post.seriesId != nil, "channels": channels.map { ["name": $0] as Model },
            "parts": post.parts.map { part($0, of: review) },
            "versions": post.versions.sorted { $0.key < $1.key }.map { id, parts -> Model in
                let channel = post.publications.first { $0.integrationId == id }?.channel ?? ""
                return ["label": words("ownVersionOf", ["channel": channel]), "parts": parts.map { part($0, of: review) }]
            },
        ]
        return (words, ["heading": words("review_title"), "ask": content])
    }

    private func part(_ part: PostPart, of review: ReviewByMail) -> Model {
        let files = part.mediaIds.compactMap { review.files[$0] }
        return [
            "text": part.text, "hasFiles": !files.isEmpty,
            "files": files.map { ["path": $0.path, "picture": $0.isPicture, "name": $0.name, "alt": $0.altText ?? ""] as Model },
        ]
    }

    private func done(_ key: String, _ post: PostView, _ words: Words) -> Model {
        ["heading": words(key), "done": ["postId": post.id.text] as Model]
    }

    private func page(_ request: Request, _ context: AppRequestContext, _ content: () async throws -> (Words, Model)) async throws -> Response {
        var (words, model, status): (Words, Model, HTTPResponse.Status)
        do {
            let (own, shown) = try await content()
            (words, model, status) = (own, shown, .ok)
        } catch let report as ProblemReport {
            words = site.words(for: request)
            let voice = Voice(words: words, time: LocalTime(zone: "UTC", locale: words.language))
            (model, status) = (["heading": words("review_title"), "banner": voice.banner(report)], .init(code: report.code.status))
        }
        // The address is a key: nobody whom the page leads to is told it.
        var response = try site.plainPage(
            "pages/mailed-review", title: words("review_title"), model, words: words, request: request, csrf: context.signedIn?.csrfToken,
            status: status)
        response.headers[.init("Referrer-Policy")!] = "same-origin"
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
