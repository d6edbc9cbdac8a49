import Application
import Domain
import Foundation
import Gateway
import MCPProtocol

/// What a tool takes: the arguments of `tools/call`, in snake_case.
protocol ToolInput: Decodable, Sendable {
    /// What each argument means, by its path: `limit`, `parts.text`. Models read this.
    static var descriptions: [String: String] { get }
    /// Names that are understood but not listed, by their path: `from` for `since`.
    static var aliases: [String: String] { get }
    /// Arguments that are understood but not listed, by their path: another says the same.
    static var unlisted: Set<String> { get }
}

extension ToolInput {
    static var aliases: [String: String] { [:] }
    static var unlisted: Set<String> { [] }
}

/// What a tool answers with.
protocol ToolOutput: Codable, Sendable {
    /// One sentence for the person.
    var message: String { get }
}

/// What a tool answered with, encoded already.
struct ToolAnswer: Sendable {
    let message: String
    var json: EncodedJSON
}

/// A result that a tool encoded itself, to see how long it is.
struct Encoded<Output: ToolOutput>: Sendable {
    let answer: ToolAnswer

    /// Throws `EncodingError` for what JSON cannot hold.
    init(_ output: Output) throws { answer = ToolAnswer(message: output.message, json: try EncodedJSON(forModel: output)) }
}

/// A tool without arguments.
struct NoInput: ToolInput {
    static let descriptions: [String: String] = [:]
}

/// A tool, declared once: what is listed of it, who may use it, and what it does.
struct ToolDeclaration: Sendable {
    /// What a tool may do, as hosts ask before they ask the person.
    enum Effect: Sendable {
        case reads
        /// Reads what platforms know at this moment.
        case readsPlatforms
        case creates
        case changes
        /// Changes or removes what cannot simply be had back.
        case replaces
        case publishes
        case removes
    }

    let tool: Tool
    let scope: Scope
    let rate: RateClass
    /// Not for keys whose posts a person has to approve first.
    let needsFreeHand: Bool
    private let check: ArgumentCheck
    private let perform: @Sendable (JSONValue, Invocation) async throws -> ToolAnswer

    /// Throws `Undescribed` or `SchemaError` for types that do not tell enough.
    init<Input: ToolInput, Output: ToolOutput>(
        _ name: String, _ title: String, _ effect: Effect, scope: Scope, rate: RateClass = .calls, needsFreeHand: Bool = false,
        _ description: String, perform: @escaping @Sendable (Input, Invocation) async throws -> Output
    ) throws {
        try self.init(name, title, effect, scope: scope, rate: rate, needsFreeHand: needsFreeHand, description) { (input: Input, invocation) in
            try Encoded(try await perform(input, invocation))
        }
    }

    /// The same for a tool that encodes its result itself.
    init<Input: ToolInput, Output: ToolOutput>(
        _ name: String, _ title: String, _ effect: Effect, scope: Scope, rate: RateClass = .calls, needsFreeHand: Bool = false,
        _ description: String, perform: @escaping @Sendable (Input, Invocation) async throws -> Encoded<Output>
    ) throws {
        guard description.count <= FlatSchema.longestDescription else { throw FlatSchema.Undescribed(property: name) }
        tool = Tool(
            name: name, title: title, description: description, inputSchema: try FlatSchema.arguments(Input.self).without(Input.unlisted),
            outputSchema: try FlatSchema.result(Output.self), annotations: effect.annotations)
        self.scope = scope
        self.rate = rate
        self.needsFreeHand = needsFreeHand
        check = ArgumentCheck(tool: name, schema: try FlatSchema.arguments(Input.self), aliases: Input.aliases, unlisted: Input.unlisted)
        self.perform = { arguments, invocation in
            try await perform(try Self.decode(Input.self, arguments), invocation).answer
        }
    }

    /// Runs the tool; what it answers is not longer than `ResultSize` allows. Throws `ProblemReport` for what the caller can mend.
    func run(_ arguments: [String: JSONValue], _ invocation: Invocation) async throws -> ToolAnswer {
        let arguments = try check.normalized(arguments)
        var answer = try await perform(arguments, invocation.taking(arguments.object ?? [:]))
        answer.json = try ResultSize.fit(try answer.json.warning(of: invocation.notes.warnings))
        return answer
    }

    func isOffered(to caller: Caller) -> Bool { caller.may(scope) && !(needsFreeHand && caller.draftOnly) }

    private static func decode<Input: Decodable>(_ type: Input.Type, _ arguments: JSONValue) throws -> Input {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: JSON.data(arguments))
    }
}

extension ToolDeclaration.Effect {
    fileprivate var annotations: Tool.Annotations {
        switch self {
        case .reads: .init(readOnlyHint: true, idempotentHint: true)
        case .readsPlatforms: .init(readOnlyHint: true, idempotentHint: true, openWorldHint: true)
        case .creates: .init(openWorldHint: true)
        case .changes: .init()
        case .replaces: .init(destructiveHint: true, idempotentHint: true)
        case .publishes: .init(openWorldHint: true)
        case .removes: .init(destructiveHint: true, idempotentHint: true, openWorldHint: true)
        }
    }
}
