import Application
import Domain
import Gateway

/// The body of `POST /posts`. Read as the most forgiving version of Postiz does: what programs leave out has a meaning.
struct PostizRequest: Sendable {
    enum Kind: String, CaseIterable { case draft, schedule, now, update }

    struct Image: Sendable {
        let path: String
        let alt: String?
    }

    struct Part: Sendable {
        let text: String
        let images: [Image]
    }

    /// What goes to one channel.
    struct Element: Sendable {
        let channel: String
        let parts: [Part]
        let settings: [String: JSONValue]
        /// The post that it replaces.
        let existing: String?
        /// A post that is deleted when this one is made.
        let group: String?
    }

    let kind: Kind
    /// Nil where it was left out of a draft, or has no meaning.
    let date: Timestamp?
    let tags: [String]
    let elements: [Element]

    private static let mostElements = 100

    /// Throws `VALIDATION_FAILED` with everything that is wrong, places written as `posts.0.value.0.content`.
    init(_ body: JSONValue) throws {
        var reader = PostizReader()
        kind = reader.kind(body["type"])
        date = kind == .now ? nil : reader.time(body["date"], required: kind == .schedule)
        tags = reader.list(body["tags"], "tags").compactMap { ($0["label"] ?? $0["value"])?.string }
        let posts = reader.list(body["posts"], "posts")
        if posts.isEmpty { reader.messages.append("posts must contain at least 1 elements") }
        if posts.count > Self.mostElements { reader.messages.append("posts must contain no more than \(Self.mostElements) elements") }
        elements = posts.prefix(Self.mostElements).enumerated().map { reader.element($1, "posts.\($0)") }
        guard reader.messages.isEmpty else { throw ProblemReport.messages(Array(reader.messages.prefix(50))) }
    }
}

/// Reads the pieces of a body and collects what is wrong with them.
private struct PostizReader {
    var messages: [String] = []

    mutating func kind(_ value: JSONValue?) -> PostizRequest.Kind {
        guard let value, value != .null else { return .schedule }
        if let kind = value.string.flatMap(PostizRequest.Kind.init) { return kind }
        messages.append("type must be one of the following values: draft, schedule, now, update")
        return .draft
    }

    mutating func time(_ value: JSONValue?, required: Bool) -> Timestamp? {
        guard let value, value != .null, value != "" else {
            if required { messages.append("date must be a valid ISO 8601 date string") }
            return nil
        }
        if let time = value.string.flatMap(PostizTime.read) { return time }
        messages.append("date must be a valid ISO 8601 date string")
        return nil
    }

    /// Absent, it is empty.
    mutating func list(_ value: JSONValue?, _ place: String) -> [JSONValue] {
        guard let value, value != .null else { return [] }
        if let list = value.array { return list }
        messages.append("\(place) must be an array")
        return []
    }

    mutating func text(_ value: JSONValue?, _ place: String) -> String {
        if let text = value?.string { return text }
        messages.append("\(place) must be a string")
        return ""
    }

    mutating func element(_ value: JSONValue, _ place: String) -> PostizRequest.Element {
        let values = list(value["value"], "\(place).value")
        if values.isEmpty { messages.append("\(place).value must contain at least 1 elements") }
        var settings: [String: JSONValue] = [:]
        switch value["settings"] ?? .null {
        case .null: break
        case .object(let given): settings = given
        default: messages.append("\(place).settings must be an object")
        }
        return PostizRequest.Element(
            channel: text(value["integration"]?["id"], "\(place).integration.id"),
            parts: values.enumerated().map { part($1, "\(place).value.\($0)") }, settings: settings,
            existing: values.first?["id"]?.string.flatMap { $0.isEmpty ? nil : $0 },
            group: value["group"]?.string.flatMap { $0.isEmpty ? nil : $0 })
    }

    private mutating func part(_ value: JSONValue, _ place: String) -> PostizRequest.Part {
        let images = list(value["image"], "\(place).image")
        let content = value["content"].flatMap { $0 == .null ? nil : $0 }
        // Content that is no text becomes empty; whether that may be is a question for the check.
        return PostizRequest.Part(
            text: ParagraphText.plain(content?.string ?? ""),
            images: images.enumerated().map { index, image in
                PostizRequest.Image(path: text(image["path"], "\(place).image.\(index).path"), alt: image["alt"]?.string)
            })
    }
}

/// The id of a row: a post here may go to several channels, where Postiz has a row for each.
struct PostizRow: Sendable, Equatable {
    let post: PostID
    /// Nil where the post has one channel.
    let channel: IntegrationID?

    init(_ post: PostID, on channel: IntegrationID, ofSeveral: Bool) {
        self.post = post
        self.channel = ofSeveral ? channel : nil
    }

    init?(_ text: String) {
        let pieces = text.split(separator: "_", maxSplits: 1).map(String.init)
        guard let first = pieces.first, let post = PostID(first) else { return nil }
        let channel = pieces.dropFirst().first.map { IntegrationID($0) }
        // Something stands there that is no channel.
        if case .some(nil) = channel { return nil }
        self.post = post
        self.channel = channel ?? nil
    }

    var text: String { channel.map { "\(post)_\($0)" } ?? post.text }
}
