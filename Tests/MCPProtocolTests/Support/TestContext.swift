import Domain
import MCPProtocol
import NIOConcurrencyHelpers

/// A server that offers a little of everything.
final class TestContext: ModelContext {
    struct State {
        var listeners: [AsyncStream<Change>.Continuation] = []
        var isAuthorized = true
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isReleased = false
        var began = 0
        var cancelled = 0
    }

    let state = NIOLockedValueBox(State())
    let server = Implementation(name: "fixture", version: "1.0", title: "A fixture", websiteUrl: "https://mcp.example.com")
    let instructions: String? = "Call echo first."

    static let link = Resource(uri: "test://a", name: "a", title: "A")
    static let everything: [ContentBlock] = [
        .text("words"), .image(data: "aW1n", mimeType: "image/png"), .audio(data: "YXVk", mimeType: "audio/wav"),
        .resource(ResourceContents(uri: "test://a", mimeType: "text/plain", text: "of a")), .resourceLink(link),
    ]
    static let question = Question(.elicitation, ["message": "Your name?", "requestedSchema": ["type": "object", "properties": [:]]])

    func tools() async throws -> [Tool] {
        let names = ["echo", "everything", "speak", "wait", "ask", "ask_many", "scoped", "broken", "poll", "shout"]
        return names.map { Tool(name: $0, inputSchema: ["type": "object", "properties": [:]]) } + [
            Tool(
                name: "mirrored", title: "Mirrored",
                inputSchema: ["type": "object", "properties": ["region": ["type": "string", "x-mcp-header": "Region"]]],
                outputSchema: ["type": "object"], annotations: .init(readOnlyHint: true))
        ]
    }

    func call(_ name: String, _ arguments: [String: JSONValue], in exchange: Exchange) async throws -> ToolResult {
        switch name {
        case "echo", "mirrored": return ToolResult(content: [.text("said")], structuredContent: .object(arguments))
        case "everything": return ToolResult(content: Self.everything, structuredContent: ["a": 1])
        case "speak":
            await exchange.progress(1, of: 2, "half")
            await exchange.progress(1, of: 2, "half again")
            await exchange.log(.debug, logger: "test", "unheard")
            await exchange.log(.warning, logger: "test", "heard")
            return ToolResult(content: [.text("spoken")])
        case "wait":
            try await wait()
            return ToolResult(content: [.text("waited")])
        case "ask":
            let answer = try await exchange.ask(Self.question, key: "name")
            guard arguments["twice"] != nil else { return ToolResult(content: [.text("\(answer["content"]?["name"]?.string ?? "?")")]) }
            let second = try await exchange.ask(Self.question, key: "colour")
            return ToolResult(content: [.text("\(answer["content"]?["name"]?.string ?? "?") likes \(second["content"]?["name"]?.string ?? "?")")])
        case "ask_many":
            let answers = try await exchange.ask(["a": Self.question, "b": Question(.roots)])
            return ToolResult(content: [.text(answers.keys.sorted().joined())])
        case "scoped": throw MCPError.insufficientScope(["posts:read", "posts:write"])
        case "broken": throw Broken()
        case "poll":
            await exchange.closeStream()
            try await wait()
            await exchange.progress(1)
            return ToolResult(content: [.text("polled")])
        case "shout":
            await exchange.progress(0)
            try await wait()
            for step in 1...(arguments["times"]?.int ?? 1) {
                await exchange.progress(Double(step), of: nil, String(repeating: "x", count: arguments["size"]?.int ?? 1))
            }
            return ToolResult(content: [.text("shouted")])
        default: throw MCPError.unknownTool(name)
        }
    }

    struct Broken: Error, CustomStringConvertible { let description = "a secret of the inside" }

    func resources() async throws -> [Resource] { [Self.link] }
    func resourceTemplates() async throws -> [ResourceTemplate] { [ResourceTemplate(uriTemplate: "test://{id}", name: "any")] }
    func read(_ uri: String, in exchange: Exchange) async throws -> [ResourceContents] {
        guard uri == "test://a" else { throw MCPError.resourceNotFound(uri: uri) }
        return [ResourceContents(uri: uri, mimeType: "text/plain", text: "of a")]
    }

    func prompts() async throws -> [Prompt] { [Prompt(name: "greet", arguments: [.init(name: "whom", required: true)])] }
    func prompt(_ name: String, _ arguments: [String: String], in exchange: Exchange) async throws -> PromptResult {
        if name == "ask" { _ = try await exchange.ask(Self.question, key: "name") }
        guard let whom = arguments["whom"] else { throw MCPError.invalidParams("whom is missing") }
        return PromptResult(messages: [.init(.user, .text("Greet \(whom)"))])
    }

    func complete(_ reference: CompletionReference, argument: String, value: String, given: [String: String]) async throws -> Completion {
        Completion(values: ["\(value)!"] + given.values)
    }

    // MARK: - What tests do from outside

    func changes() -> AsyncStream<Change> {
        let (stream, continuation) = AsyncStream<Change>.makeStream()
        state.withLockedValue { $0.listeners.append(continuation) }
        return stream
    }

    func happens(_ change: Change) { state.withLockedValue(\.listeners).forEach { $0.yield(change) } }

    func isStillAuthorized() async -> Bool { state.withLockedValue(\.isAuthorized) }
    func revoke() { state.withLockedValue { $0.isAuthorized = false } }

    private func wait() async throws {
        state.withLockedValue { $0.began += 1 }
        try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReleased = state.withLockedValue { state in
                    if !state.isReleased { state.waiting.append(continuation) }
                    return state.isReleased
                }
                if isReleased { continuation.resume() }
            }
            if Task.isCancelled { state.withLockedValue { $0.cancelled += 1 } }
            try Task.checkCancellation()
        } onCancel: {
            state.withLockedValue { state in
                defer { state.waiting = [] }
                return state.waiting
            }.forEach { $0.resume() }
        }
    }

    /// Lets every `wait` go on, now and later.
    func release() {
        state.withLockedValue { state in
            state.isReleased = true
            defer { state.waiting = [] }
            return state.waiting
        }.forEach { $0.resume() }
    }

    var began: Int { state.withLockedValue(\.began) }
    var cancelled: Int { state.withLockedValue(\.cancelled) }
}
