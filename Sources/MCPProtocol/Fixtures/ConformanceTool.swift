import Domain

/// A call of a fixture.
struct ConformanceCall: Sendable {
    let arguments: [String: JSONValue]
    let exchange: Exchange
    let announce: @Sendable (Change) -> Void
}

/// A tool with what it does.
struct ConformanceTool: Sendable {
    let tool: Tool
    let run: @Sendable (ConformanceCall) async throws -> ToolResult

    static let all = contents + conversation + questions + rounds

    init(
        _ name: String, _ description: String, properties: JSONValue = [:], run: @escaping @Sendable (ConformanceCall) async throws -> ToolResult
    ) {
        let required = properties.object?.keys.sorted().map { JSONValue.string($0) } ?? []
        let schema: [String: JSONValue] = ["type": "object", "properties": properties]
        self.init(name, description, schema: .object(required.isEmpty ? schema : schema.merging(["required": .array(required)]) { $1 }), run: run)
    }

    init(_ name: String, _ description: String, schema: JSONValue, run: @escaping @Sendable (ConformanceCall) async throws -> ToolResult) {
        tool = Tool(name: name, description: description, inputSchema: schema)
        self.run = run
    }

    /// Long enough to be seen as several events.
    private static let step = Duration.milliseconds(50)
}

extension ToolResult {
    fileprivate static func text(_ text: String) -> ToolResult { ToolResult(content: [.text(text)]) }
}

// MARK: - Kinds of content

extension ConformanceTool {
    private static let contents = [
        ConformanceTool("test_simple_text", "Answers with a text.") { _ in .text("This is a simple text response for testing.") },
        ConformanceTool("test_image_content", "Answers with a picture.") { _ in ToolResult(content: [ConformanceContents.image]) },
        ConformanceTool("test_audio_content", "Answers with a sound.") { _ in
            ToolResult(content: [.audio(data: ConformanceContents.silence, mimeType: "audio/wav")])
        },
        ConformanceTool("test_embedded_resource", "Answers with a resource.") { _ in
            let contents = ResourceContents(
                uri: "test://embedded-resource", mimeType: "text/plain", text: "This is an embedded resource content.")
            return ToolResult(content: [.resource(contents)])
        },
        ConformanceTool("test_multiple_content_types", "Answers with a text, a picture and a resource.") { _ in
            let contents = ResourceContents(
                uri: "test://mixed-content-resource", mimeType: "application/json", text: #"{"test":"data","value":123}"#)
            return ToolResult(content: [.text("Multiple content types test:"), ConformanceContents.image, .resource(contents)])
        },
        ConformanceTool("test_error_handling", "Fails.") { _ in
            ToolResult(content: [.text("This tool intentionally returns an error for testing")], isError: true)
        },
        ConformanceTool(
            "json_schema_2020_12_tool", "Has a schema with keywords of JSON Schema 2020-12.",
            schema: [
                "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
                "$defs": ["address": ["type": "object", "properties": ["street": ["type": "string"], "city": ["type": "string"]]]],
                "properties": ["name": ["type": "string"], "address": ["$ref": "#/$defs/address"]], "additionalProperties": false,
            ]
        ) { call in .text("JSON Schema 2020-12 tool called with: \(try JSON.text(call.arguments))") },
    ]
}

// MARK: - What is said before the answer

extension ConformanceTool {
    private static let conversation = [
        ConformanceTool("test_tool_with_logging", "Logs three messages.") { call in
            for text in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
                await call.exchange.log(.info, .string(text))
                try await Task.sleep(for: step)
            }
            return .text("Tool with logging executed successfully")
        },
        ConformanceTool("test_logging_tool", "Logs one message.") { call in
            await call.exchange.log(.info, "test_logging_tool ran")
            return .text("Logged.")
        },
        ConformanceTool("test_tool_with_progress", "Reports progress three times.") { call in
            for done in [0.0, 50, 100] {
                await call.exchange.progress(done, of: 100, "Completed step \(Int(done)) of 100")
                try await Task.sleep(for: step)
            }
            return .text("Tool with progress executed successfully")
        },
        ConformanceTool("test_reconnection", "Closes the stream of its answer, which comes to those who return.") { call in
            await call.exchange.closeStream()
            try await Task.sleep(for: step * 2)
            return .text("Reconnection test completed successfully.")
        },
        ConformanceTool("test_trigger_tool_change", "Announces a change of the tools.") { call in
            call.announce(.toolsChanged)
            return .text("Tool list change announced.")
        },
        ConformanceTool("test_trigger_prompt_change", "Announces a change of the prompts.") { call in
            call.announce(.promptsChanged)
            return .text("Prompt list change announced.")
        },
        ConformanceTool("test_trigger_resource_change", "Announces a change of the watched resource.") { call in
            call.announce(.resourceUpdated(uri: "test://watched-resource"))
            return .text("Resource change announced.")
        },
    ]
}

