import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// The public API of Postiz, as the programs that were written for it call it (docs/postiz-api.md). Every call is at both of its addresses.
///
/// It decodes their shapes, calls Application and encodes its answers; what it cannot do is refused in words. It takes any query parameter
/// and any property, as the original does, and is therefore no part of the OpenAPI document, which promises the opposite.
struct PostizRoutes: Sendable {
    let services: Services

    var routes: [Route] { PostizAPI.prefixes.flatMap { calls(below: $0) } + [PostizFiles(services: services).file] }

    private func calls(below prefix: String) -> [Route] {
        (channels + posts + files + rest).map { call in
            Route(
                call.method, prefix + call.path, call.summary, access: call.access, rate: call.rate, parameters: [.anyQuery("Any")],
                successes: [.init(call.status, call.summary)]
            ) { try Response.json(try await call.handle($0), status: call.status) }
        }
    }

    private var channels: [PostizCall] {
        let channels = PostizChannels(services: services)
        return [
            PostizCall(.get, "/is-connected", "Whether the key is good", .signedIn) { _ in ["connected": true] },
            PostizCall(.get, "/integrations", "Channels", .scope(.postsRead), handle: channels.list),
            PostizCall(.get, "/groups", "Customers", .scope(.postsRead), handle: channels.groups),
            PostizCall(.get, "/find-slot/{id}", "The channel's next free posting time", .scope(.postsRead), handle: channels.slot),
            PostizCall(.get, "/social/{id}", "Where a person connects a channel", .scope(.channelsWrite), handle: channels.connect),
            PostizCall(.delete, "/integrations/{id}", "Remove a channel", .scope(.channelsWrite), handle: channels.remove),
            PostizCall(.get, "/integration-settings/{id}", "What a channel takes", .scope(.postsRead), handle: channels.settings),
            PostizCall(.post, "/integration-trigger/{id}", "Look something up at a platform", .scope(.postsRead), handle: channels.lookUp),
        ]
    }

    private var posts: [PostizCall] {
        let (reading, writing) = (PostizPosts(services: services), PostizWriting(services: services))
        return [
            PostizCall(.get, "/posts", "Posts of a span of time", .scope(.postsRead), handle: reading.list),
            PostizCall(.post, "/posts", "Make or change posts", .scope(.postsWrite), rate: .creations, handle: writing.write),
            PostizCall(.delete, "/posts/{id}", "Delete a post", .scope(.postsWrite), handle: reading.remove),
            PostizCall(.delete, "/posts/group/{id}", "Delete a post", .scope(.postsWrite), handle: reading.remove),
            PostizCall(.get, "/posts/{id}/missing", "Nothing: we know what we published", .scope(.postsRead)) { _ in [] },
            PostizCall(.put, "/posts/{id}/release-id", "Nothing: we know what we published", .scope(.postsWrite), handle: reading.release),
            PostizCall(.put, "/posts/{id}/status", "Make a post a draft, or plan it", .scope(.postsWrite), handle: reading.status),
            PostizCall(.put, "/posts/{id}/settings", "Change a post's settings", .scope(.postsWrite), handle: reading.settings),
        ]
    }

    private var files: [PostizCall] {
        let files = PostizFiles(services: services)
        return [
            PostizCall(.post, "/upload", "Upload a file", .scope(.mediaWrite), handle: files.upload),
            PostizCall(.post, "/upload-from-url", "Fetch a file", .scope(.mediaWrite), handle: files.fetch),
        ]
    }

    private var rest: [PostizCall] {
        let figures = PostizFigures(services: services)
        return [
            PostizCall(.get, "/notifications", "What happened", .scope(.postsRead), handle: figures.notifications),
            PostizCall(.get, "/analytics/{id}", "Figures of a channel's account", .scope(.analyticsRead), handle: figures.channel),
            PostizCall(.get, "/analytics/post/{id}", "Figures of a post", .scope(.analyticsRead), handle: figures.post),
            refusing(.post, "/generate-video", "This server generates no videos. Make the film elsewhere and send it to upload.", .badRequest),
            refusing(.post, "/video/function", "This server generates no videos, so it has no functions for them.", .badRequest),
            refusing(.get, "/users", "Unauthorized", .forbidden),
        ]
    }

    private func refusing(_ method: HTTPRequest.Method, _ path: String, _ words: String, _ code: ProblemReport.Code) -> PostizCall {
        PostizCall(method, path, "Not here", .signedIn) { _ in throw ProblemReport(code, words) }
    }
}

/// One call of that API. Those that make something answer 201.
struct PostizCall: Sendable {
    let method: HTTPRequest.Method
    let path: String
    let summary: String
    let access: Route.Access
    let rate: RateClass
    let handle: @Sendable (Call) async throws -> JSONValue

    init(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, _ access: Route.Access, rate: RateClass = .calls,
        handle: @escaping @Sendable (Call) async throws -> JSONValue
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.access = access
        self.rate = rate
        self.handle = handle
    }

    var status: HTTPResponse.Status { method == .post ? .created : .ok }
}

extension Call {
    /// The body, whatever its content type says: programs for Postiz write `application/json` everywhere.
    func postizBody() async throws -> JSONValue {
        let value = try await json()
        guard value.object != nil else { throw ProblemReport.messages(["The body must be an object"]) }
        return value
    }

    /// A query parameter that is not empty.
    func query(_ name: String) -> String? { queryValues[name].flatMap { $0.isEmpty ? nil : $0 } }
}

/// Times as that API writes and reads them.
enum PostizTime {
    /// `2026-09-01T09:30:00.000Z`.
    static func stamp(_ time: Timestamp) -> JSONValue {
        let fraction = String(1000 + (time.milliseconds % 1000 + 1000) % 1000).dropFirst()
        return .string("\(naiveText(time)).\(fraction)Z")
    }

    /// `2026-09-01T09:30:00`, in UTC.
    static func naive(_ time: Timestamp) -> JSONValue { .string(naiveText(time)) }

    private static func naiveText(_ time: Timestamp) -> String { String(time.description.prefix(19)) }

    /// ISO 8601; without an offset it is in UTC, without a time of day midnight. Nil for anything else.
    static func read(_ text: String) -> Timestamp? {
        let text = text.trimmingCharacters(in: .whitespaces)
        return Timestamp(text) ?? Timestamp(text + "Z") ?? Timestamp(text + "T00:00:00Z")
    }
}
