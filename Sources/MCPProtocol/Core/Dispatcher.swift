import Domain
import Logging

/// The methods that both eras share: reads the params, calls the context, writes the result of the exchange's revision.
struct Dispatcher: Sendable {
    let context: any ModelContext
    let logger: Logger

    /// Throws `RPCError` for a method that is none of these, and whatever the context throws.
    func result(of method: String, _ params: JSONValue, in exchange: Exchange) async throws -> Reply {
        let encoding = ResultEncoding(revision: exchange.revision)
        switch method {
        case "tools/list":
            try refuseCursor(params)
            return ["tools": .array(try await context.tools().map(encoding.json))]
        case "tools/call": return encoding.reply(try await call(params, in: exchange))
        case "resources/list":
            try refuseCursor(params)
            return ["resources": .array(try await context.resources().map(encoding.json))]
        case "resources/templates/list":
            try refuseCursor(params)
            return ["resourceTemplates": .array(try await context.resourceTemplates().map(encoding.json))]
        case "resources/read":
            let contents = try await context.read(try params.requiredString("uri"), in: exchange)
            return ["contents": .array(contents.map(encoding.json))]
        case "prompts/list":
            try refuseCursor(params)
            return ["prompts": .array(try await context.prompts().map(encoding.json))]
        case "prompts/get":
            let name = try params.requiredString("name")
            return Reply(encoding.json(try await context.prompt(name, try params.strings("arguments"), in: exchange)))
        case "completion/complete": return Reply(encoding.json(try await complete(params)))
        default: throw RPCError.unknownMethod(method)
        }
    }

    private func call(_ params: JSONValue, in exchange: Exchange) async throws -> ToolResult {
        let name = try params.requiredString("name")
        guard let arguments = (params.given("arguments") ?? [:]).object else {
            throw RPCError.invalidParams("The arguments of a tool are an object.")
        }
        do {
            return try await context.call(name, arguments, in: exchange)
        } catch let error as UnsupportedByClient where !exchange.revision.isStateless {
            return .failure("This needs \(error.capability), which your client does not offer.")
        } catch let error as RefusedByClient {
            return .failure("The client was asked and answered with an error: \(error.message)")
        }
    }

    private func complete(_ params: JSONValue) async throws -> Completion {
        let reference = params["ref"] ?? .null
        let target: CompletionReference
        switch reference["type"]?.string {
        case "ref/prompt": target = .prompt(name: try reference.requiredString("name"))
        case "ref/resource": target = .resource(uriTemplate: try reference.requiredString("uri"))
        default: throw RPCError.invalidParams(#"ref.type is "ref/prompt" or "ref/resource"."#)
        }
        guard let argument = params["argument"] else { throw RPCError.invalidParams("argument is missing.") }
        return try await context.complete(
            target, argument: try argument.requiredString("name"), value: try argument.requiredString("value"),
            given: try (params["context"] ?? [:]).strings("arguments"))
    }

    /// Everything is on the first page, because some clients read no other: so no cursor was ever given out.
    private func refuseCursor(_ params: JSONValue) throws {
        guard params.given("cursor") == nil else {
            throw RPCError.invalidParams("This cursor is not known: the list has one page.")
        }
    }
}

extension ToolResult {
    /// A failure in words that the model reads.
    static func failure(_ message: String) -> ToolResult { ToolResult(content: [.text(message)], isError: true) }
}

extension JSONValue {
    /// A member, unless it is null, which some clients write for what they leave out.
    func given(_ key: String) -> JSONValue? {
        guard let value = self[key], value != .null else { return Optional.none }
        return value
    }

    func requiredString(_ key: String) throws -> String {
        guard let value = self[key]?.string else { throw RPCError.invalidParams("\(key) is missing or not a string.") }
        return value
    }

    /// A map of strings, empty when it is left out.
    func strings(_ key: String) throws -> [String: String] {
        guard let value = given(key) else { return [:] }
        guard let members = value.object else { throw RPCError.invalidParams("\(key) is not an object.") }
        return try members.mapValues {
            guard let text = $0.string else { throw RPCError.invalidParams("The values of \(key) are strings.") }
            return text
        }
    }
}
