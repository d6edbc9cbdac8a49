import Domain
import Foundation

/// TikTok: the Content Posting API. Films are uploaded in pieces, pictures are fetched by TikTok.
struct TikTok: Platform {
    static let defaultVersion = "v2"
    /// Where TikTok takes uploads.
    static let uploadDomains = ["tiktokapis.com"]

    let context: PlatformContext
    let hosts: PlatformHosts
    let api: PlatformAPI

    init(_ context: PlatformContext) {
        self.context = context
        hosts = PlatformHosts(base: context.configuration.value("TIKTOK_API_BASE_URL"))
        api = PlatformAPI(
            name: "TikTok", prefix: "TIKTOK", sender: context.http, rules: Self.errorRules, time: context.time,
            retryAfter: { $0.status == 429 ? .minutes(1) : nil }, restated: Self.restated)
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }
    var client: OAuth2.Client {
        .init(id: context.configuration.text("TIKTOK_CLIENT_ID"), secret: context.configuration.text("TIKTOK_CLIENT_SECRET"), name: "client_key")
    }
    private var version: String { context.configuration.value("TIKTOK_API_VERSION") ?? Self.defaultVersion }

    /// `path` below the version, at the host of the API.
    func address(_ path: String) -> String { hosts.url("https://open.tiktokapis.com/\(version)/\(path)") }

    /// What `data` says in the answer to a call in the account's name. A POST without `body` has none.
    func ask<Answer: Decodable>(
        _ method: String, _ path: String, _ credentials: Credentials, body: JSONValue? = nil, effect: HTTPCall.Effect = .harmless,
        as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        let type = "application/json; charset=UTF-8"
        // TikTok asks for the type also where there is no body.
        let headers = method == "POST" && body == nil ? [(name: "Content-Type", value: type)] : []
        let envelope: Envelope<Answer> = try await api.value(
            .bearer(
                credentials.accessToken, method, address(path), headers: headers,
                body: try body.map { .bytes(try JSON.data($0), contentType: type) }, effect: effect))
        return envelope.data
    }

    private struct Envelope<Answer: Decodable>: Decodable {
        let data: Answer
    }

    /// Some refusals come with status 200: success is what says "ok".
    private static func restated(_ answer: HTTPAnswer) -> HTTPAnswer {
        guard answer.isSuccess, !answer.body.isEmpty, let error = answer.document?["error"] else {
            return answer
        }
        let code = error["code"]?.string ?? error.string ?? "ok"
        return code == "ok" ? answer : HTTPAnswer(status: code == "rate_limit_exceeded" ? 429 : 403, headers: answer.headers, body: answer.body)
    }

    func profileURL(_ username: String) -> String { hosts.url("https://www.tiktok.com/@\(FormEncoding.escape(username))") }
}