// MARK: - Questions to the client

extension Question {
    /// A form whose fields are all required.
    static func form(_ message: String, _ types: [String: String]) -> Question {
        let properties = types.mapValues { JSONValue.object(["type": .string($0)]) }
        return form(message, properties: .object(properties), required: types.keys.sorted())
    }

    static func form(_ message: String, properties: JSONValue, required: [String] = []) -> Question {
        Question(
            .elicitation,
            [
                "mode": "form", "message": .string(message),
                "requestedSchema": ["type": "object", "properties": properties, "required": .array(required.map { .string($0) })],
            ])
    }

    static func sampling(_ prompt: String) -> Question {
        Question(
            .sampling, ["messages": [["role": "user", "content": ["type": "text", "text": .string(prompt)]]], "maxTokens": 100])
    }
}

extension ConformanceTool {
    private static let questions = [
        ConformanceTool(
            "test_sampling", "Asks the client's model.", properties: ["prompt": ["type": "string", "description": "What to ask."]]
        ) { call in
            let answer = try await call.exchange.ask(.sampling(call.arguments["prompt"]?.string ?? ""), key: "sample")
            return .text("LLM response: \(answer["content"]?["text"]?.string ?? "none")")
        },
        ConformanceTool(
            "test_elicitation", "Asks the person.", properties: ["message": ["type": "string", "description": "What to ask."]]
        ) { call in
            let properties: JSONValue = [
                "username": ["type": "string", "description": "User's response"], "email": ["type": "string", "description": "User's email address"],
            ]
            let question = Question.form(
                call.arguments["message"]?.string ?? "", properties: properties, required: ["username", "email"])
            return .text("User response: \(try told(try await call.exchange.ask(question, key: "response")))")
        },
        ConformanceTool("test_elicitation_sep1034_defaults", "Asks the person, with defaults.") { call in
            let properties: JSONValue = [
                "name": ["type": "string", "description": "User name", "default": "John Doe"],
                "age": ["type": "integer", "description": "User age", "default": 30],
                "score": ["type": "number", "description": "User score", "default": 95.5],
                "status": ["type": "string", "description": "User status", "enum": ["active", "inactive", "pending"], "default": "active"],
                "verified": ["type": "boolean", "description": "Verification status", "default": true],
            ]
            let question = Question.form("Please review and update the form fields with defaults", properties: properties)
            return .text("Elicitation completed: \(try told(try await call.exchange.ask(question, key: "fields")))")
        },
        ConformanceTool("test_elicitation_sep1330_enums", "Asks the person to choose.") { call in
            let question = Question.form("Please select options from the enum fields", properties: choices)
            return .text("Elicitation completed: \(try told(try await call.exchange.ask(question, key: "choices")))")
        },
        ConformanceTool("test_missing_capability", "Needs a client that offers sampling.") { call in
            let answer = try await call.exchange.ask(.sampling("Say anything."), key: "sample")
            return .text("LLM response: \(answer["content"]?["text"]?.string ?? "none")")
        },
        ConformanceTool("test_streaming_elicitation", "Asks the person while its answer streams.") { call in
            await call.exchange.progress(50, of: 100)
            let answer = try await call.exchange.ask(.form("Please confirm", ["ok": "boolean"]), key: "confirm")
            return .text("Streaming complete: \(try told(answer))")
        },
    ]

