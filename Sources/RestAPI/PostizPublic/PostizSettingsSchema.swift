import Application
import Domain

/// How the settings of a platform are described to programs that were written for Postiz.
extension PostizSettings {
    /// What their look-ups are called, by ours.
    private static let methods = ["board": "boards", "channel": "channels", "subreddit": "subreddits", "audio_id": "audioSearch"]

    static func method(_ lookup: String) -> String { methods[lookup] ?? lookup }

    /// What the original says where there is nothing to set.
    static func schema(_ descriptor: PlatformDescriptor) -> JSONValue {
        let fields = descriptor.settings
        guard !fields.isEmpty else { return "No additional settings required" }
        let properties = fields.map { field -> (String, JSONValue) in
            var property: [String: JSONValue] = [
                "type": field.kind == .toggle ? "boolean" : "string",
                "description": .string([field.label, field.help].filter { !$0.isEmpty }.joined(separator: ": ")),
            ]
            if field.kind == .choice { property["enum"] = .array(field.options.map { .string($0.value) }) }
            return (field.name, .object(property))
        }
        return [
            "type": "object", "properties": .object(Dictionary(properties) { first, _ in first }),
            "required": .array(fields.filter { descriptor.needsAlways($0) }.map { .string($0.name) }),
        ]
    }
}
