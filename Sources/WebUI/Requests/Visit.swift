import Application
import Domain
import Gateway
import Hummingbird

/// One request of a signed-in person, with the words and the time zone they read.
struct Visit: Sendable {
    let site: Site
    var request: Request
    let context: AppRequestContext
    let signedIn: SignedIn
    let words: Words
    let time: LocalTime
    let query: FormFields

    /// Throws `UNAUTHENTICATED` when nobody is signed in.
    init(_ request: Request, _ context: AppRequestContext, at site: Site) throws {
        guard let signedIn = context.signedIn else { throw ProblemReport(.unauthenticated, "Sign in to see this page.") }
        self.site = site
        self.request = request
        self.context = context
        self.signedIn = signedIn
        words = site.catalogue.words(for: signedIn.user.locale)
        time = LocalTime(zone: signedIn.caller.timeZone, locale: signedIn.user.locale, weekStart: signedIn.user.weekStart)
        query = try FormFields(queryOf: request)
    }

    /// What the server says, in the person's language, zone and form.
    func say(_ text: String) -> String { voice.say(text) }
    var voice: Voice { Voice(words: words, time: time) }

    /// Whether a person looks at the page now: not a script that draws a part of it anew, nor a browser that reads ahead.
    var isLook: Bool {
        let purpose = request.headers[.init("Sec-Purpose")!] ?? ""
        return request.method == .get && request.headers[.accept] != "text/html" && !purpose.hasPrefix("prefetch")
    }

    var caller: Caller { signedIn.caller }
    var services: Services { site.services }
    var path: String { request.uri.path }
    /// Path and query of this page, to come back to.
    var here: String { request.uri.query.map { "\(path)?\($0)" } ?? path }

    func form() async throws -> FormFields {
        var request = request
        return try await request.form()
    }

    /// The id that the path names. Throws `NOT_FOUND` unless it is a UUID.
    func id<Owner>(_ what: String, in name: String = "id") throws -> Identifier<Owner> {
        guard let id = context.parameters.get(name).flatMap(Identifier<Owner>.init) else { throw ProblemReport.notFound(what) }
        return id
    }

    /// Sends the browser on to `path`, where `toast` says what happened.
    func redirect(to path: String, _ toast: Toast? = nil) throws -> Response {
        var response = Response.seeOther(path)
        if let toast { response.headers[values: .setCookie].append(try toast.setCookie()) }
        return response
    }
}

extension Response {
    static func seeOther(_ path: String) -> Response { Response(status: .seeOther, headers: [.location: path]) }
}
