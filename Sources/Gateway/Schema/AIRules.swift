import Application
import Domain

extension AIRequest: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "text": Rule.text(0...AIHelp.longestText).refined(by: ["description": "What is to be rewritten or shortened"]),
            "platforms": Rule.list(0...100).refined(by: ["description": "Channels: ids or unambiguous names; the text should fit on all of them"]),
            "settings": ["description": "By a channel's id or name, or a platform's id: what goes into the text counts"],
            "followUp": ["description": "Whether the text follows other parts"],
            "mediaId": ["description": "The picture to be described"],
            "itemId": ["description": "The item of a feed to have ideas about"],
            "preview": ["description": "Whether only what would be asked is wanted: nobody is asked, and nothing is used"],
            "language": Rule.locale.refined(by: ["description": "In which descriptions and ideas are written; absent: the person's own"]),
            Rule.whole: ["allOf": [["anyOf": .array(AITask.allCases.map(needs))]]],
        ]
    }

    /// What a request for this task has to have.
    private static func needs(of task: AITask) -> JSONValue {
        let words: JSONValue = ["type": "string", "pattern": "\\S"]
        var properties: [String: JSONValue] =
            switch task {
            case .rewrite: ["text": words]
            case .shorten: ["text": words, "platforms": ["type": "array", "minItems": 1]]
            case .altText: ["mediaId": ["type": "string"]]
            case .ideas: ["itemId": ["type": "string"]]
            }
        let names = properties.keys.sorted()
        properties["task"] = ["enum": [.string(task.rawValue)]]
        return ["required": .array(names.map { .string($0) }), "properties": .object(properties)]
    }
}

extension AIPromptChange: Ruled {
    public static var rules: [String: JSONValue] { ["prompt": Rule.text(0...AIPrompt.longest)] }
}
