import Application
import Domain
import Foundation

/// What plugs did with a post, and where they are set up for it; of a post that one made, which it is about.
struct PostPlugs {
    let post: PostView
    let channels: [IntegrationID: ChannelView]
    let visit: Visit
    private var words: Words { visit.words }

    func model() async throws -> Model {
        if post.origin == .plug {
            let subject = try await visit.services.plugs.subject(of: post.id, as: visit.caller)
            return ["subject": subject.map { ["href": "/posts/\($0)"] as Model }]
        }
        let runs = try await visit.services.plugs.runs(of: post.id, as: visit.caller)
        var links: [Model] = []
        for publication in post.publications where visit.mayWrite && channels[publication.integrationId] != nil {
            let offer = try await visit.services.plugs.offer(for: publication.integrationId, as: visit.caller)
            if offer.actors.isEmpty { continue }
            links.append([
                "href": link("/channels/\(publication.integrationId)/plugs", ["post": post.id.text]),
                "label": channels.name(of: publication.integrationId, words),
            ])
        }
        return ["hasRuns": !runs.isEmpty, "runs": runs.map(row), "plug": Self.offer(links)]
    }

    /// One link, or several behind one word; nil for none.
    static func offer(_ links: [Model]) -> Model? {
        guard let first = links.first else { return nil }
        return links.count == 1 ? ["one": first] : ["several": ["links": links] as Model]
    }

    private func row(_ run: PlugRun) -> Model {
        let look = run.status.map { StatusLook($0, words) }
        let likes = run.likes.map { words.count("plugLikes", $0) }
        return [
            "when": visit.time.moment(run.at), "instant": run.at.description, "what": words("plug_\(run.action.rawValue)"),
            "about": [channels.name(of: run.integrationId, words), likes].compactMap(\.self).joined(separator: " · "),
            "status": look?.label ?? words(run.postId == nil ? "plugDoneBefore" : "plugGone"), "tone": look?.tone ?? "",
            "busy": look?.busy ?? false, "url": run.url, "why": run.error.map { visit.say($0.message) },
            "run": run.status == nil ? nil : run.postId.map { ["href": "/posts/\($0)"] as Model },
        ]
    }
}
