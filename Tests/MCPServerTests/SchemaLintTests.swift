import Domain
import Foundation
import MCPProtocol
import Testing

@testable import MCPServer

@Suite("What is listed of tools")
struct SchemaLintTests {
    private let tools: [Tool]

    init() throws { tools = try Toolbox().tools.map(\.tool) }

    @Test("There are twenty, in the same order every time, with names, titles and descriptions that every client takes")
    func names() throws {
        #expect(
            tools.map(\.name) == [
                "get_workspace", "list_channels", "get_channel_schema", "lookup_channel_options", "validate_post", "create_post", "list_posts",
                "get_post", "update_post", "reschedule_post", "publish_post", "cancel_post", "delete_post", "retry_post", "find_slots",
                "list_queue", "upload_media", "convert_media", "list_media", "get_analytics", "list_events",
            ])
        for tool in tools {
            #expect(tool.name.wholeMatch(of: /[a-z0-9_]{1,40}/) != nil)
            #expect(tool.title?.isEmpty == false)
            #expect((20...1024).contains(tool.description?.count ?? 0), "\(tool.name)")
        }
    }

    @Test("Schemas are flat objects that mean the same in every dialect, with every argument described")
    func schemas() throws {
        for tool in tools {
            let output = try #require(tool.outputSchema)
            #expect(Self.problems(tool.inputSchema, isInput: true, at: tool.name) == [])
            #expect(Self.problems(output, isInput: false, at: tool.name) == [])
            let required = (output["required"]?.array ?? []).compactMap(\.string)
            #expect(required.contains("message") && required.contains("url"), "\(tool.name)")
        }
    }

    @Test("Every tool says honestly what it may do")
    func annotations() throws {
        func names(_ holds: (Tool.Annotations) -> Bool) -> Set<String> { Set(tools.filter { $0.annotations.map(holds) ?? false }.map(\.name)) }
        let reading = names(\.readOnlyHint)
        #expect(
            reading.isDisjoint(with: [
                "create_post", "update_post", "reschedule_post", "publish_post", "cancel_post", "delete_post", "retry_post", "upload_media",
            ]))
        #expect(reading.count == 12)
        #expect(names(\.destructiveHint) == ["update_post", "cancel_post", "delete_post"])
        #expect(names(\.openWorldHint) == ["lookup_channel_options", "create_post", "publish_post", "delete_post", "retry_post", "upload_media"])
        #expect(names { $0.readOnlyHint && $0.destructiveHint }.isEmpty)
    }

    @Test("The list is short enough for any context, also for clients that fetch it for every call")
    func size() throws {
        let text = try JSON.text(tools)
        print("tools/list: \(text.count) characters")
        #expect(text.count < 32_500, "\(text.count) characters")
    }

    @Test("No name is a word of a language, or one that clients keep for themselves")
    func reservedNames() throws {
        // Python's keywords and soft keywords, and names that frameworks' own objects have beside the arguments.
        let python = """
            False None True and as assert async await break class continue def del elif else except finally for from global if import in is \
            lambda nonlocal not or pass raise return try while with yield match case type_ print
            """
        let clients = """
            settings arguments kernel service service_id self cls tool_name tool_call_id args kwargs context ctx config run_manager callbacks \
            state store metadata schema json dict copy fields model_config to to_ from_
            """
        let reserved = Set("\(python) \(clients)".split(separator: " ").map(String.init))
        for tool in tools {
            #expect(Self.names(tool.inputSchema).intersection(reserved).isEmpty, "\(tool.name)")
            #expect(!reserved.contains(tool.name))
        }
        for prompt in PromptShelf.prompts { #expect(reserved.isDisjoint(with: prompt.arguments.map(\.name)), "\(prompt.name)") }
    }

    @Test("Every list of objects says in its own description what they hold, and no object may hold anything")
    func shapes() throws {
        func check(_ schema: JSONValue, _ path: String) {
            for (name, property) in schema["properties"]?.object ?? [:] {
                if let members = property["items"]?["properties"]?.object {
                    let words = property["description"]?.string ?? ""
                    if !path.contains(".") { #expect(members.keys.allSatisfy { words.contains("\"\($0)\"") }, "\(path).\(name)") }
                    check(property["items"] ?? [:], "\(path).\(name)")
                }
                #expect(property["type"] != "object" || property["properties"]?.object?.isEmpty == false, "\(path).\(name)")
                #expect(property["items"]?["type"] != "object" || property["items"]?["properties"]?.object?.isEmpty == false, "\(path).\(name)")
            }
        }
        for tool in tools { check(tool.inputSchema, tool.name) }
    }

    private static func names(_ schema: JSONValue) -> Set<String> {
        let properties = schema["properties"]?.object ?? [:]
        return properties.reduce(into: Set(properties.keys)) { $0.formUnion(names($1.value["items"] ?? $1.value)) }
    }

    private static let allowed: Set<String> = ["type", "properties", "required", "items", "enum", "description"]

    private static func problems(_ schema: JSONValue, isInput: Bool, at path: String) -> [String] {
        guard let object = schema.object else { return ["\(path) is no object"] }
        var problems = Set(object.keys).subtracting(allowed).map { "\(path) has \($0)" }
        switch schema["type"]?.string {
        case "object":
            guard let properties = schema["properties"]?.object else { return problems + (isInput ? ["\(path) has no properties"] : []) }
            for (name, property) in properties {
                if name.wholeMatch(of: /[a-z0-9_]+/) == nil { problems.append("\(path).\(name) is not snake_case") }
                if isInput, !(5...1024).contains(property["description"]?.string?.count ?? 0) { problems.append("\(path).\(name) is not described") }
                problems += self.problems(property, isInput: isInput, at: "\(path).\(name)")
            }
            for name in (schema["required"]?.array ?? []).compactMap(\.string) where properties[name] == nil {
                problems.append("\(path).\(name) is required but not declared")
            }
        case "array": problems += schema["items"].map { self.problems($0, isInput: isInput, at: path + "[]") } ?? ["\(path) has no items"]
        case "string", "integer", "number", "boolean": break
        default: problems.append("\(path) has no single type")
        }
        return problems
    }
}
