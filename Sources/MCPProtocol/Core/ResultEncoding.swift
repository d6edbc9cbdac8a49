import Domain

/// How what a `ModelContext` offers is written in a revision: what a revision does not know is left out or said in text.
struct ResultEncoding {
    let revision: Revision

    func json(_ tool: Tool) -> JSONValue {
        let knowsTitles = revision >= .june2025
        return [
            "name": .string(tool.name), "description": optional(tool.description), "inputSchema": tool.inputSchema,
            "title": knowsTitles ? optional(tool.title) : .null,
            "outputSchema": knowsTitles ? tool.outputSchema ?? .null : .null,
            "annotations": revision >= .march2025 ? tool.annotations.map { json($0, title: knowsTitles ? nil : tool.title) } ?? .null : .null,
        ]
    }

    /// The annotations' own title is what clients of 2025-03-26 know: others have it once already.
    private func json(_ annotations: Tool.Annotations, title: String?) -> JSONValue {
        [
            "title": optional(title), "readOnlyHint": .bool(annotations.readOnlyHint), "destructiveHint": .bool(annotations.destructiveHint),
            "idempotentHint": .bool(annotations.idempotentHint), "openWorldHint": .bool(annotations.openWorldHint),
        ]
    }

    func reply(_ result: ToolResult) -> Reply {
        Reply(
            ["content": .array(result.content.map(json)), "isError": result.isError ? true : .null],
            structuredContent: revision >= .june2025 ? result.structured : nil)
    }

    func json(_ block: ContentBlock) -> JSONValue {
        switch block {
        case .text(let text): ["type": "text", "text": .string(text)]
        case .image(let data, let mimeType): ["type": "image", "data": .string(data), "mimeType": .string(mimeType)]
        case .audio(let data, let mimeType):
            revision >= .march2025
                ? ["type": "audio", "data": .string(data), "mimeType": .string(mimeType)]
                : json(.text("A recording (\(mimeType)), which this version of the protocol cannot carry."))
        case .resource(let contents): ["type": "resource", "resource": json(contents)]
        case .resourceLink(let resource):
            revision >= .june2025
                ? .object((json(resource).object ?? [:]).merging(["type": "resource_link"]) { $1 })
                : json(.text("\(resource.title ?? resource.name): \(resource.uri)"))
        }
    }

    func json(_ resource: Resource) -> JSONValue {
        [
            "uri": .string(resource.uri), "name": .string(resource.name), "title": title(resource.title),
            "description": optional(resource.description), "mimeType": optional(resource.mimeType), "size": number(resource.size),
        ]
    }

    func json(_ template: ResourceTemplate) -> JSONValue {
        [
            "uriTemplate": .string(template.uriTemplate), "name": .string(template.name), "title": title(template.title),
            "description": optional(template.description), "mimeType": optional(template.mimeType),
        ]
    }

    func json(_ contents: ResourceContents) -> JSONValue {
        [
            "uri": .string(contents.uri), "mimeType": optional(contents.mimeType), "text": optional(contents.text), "blob": optional(contents.blob),
        ]
    }

    func json(_ prompt: Prompt) -> JSONValue {
        let arguments = prompt.arguments.map { argument -> JSONValue in
            [
                "name": .string(argument.name), "title": title(argument.title), "description": optional(argument.description),
                "required": argument.required ? true : .null,
            ]
        }
        return [
            "name": .string(prompt.name), "title": title(prompt.title), "description": optional(prompt.description),
            "arguments": arguments.isEmpty ? .null : .array(arguments),
        ]
    }

    func json(_ result: PromptResult) -> JSONValue {
        let messages = result.messages.map { message -> JSONValue in
            ["role": .string(message.role.rawValue), "content": json(message.content)]
        }
        return ["description": optional(result.description), "messages": .array(messages)]
    }

    func json(_ completion: Completion) -> JSONValue {
        let values = JSONValue.array(completion.values.map { .string($0) })
        return [
            "completion": ["values": values, "total": number(completion.total), "hasMore": completion.hasMore.map { .bool($0) } ?? .null]
        ]
    }

    func json(_ implementation: Implementation) -> JSONValue {
        [
            "name": .string(implementation.name), "version": .string(implementation.version), "title": title(implementation.title),
            "websiteUrl": revision >= .november2025 ? optional(implementation.websiteUrl) : .null,
        ]
    }

    private func title(_ title: String?) -> JSONValue { revision >= .june2025 ? optional(title) : .null }
    private func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    private func number(_ number: Int?) -> JSONValue { number.map { .number(Double($0)) } ?? .null }
}

extension Implementation {
    /// What a client says of itself, bounded; nil when it does not.
    init?(client json: JSONValue?) {
        guard let name = json?["name"]?.string else { return nil }
        self.init(
            name: String(name.prefix(100)), version: String((json?["version"]?.string ?? "").prefix(50)),
            title: json?["title"]?.string.map { String($0.prefix(100)) })
    }
}