    private static func told(_ answer: JSONValue) throws -> String {
        "action=\(answer["action"]?.string ?? ""), content=\(try JSON.text(answer["content"] ?? [:]))"
    }

    /// One field of every kind of choice.
    private static let choices: JSONValue = [
        "untitledSingle": ["type": "string", "description": "Select one option", "enum": ["option1", "option2", "option3"]],
        "titledSingle": [
            "type": "string", "description": "Select one option with titles",
            "oneOf": [
                ["const": "value1", "title": "First Option"], ["const": "value2", "title": "Second Option"],
                ["const": "value3", "title": "Third Option"],
            ],
        ],
        "legacyEnum": [
            "type": "string", "description": "Select one option (legacy)", "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        ],
        "untitledMulti": [
            "type": "array", "description": "Select multiple options", "minItems": 1, "maxItems": 3,
            "items": ["type": "string", "enum": ["option1", "option2", "option3"]],
        ],
        "titledMulti": [
            "type": "array", "description": "Select multiple options with titles", "minItems": 1, "maxItems": 3,
            "items": [
                "anyOf": [
                    ["const": "value1", "title": "First Choice"], ["const": "value2", "title": "Second Choice"],
                    ["const": "value3", "title": "Third Choice"],
                ]
            ],
        ],
    ]
}

// MARK: - Several rounds

extension ConformanceTool {
    private static let askName = Question.form("What is your name?", ["name": "string"])
    private static let confirm = Question.form("Please confirm", ["ok": "boolean"])

    private static let rounds = [
        ConformanceTool("test_input_required_result_elicitation", "Asks for a name.") { call in
            let answer = try await call.exchange.ask(askName, key: "user_name")
            return .text("Hello, \(answer["content"]?["name"]?.string ?? "stranger")!")
        },
        ConformanceTool("test_input_required_result_sampling", "Asks the client's model for a capital.") { call in
            let answer = try await call.exchange.ask(.sampling("What is the capital of France?"), key: "capital_question")
            return .text(answer["content"]?["text"]?.string ?? "none")
        },
        ConformanceTool("test_input_required_result_list_roots", "Asks for the client's roots.") { call in
            let answer = try await call.exchange.ask(Question(.roots), key: "client_roots")
            let roots = (answer["roots"]?.array ?? []).compactMap { $0["uri"]?.string }
            return .text("Roots: \(roots.joined(separator: ", "))")
        },
        ConformanceTool("test_input_required_result_request_state", "Asks, and trusts only state of its own.") { call in
            _ = try await call.exchange.ask(confirm, key: "confirm")
            return .text("state-ok")
        },
        ConformanceTool("test_input_required_result_tampered_state", "Asks, and refuses state that was changed.") { call in
            _ = try await call.exchange.ask(confirm, key: "confirm")
            return .text("state-ok")
        },
        ConformanceTool("test_input_required_result_multiple_inputs", "Asks three things at once.") { call in
            let answers = try await call.exchange.ask([
                "user_name": askName, "greeting": .sampling("Generate a greeting"), "client_roots": Question(.roots),
            ])
            return .text("Received \(answers.keys.sorted().joined(separator: ", ")).")
        },
        ConformanceTool("test_input_required_result_multi_round", "Asks one thing after the other.") { call in
            let name = try await call.exchange.ask(.form("Step 1: What is your name?", ["name": "string"]), key: "step1")
            let color = try await call.exchange.ask(.form("Step 2: What is your favorite color?", ["color": "string"]), key: "step2")
            return .text("\(name["content"]?["name"]?.string ?? "Somebody") likes \(color["content"]?["color"]?.string ?? "no color").")
        },
        ConformanceTool("test_input_required_result_capabilities", "Asks only what the client offers to answer.") { call in
            var questions: [String: Question] = [:]
            if call.exchange.capabilities.has("elicitation") { questions["user_name"] = askName }
            if call.exchange.capabilities.has("sampling") { questions["greeting"] = .sampling("Generate a greeting") }
            let answers = try await call.exchange.ask(questions)
            return .text("Received \(answers.keys.sorted().joined(separator: ", ")).")
        },
    ]
}
