import Domain
import Foundation

/// What a message consists of, whether the bot or a webhook sends it.
extension Discord {
    /// Discord cuts what is blank at both ends.
    static func content(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    /// Text, card, files and who is notified: what a message anywhere has, the first one of a forum's post included.
    static func messageBody(_ index: Int, _ text: String, _ files: [OutgoingMedia], _ request: PublishRequest) -> [String: JSONValue] {
        var body: [String: JSONValue] = ["allowed_mentions": ["parse": .array(notified(request).map { .string($0) })]]
        let isPoll = index == 0 && request.kind == "poll"
        let content = content(text)
        if !content.isEmpty, !isPoll { body["content"] = .string(content) }
        let flags = (request.toggle("suppress_embeds") ? 1 << 2 : 0) | (request.toggle("silent") ? 1 << 12 : 0)
        if flags != 0 { body["flags"] = .number(Double(flags)) }
        if index == 0, let embed = embedBody(request) { body["embeds"] = [embed] }
        if !files.isEmpty {
            body["attachments"] = .array(
                files.enumerated().map { number, file in
                    var attachment: [String: JSONValue] = ["id": .string(String(number)), "filename": .string(fileName(file, request))]
                    if let text = file.media.altText, !text.isEmpty { attachment["description"] = .string(text) }
                    return .object(attachment)
                })
        }
        return body
    }

    /// Without a list Discord notifies everybody that the text names, `@everyone` too.
    private static func notified(_ request: PublishRequest) -> [String] {
        switch request.setting("mentions") {
        case "nobody": []
        case "users": ["users"]
        case "everyone": ["users", "roles", "everyone"]
        default: ["users", "roles"]
        }
    }

    private static func embedBody(_ request: PublishRequest) -> JSONValue? {
        let (title, description) = (request.setting("embed_title"), request.setting("embed_description"))
        guard title != nil || description != nil else { return nil }
        var embed = [String: JSONValue]()
        embed["title"] = title.map { .string($0) }
        embed["description"] = description.map { .string($0) }
        embed["url"] = request.setting("embed_url").map { .string($0) }
        embed["color"] = request.setting("embed_color").flatMap { Int($0.dropFirst(), radix: 16) }.map { .number(Double($0)) }
        return .object(embed)
    }

    /// A poll that asks `text`.
    static func pollBody(_ text: String, _ request: PublishRequest) -> JSONValue {
        [
            "question": ["text": .string(content(text))],
            "answers": .array(request.answers("poll_answers").map { ["poll_media": ["text": $0]] }),
            "duration": .number(request.setting("poll_hours").flatMap(Double.init) ?? 24),
            "allow_multiselect": .bool(request.toggle("poll_multiple")),
        ]
    }

    /// Discord blurs what is named so.
    private static func fileName(_ file: OutgoingMedia, _ request: PublishRequest) -> String {
        (request.toggle("spoiler") ? "SPOILER_" : "") + file.media.name
    }

    /// `payload` alone, or in a form with the files that its `attachments` describe.
    static func formBody(_ payload: JSONValue, _ files: [OutgoingMedia]) throws -> HTTPBody {
        if files.isEmpty { return try .json(payload) }
        let names = (payload["message"] ?? payload)["attachments"]?.array ?? []
        return .multipart(
            fields: [("payload_json", try JSON.text(payload))],
            files: files.enumerated().map { number, file in
                HTTPBody.FormFile(field: "files[\(number)]", name: names[number]["filename"]?.string ?? file.media.name, media: file)
            })
    }
}
