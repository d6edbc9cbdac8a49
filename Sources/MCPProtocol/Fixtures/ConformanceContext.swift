import Domain
import NIOConcurrencyHelpers

/// What the official conformance suite expects a server to offer: tools, resources and prompts with fixed names and contents that exercise
/// every corner of the protocol and touch nothing. One value serves all peers of a process.
public struct ConformanceContext: ModelContext {
    public let server: Implementation
    public let instructions: String? = "Fixtures for conformance tests. Nothing here does anything."
    private let listeners = ChangeListeners()

    public init(version: String) { server = Implementation(name: "postiz-fixtures", version: version) }

    public func tools() async throws -> [Tool] { ConformanceTool.all.map(\.tool) }

    public func call(_ name: String, _ arguments: [String: JSONValue], in exchange: Exchange) async throws -> ToolResult {
        guard let tool = ConformanceTool.all.first(where: { $0.tool.name == name }) else { throw MCPError.unknownTool(name) }
        return try await tool.run(ConformanceCall(arguments: arguments, exchange: exchange, announce: listeners.tell))
    }

    public func resources() async throws -> [Resource] { ConformanceContents.resources }
    public func resourceTemplates() async throws -> [ResourceTemplate] { [ConformanceContents.template] }

    public func read(_ uri: String, in exchange: Exchange) async throws -> [ResourceContents] {
        guard let contents = ConformanceContents.contents(of: uri) else { throw MCPError.resourceNotFound(uri: uri) }
        return [contents]
    }

    public func prompts() async throws -> [Prompt] { ConformancePrompt.all.map(\.prompt) }

    public func prompt(_ name: String, _ arguments: [String: String], in exchange: Exchange) async throws -> PromptResult {
        guard let prompt = ConformancePrompt.all.first(where: { $0.prompt.name == name }) else {
            throw MCPError.invalidParams("There is no prompt \(name).")
        }
        for argument in prompt.prompt.arguments where argument.required && arguments[argument.name] == nil {
            throw MCPError.invalidParams("The prompt \(name) needs the argument \(argument.name).")
        }
        return try await prompt.messages(arguments, exchange)
    }

    public func complete(
        _ reference: CompletionReference, argument: String, value: String, given: [String: String]
    ) async throws -> Completion {
        switch (reference, argument) {
        case (.prompt("test_prompt_with_arguments"), "arg1"), (.prompt("test_prompt_with_arguments"), "arg2"):
            let words = ["paris", "park", "party"].filter { $0.hasPrefix(value) }
            return Completion(values: words, total: words.count, hasMore: false)
        case (.resource(ConformanceContents.template.uriTemplate), "id"): return Completion(values: ["123"].filter { $0.hasPrefix(value) })
        default: throw MCPError.invalidParams("Nothing completes \(argument) there.")
        }
    }

    public func changes() -> AsyncStream<Change> { listeners.stream() }
    public func isStillAuthorized() async -> Bool { true }
}

/// Who hears of changes that a tool pretends to make.
private struct ChangeListeners: Sendable {
    private let listeners = NIOLockedValueBox<[Int: AsyncStream<Change>.Continuation]>([:])
    private let numbers = NIOLockedValueBox(0)

    func stream() -> AsyncStream<Change> {
        let number = numbers.withLockedValue { number in
            number += 1
            return number
        }
        return AsyncStream(bufferingPolicy: .bufferingNewest(64)) { continuation in
            listeners.withLockedValue { $0[number] = continuation }
            continuation.onTermination = { [listeners] _ in listeners.withLockedValue { $0[number] = nil } }
        }
    }

    @Sendable func tell(_ change: Change) { for listener in listeners.withLockedValue({ Array($0.values) }) { listener.yield(change) } }
}
