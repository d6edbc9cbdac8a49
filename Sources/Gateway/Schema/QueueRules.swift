import Application
import Domain

// What calls about the order of the queue take.

extension QueueSequence: Ruled {
    public static var rules: [String: JSONValue] {
        ["posts": Rule.list(2...Posts.mostArranged).refined(by: ["description": "Each once; the first gets the earliest of their times"])]
    }
}

extension QueueSequence.Place: Ruled {
    public static var rules: [String: JSONValue] {
        ["revision": Rule.revision.refined(by: ["description": "Refused when the post was changed since"])]
    }
}

extension QueueStep: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "channel": Rule.text(1...200).refined(by: ["description": "Among the posts that wait on this channel: id or unambiguous name"]),
            "revision": Rule.revision.refined(by: ["description": "Refused when the post was changed since"]),
        ]
    }
}

extension QueueShuffle: Ruled {
    public static var rules: [String: JSONValue] {
        [
            "channel": Rule.text(1...200).refined(by: ["description": "The next 200 posts that wait on this channel: id or unambiguous name"]),
            "posts": Rule.list(2...Posts.mostArranged).refined(by: ["description": "These, each once"]),
            Rule.whole: [
                "oneOf": [
                    ["required": ["channel"], "properties": ["channel": ["type": "string"]]],
                    ["required": ["posts"], "properties": ["posts": ["type": "array"]]],
                ]
            ],
        ]
    }
}
