import Domain
import Foundation
import Gateway
import Hummingbird

/// What the scripts of the pages are answered is said in the person's language too: refusals, and what is found in drafts. Programs with a key get
/// the words of the interface as they are.
struct SpokenAnswers: RouterMiddleware {
    typealias Context = AppRequestContext
    let site: Site

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        guard request.uri.path.hasPrefix("/api/"), !request.wantsPage, let signedIn = context.signedIn else {
            return try await next(request, context)
        }
        let voice = Voice(
            words: site.catalogue.words(for: signedIn.user.locale),
            time: LocalTime(zone: signedIn.caller.timeZone, locale: signedIn.user.locale))
        do {
            let response = try await next(request, context)
            return request.uri.path == "/api/posts/validate" ? said(response, by: voice) : response
        } catch let report as ProblemReport {
            throw voice.say(report)
        } catch let answered as AnsweredProblem {
            throw AnsweredProblem(voice.say(answered.report), headers: answered.headers)
        }
    }

    /// Answers of this kind are written in one piece.
    private func said(_ response: Response, by voice: Voice) -> Response {
        guard response.status == .ok else { return response }
        var response = response
        response.body = response.body.map { buffer in
            ByteBuffer(bytes: try JSON.data(voice.say(try JSON.decode(JSONValue.self, from: Data(buffer.readableBytesView)))))
        }
        return response
    }
}
