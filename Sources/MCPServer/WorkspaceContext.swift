import Application
import Domain
import Gateway
import Logging
import MCPProtocol

/// The product as one assistant sees it: tools, resources and prompts narrowed to what its key may do. Made for each request, so that a
/// change of the key shows at once.
public struct WorkspaceContext: ModelContext {
    let services: Services
    let caller: Caller
    let requestId: String
    let catalogue: Catalogue
    /// Whether the credential still holds; asked while streams are open.
    let stillAuthorized: @Sendable () async -> Bool

    public var server: Implementation { catalogue.server }
    public var instructions: String? { Instructions.text(needsApproval: caller.draftOnly) }

    public func tools() async throws -> [Tool] { catalogue.toolbox.tools.filter { $0.isOffered(to: caller) }.map(\.tool) }

    public func call(_ name: String, _ arguments: [String: JSONValue], in exchange: Exchange) async throws -> ToolResult {
        // Counts are kept by name, so that only names of ours become rows.
        let isKnown = catalogue.toolbox[name] != nil || Aliases.all[name] != nil
        services.assistants.noteCall(as: caller, client: exchange.client?.name, tool: isKnown ? name : nil)
        let invocation = Invocation(services: services, caller: caller, requestId: requestId, exchange: exchange, arguments: arguments)
        let start = ContinuousClock.now
        let answer = try await answer(name, invocation)
        await record(name, invocation, answer, took: ContinuousClock.now - start)
        return answer.result
    }

    private func answer(_ name: String, _ invocation: Invocation) async throws -> Answered {
        if catalogue.toolbox[name] == nil, let alias = Aliases.all[name] { return try await alias.answer(invocation, as: self) }
        guard let declaration = catalogue.toolbox[name] else { throw MCPError.unknownTool(name) }
        do {
            try await admitCounting(declaration)
            let answer = try await declaration.run(invocation.arguments, invocation)
            return Answered(ToolResult(answer.json), message: answer.message)
        } catch {
            let report = try reported(error, name)
            return Answered(ToolFailure.result(report, requestId: requestId), failure: report)
        }
    }

    /// Counts the call. Throws when the caller may not use the tool.
    func admitCounting(_ declaration: ToolDeclaration) async throws {
        try caller.require(declaration.scope)
        if declaration.needsFreeHand { try caller.requireApproved(to: "publish at once") }
        try await RateCounting(services).count(declaration.rate, for: caller)
    }

    /// What the model is told of an error. Throws what is not for it: a cancellation, what concerns the protocol, and a scope that is missing
    /// to a grant, which can ask its person for more. A key is told where it can be changed.
    func reported(_ error: any Error, _ tool: String) throws -> ProblemReport {
        if error is MCPError || error is CancellationError { throw error }
        let report = ProblemReport(answering: error)
        if caller.isGrant, report.code == .forbiddenScope, let scope = report.details["scope"]?.string {
            throw MCPError.insufficientScope([scope])
        }
        if report.code == .internalError {
            services.logger.error(
                "tool failed", metadata: ["tool": .string(tool), "request": .string(requestId), "error": .string("\(error)")])
        }
        return report
    }

    private func record(_ name: String, _ invocation: Invocation, _ answer: Answered, took duration: Duration) async {
        let call = ToolCall(
            tool: name, arguments: invocation.arguments, ok: answer.failure == nil, code: answer.failure?.code.rawValue,
            message: answer.failure?.message ?? answer.message,
            client: invocation.exchange?.client.map { "\($0.name) \($0.version)" }, milliseconds: Int(duration.milliseconds),
            post: invocation.notes.target, undo: invocation.notes.undo)
        do {
            let tool = catalogue.toolbox[Aliases.all[name]?.tool ?? name]
            if tool?.tool.annotations?.readOnlyHint == true { return try services.toolCalls.note(call, as: caller) }
            try await services.toolCalls.record(call, as: caller)
        } catch {
            // The call is done: its answer matters more than its record.
            services.logger.error("tool call not recorded", metadata: ["tool": .string(name), "error": .string("\(error)")])
        }
    }

    public func isStillAuthorized() async -> Bool { await stillAuthorized() }
    public func changes() -> AsyncStream<Change> { WorkspaceChanges(services: services, caller: caller).stream() }
}

/// How a call was answered, for its client and for its record.
struct Answered: Sendable {
    let result: ToolResult
    let message: String?
    /// What went wrong if the result tells of a failure.
    let failure: ProblemReport?

    init(_ result: ToolResult, message: String? = nil, failure: ProblemReport? = nil) {
        (self.result, self.message, self.failure) = (result, message, failure)
    }
}

/// What is the same for all assistants: made once.
struct Catalogue: Sendable {
    let server: Implementation
    let toolbox: Toolbox

    init(version: String, website: String) throws {
        server = Implementation(name: "postiz", version: version, title: "Postiz", websiteUrl: website)
        toolbox = try Toolbox()
    }
}

extension BoundSessions: SessionStore {}
