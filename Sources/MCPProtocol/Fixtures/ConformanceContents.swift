import Domain

/// The fixed contents of resources, and the pieces that tools and prompts are made of.
enum ConformanceContents {
    /// A PNG of one red pixel.
    static let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
    /// A WAV of one sample of silence.
    static let silence = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="

    static let image = ContentBlock.image(data: pixel, mimeType: "image/png")

    static let resources = [
        Resource(
            uri: "test://static-text", name: "static-text", title: "Static text", description: "A text that never changes.",
            mimeType: "text/plain"),
        Resource(
            uri: "test://static-binary", name: "static-binary", title: "Static binary", description: "A picture that never changes.",
            mimeType: "image/png"),
        Resource(
            uri: "test://watched-resource", name: "watched-resource", title: "Watched resource",
            description: "A text that a client may subscribe to.", mimeType: "text/plain"),
    ]

    static let template = ResourceTemplate(
        uriTemplate: "test://template/{id}/data", name: "template", title: "Template", description: "Data about any id.",
        mimeType: "application/json")

    /// Nil when there is no such resource.
    static func contents(of uri: String) -> ResourceContents? {
        switch uri {
        case "test://static-text":
            return ResourceContents(uri: uri, mimeType: "text/plain", text: "This is the content of the static text resource.")
        case "test://static-binary": return ResourceContents(uri: uri, mimeType: "image/png", blob: pixel)
        case "test://watched-resource": return ResourceContents(uri: uri, mimeType: "text/plain", text: "Watched resource content")
        default: return data(at: uri)
        }
    }

    private static func data(at uri: String) -> ResourceContents? {
        let (prefix, suffix) = ("test://template/", "/data")
        guard uri.hasPrefix(prefix), uri.hasSuffix(suffix), uri.count > prefix.count + suffix.count else { return nil }
        let id = String(uri.dropFirst(prefix.count).dropLast(suffix.count))
        let value: JSONValue = ["id": .string(id), "templateTest": true, "data": .string("Data for ID: \(id)")]
        guard !id.contains("/"), let text = try? JSON.text(value) else { return nil }  // strings are always encodable
        return ResourceContents(uri: uri, mimeType: "application/json", text: text)
    }
}

/// A prompt with what makes its messages.
struct ConformancePrompt: Sendable {
    let prompt: Prompt
    let messages: @Sendable (_ arguments: [String: String], _ exchange: Exchange) async throws -> PromptResult

    static let all = [
        ConformancePrompt(prompt: Prompt(name: "test_simple_prompt", title: "Simple", description: "A prompt without arguments.")) { _, _ in
            PromptResult(messages: [.init(.user, .text("This is a simple prompt for testing."))])
        },
        ConformancePrompt(
            prompt: Prompt(
                name: "test_prompt_with_arguments", title: "With arguments", description: "A prompt with two arguments.",
                arguments: [
                    .init(name: "arg1", description: "The first argument.", required: true),
                    .init(name: "arg2", description: "The second argument.", required: true),
                ])
        ) { arguments, _ in
            let text = "Prompt with arguments: arg1='\(arguments["arg1"] ?? "")', arg2='\(arguments["arg2"] ?? "")'"
            return PromptResult(messages: [.init(.user, .text(text))])
        },
        ConformancePrompt(
            prompt: Prompt(
                name: "test_prompt_with_embedded_resource", title: "With a resource", description: "A prompt that holds a resource.",
                arguments: [.init(name: "resourceUri", description: "The resource's URI.", required: true)])
        ) { arguments, _ in
            let contents = ResourceContents(
                uri: arguments["resourceUri"] ?? "", mimeType: "text/plain", text: "Embedded resource content for testing.")
            return PromptResult(messages: [
                .init(.user, .resource(contents)), .init(.user, .text("Please process the embedded resource above.")),
            ])
        },
        ConformancePrompt(
            prompt: Prompt(name: "test_prompt_with_image", title: "With a picture", description: "A prompt that holds a picture.")
        ) { _, _ in
            PromptResult(messages: [.init(.user, ConformanceContents.image), .init(.user, .text("Please analyze the image above."))])
        },
        ConformancePrompt(
            prompt: Prompt(name: "test_input_required_result_prompt", title: "With a question", description: "A prompt that asks first.")
        ) { _, exchange in
            let answer = try await exchange.ask(.form("What context should the prompt use?", ["context": "string"]), key: "user_context")
            return PromptResult(messages: [.init(.user, .text("Context: \(answer["content"]?["context"]?.string ?? "none")"))])
        },
    ]
}
