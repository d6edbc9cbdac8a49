import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// What every page is made from: the services, the templates, the static files and the words.
struct Site: Sendable {
    let services: Services
    let templates: Templates
    let assets: Assets
    let catalogue: Catalogue

    /// Reads all files once; `words` were read before, where somebody needed them. Throws when one is missing or has a mistake, so that a
    /// broken release does not start.
    init(services: Services, words: InterfaceWords?) throws {
        let folder = try ResourceFolder.locate()
        self.services = services
        templates = try Templates(folder: folder.appending(path: "templates"))
        assets = try Assets(folder: folder.appending(path: "static"))
        catalogue = try (words ?? InterfaceWords(in: folder)).catalogue
    }

    /// A page for anybody: sign-in, errors. `form` carries what was typed before.
    func plainPage(
        _ template: String, title: String, _ model: Model, words: Words, request: Request, csrf: String? = nil,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        html(
            try text(template, title: title, model, words: words, request: request, csrf: csrf), request: request, status: status)
    }

    private func text(
        _ template: String, title: String, _ model: Model, words: Words, request: Request, csrf: String?
    ) throws -> String {
        let base: Model = [
            "title": title, "lang": words.language, "dir": words("direction"), "theme": theme(request), "t": words, "assets": assets.base,
            "modules": assets.modules(of: ["app.js"]), "scriptWords": words.forScripts, "csrf": csrf, "toast": Toast(request)?.model,
        ]
        return try templates.render(template, base.merging(model))
    }

    private func framed(
        _ template: String, title: String, _ model: Model, for visit: Visit, script: String = "app.js"
    ) async throws -> String {
        let frame = try await Frame(visit).model(title: title)
        let framed = frame.merging(visit.rights).merging(["modules": assets.modules(of: ["app.js", script])])
        return try text(
            template, title: title, framed.merging(model), words: visit.words, request: visit.request, csrf: visit.signedIn.csrfToken)
    }

    /// A page within the frame of sidebar and header. `script` names the module that the page's element needs.
    func page(
        _ template: String, title: String, _ model: Model, for visit: Visit, script: String = "app.js", status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        html(try await framed(template, title: title, model, for: visit, script: script), request: visit.request, status: status)
    }

    /// A page that is sent at once but for a part that takes its time: in the place that the template names `later` comes the template `part`,
    /// with what `find` gives. Whoever may not see it has to be refused before.
    func page(
        _ template: String, title: String, _ model: Model, for visit: Visit, later part: String, _ find: @escaping @Sendable () async -> Model
    ) async throws -> Response {
        // Nobody else's words hold it.
        let place = "<!-- \(UUID().uuidString) -->"
        let text = try await framed(template, title: title, model.merging(["later": place]), for: visit)
        guard let gap = text.range(of: place) else { return html(text, request: visit.request, status: .ok) }
        let (before, after) = (ByteBuffer(substring: text[..<gap.lowerBound]), ByteBuffer(substring: text[gap.upperBound...]))
        var response = html("", request: visit.request, status: .ok)
        response.body = ResponseBody { [templates, assets] writer in
            try await writer.write(before)
            let base: Model = ["t": visit.words, "assets": assets.base]
            try await writer.write(ByteBuffer(string: try templates.render(part, base.merging(await find()))))
            try await writer.write(after)
            try await writer.finish(nil)
        }
        return response
    }

    /// A piece of a page, to be put in place of what is there.
    func fragment(_ template: String, _ model: Model, for visit: Visit) throws -> Response {
        let base: Model = ["t": visit.words, "assets": assets.base, "csrf": visit.signedIn.csrfToken]
        return html(try templates.render(template, base.merging(visit.rights).merging(model)), request: visit.request, status: .ok)
    }

    private func html(_ text: String, request: Request, status: HTTPResponse.Status) -> Response {
        var response = Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "private, no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        if request.cookies[Toast.cookie] != nil { response.headers[values: .setCookie].append(Toast.clearedCookie) }
        return response
    }

    func theme(_ request: Request) -> String? {
        request.cookies[ThemeCookie.name].map(\.value).flatMap { ["light", "dark"].contains($0) ? $0 : nil }
    }

    /// The words for somebody who has not signed in.
    func words(for request: Request) -> Words { catalogue.words(accepting: request.headers[.acceptLanguage] ?? "") }
}

enum ThemeCookie {
    static let name = "postiz_theme"
    static func setCookie(_ theme: String) -> String { "\(name)=\(theme); Path=/; Max-Age=31536000; SameSite=Lax" }
}
