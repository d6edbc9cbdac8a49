import Application
import Domain
import Foundation
import Hummingbird

/// Where a person lands: at what goes out today, or, with nothing connected yet, at three steps that get them there.
struct StartPages {
    private static let place = "/onboarding"

    func home(_ visit: Visit) async throws -> Response {
        let channels = try await visit.services.channels.list(as: visit.caller)
        return .seeOther(channels.isEmpty && visit.caller.may(.connect) ? Self.place : "/today")
    }

    func onboarding(_ visit: Visit) async throws -> Response {
        async let channels = visit.services.channels.list(as: visit.caller)
        async let any = visit.services.posts.list(PostQuery(limit: 1), as: visit.caller)
        async let planned = visit.services.posts.list(
            PostQuery(statuses: [.scheduled, .publishing, .published, .partiallyPublished], limit: 1), as: visit.caller)
        let done = [try await !channels.isEmpty, try await !any.items.isEmpty, try await !planned.items.isEmpty]
        let next = done.firstIndex(of: false) ?? done.count
        let steps: [Model] = zip(["connect", "write", "plan"], ["/channels?returnTo=\(Self.place)#connect", "/compose", "/posts?tab=drafts"])
            .enumerated().map { index, step in
                [
                    "number": String(index + 1), "title": visit.words("step_\(step.0)"), "text": visit.words("step_\(step.0)_text"),
                    "action": visit.words("step_\(step.0)_action"), "href": step.1, "finished": done[index], "now": index == next,
                    "state": done[index] ? "done" : index == next ? "now" : "later",
                ]
            }
        // An account is connected right here, and however that ends, it leads back.
        let offered = try await next == 0 && visit.mayConnect ? visit.services.channels.platforms(as: visit.caller) : []
        let ready = offered.filter(\.configured)
        let platforms = ready.map { platform -> Model in
            [
                "id": platform.id.rawValue, "mark": platform.mark, "name": platform.name, "asksForInstance": platform.connect.asksForInstance,
            ]
        }
        let model: Model = [
            "platforms": ready.isEmpty ? nil : ["all": platforms, "more": ready.count < offered.count, "returnTo": Self.place] as Model,
            "steps": steps, "done": String(done.filter { $0 }.count), "complete": next == done.count, "banner": ChannelsPages.banner(visit),
        ]
        return ChannelsPages.told(try await visit.site.page("pages/onboarding", title: visit.words("welcome"), model, for: visit), visit)
    }
}
