import Foundation

/// What Slack checks of a message.
enum SlackRules {
    private static let allBlocks = 13_200

    /// The blocks of a message, checked; none where it has only a text.
    static func blocks(_ arguments: SlackArguments, of team: Account, _ state: PlatformState) throws -> [JSON] {
        if let markdown = arguments.text("markdown_text") {
            if arguments.has("text") || arguments.has("blocks") { throw Slack.error("markdown_text_conflict") }
            guard markdown.utf16.count <= 12_000 else { throw Slack.error("msg_too_long") }
            return [["type": "markdown", "text": .string(markdown)]]
        }
        guard arguments.has("blocks") else {
            guard arguments.text("text") != nil else { throw Slack.error("no_text") }
            return []
        }
        guard let blocks = arguments.structure("blocks")?.array else { throw Slack.error("invalid_blocks_format") }
        guard blocks.count <= 50 else { throw invalid("no more than 50 items allowed [json-pointer:/blocks]") }
        var total = 0
        for (index, block) in blocks.enumerated() { total += try length(of: block, "/blocks/\(index)", team, state) }
        guard total <= allBlocks else { throw Slack.error("msg_blocks_too_long") }
        return blocks
    }

    private static func invalid(_ message: String) -> Refusal {
        Slack.error("invalid_blocks", ["response_metadata": ["messages": [.string("[ERROR] \(message)")]]])
    }

    private static func check(_ text: JSON?, _ range: ClosedRange<Int>, _ pointer: String) throws -> Int {
        let length = text?.string?.utf16.count ?? 0
        guard length >= range.lowerBound else { throw invalid("must be more than \(range.lowerBound - 1) characters [json-pointer:\(pointer)]") }
        guard length <= range.upperBound else { throw invalid("must be less than \(range.upperBound + 1) characters [json-pointer:\(pointer)]") }
        return length
    }

    private static func length(of block: JSON, _ pointer: String, _ team: Account, _ state: PlatformState) throws -> Int {
        switch block["type"]?.string {
        case "section": return try check(block["text"]?["text"], 1...3000, "\(pointer)/text/text")
        case "header": return try check(block["text"]?["text"], 1...150, "\(pointer)/text/text")
        case "markdown": return try check(block["text"], 1...12_000, "\(pointer)/text")
        case "context":
            let elements = block["elements"]?.array ?? []
            guard (1...10).contains(elements.count) else { throw invalid("must have 1 to 10 elements [json-pointer:\(pointer)/elements]") }
            return try elements.enumerated().reduce(0) { total, element in
                guard element.1["type"]?.string != "image" else { return total }
                return total + (try check(element.1["text"], 1...3000, "\(pointer)/elements/\(element.0)/text"))
            }
        case "divider", "rich_text": return 0
        case "image":
            _ = try check(block["alt_text"], 1...2000, "\(pointer)/alt_text")
            if let address = block["image_url"] {
                _ = try check(address, 1...3000, "\(pointer)/image_url")
                guard address.string?.hasPrefix("http") == true else { throw invalid("downloading image failed [json-pointer:\(pointer)/image_url]") }
            } else if picture(block, of: team, state) == nil {
                throw invalid("invalid slack file [json-pointer:\(pointer)/slack_file]")
            }
            return 0
        default: throw invalid("unsupported type: \(block["type"]?.string ?? "") [json-pointer:\(pointer)/type]")
        }
    }

    /// The completed picture that a block shows.
    static func picture(_ block: JSON, of team: Account, _ state: PlatformState) -> MediaItem? {
        guard let id = block["slack_file"]?["id"]?.string, let item = state.media[id], item.owner == team.id, item.state == .ready,
            [.image, .gif].contains(item.kind), state.records["completed/\(id)"] != nil
        else { return nil }
        return item
    }

    /// As people read it: what the blocks say, else the text.
    static func words(_ arguments: SlackArguments, _ blocks: [JSON]) -> String {
        let texts = blocks.compactMap { block -> String? in
            switch block["type"]?.string {
            case "section": block["text"]?["text"]?.string.map(plain)
            case "markdown": block["text"]?.string
            default: nil
            }
        }
        return texts.isEmpty ? plain(String((arguments.text("text") ?? "").prefix(40_000))) : texts.joined()
    }

    static func plain(_ text: String) -> String {
        text.replacingOccurrences(of: "&lt;", with: "<").replacingOccurrences(of: "&gt;", with: ">").replacingOccurrences(of: "&amp;", with: "&")
    }
}
