import Foundation
import NIOCore

/// The body of a call that makes a message: JSON, or a form whose part `payload_json` is that JSON beside `files[0]`, `files[1]`, ….
struct DiscordForm: Sendable {
    var payload: JSON = .object([:])
    var files: [Int: DiscordFile] = [:]

    struct DiscordFile: Sendable {
        let name: String
        let contentType: String
        let part: ReceivedPart
    }

    private static let payloadLimit = 1 << 20

    static func read(_ call: Call) async throws -> DiscordForm {
        guard call.isMultipart else {
            var call = call
            call.body = try await call.request.body.collect(upTo: 1 << 20)
            guard let json = call.json, json.object != nil else {
                throw Discord.error(50109, "The request body contains invalid JSON.", 400)
            }
            return DiscordForm(payload: json)
        }
        guard let range = call.contentType.range(of: "boundary=") else { throw MalformedUpload() }
        let boundary = call.contentType[range.upperBound...].prefix { $0 != ";" }.trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
        var form = DiscordForm()
        var reader = MultipartReader(call.request.body.makeAsyncIterator(), boundary: boundary)
        var head: MultipartPart?
        var text = ByteBuffer()
        var sink: MediaSink?
        while let event = try await reader.next() {
            switch event {
            case .part(let next):
                try form.add(head, text, sink)
                (head, text) = (next, ByteBuffer())
                sink = next.fileName == nil ? nil : MediaSink(continuing: .start)
            case .data(let chunk):
                if sink != nil {
                    sink?.write(chunk)
                } else {
                    guard text.readableBytes + chunk.readableBytes <= payloadLimit else { throw MalformedUpload() }
                    text.writeImmutableBuffer(chunk)
                }
            }
        }
        try form.add(head, text, sink)
        return form
    }

    private mutating func add(_ head: MultipartPart?, _ text: ByteBuffer, _ sink: MediaSink?) throws {
        guard let head else { return }
        if let sink {
            guard let number = head.name.wholeMatch(of: /files\[(\d{1,4})\]/).flatMap({ Int($0.output.1) }) else { throw MalformedUpload() }
            files[number] = DiscordFile(
                name: head.fileName ?? "", contentType: head.contentType ?? "application/octet-stream", part: sink.finish())
        } else if head.name == "payload_json" {
            guard let json = try? JSON.parse(text), json.object != nil else {  // the reason is always the same
                throw Discord.error(50109, "The request body contains invalid JSON.", 400)
            }
            payload = json
        }
    }
}

/// What Discord checks of a message before it is made.
enum DiscordRules {
    static let most = 10

    /// `message`: the object that holds content and attachments, which in a forum stands below the name `message`.
    static func check(_ message: JSON, _ form: DiscordForm, bytes limit: Int) throws {
        let content = message["content"]?.string ?? ""
        guard content.unicodeScalars.count <= 2000 else {
            throw Discord.invalid("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
        }
        let embeds = message["embeds"]?.array ?? []
        try embeds.enumerated().forEach { try check(embed: $1, "embeds.\($0)") }
        guard embeds.count <= 10 else { throw Discord.invalid("embeds", "BASE_TYPE_BAD_LENGTH", "Must be 10 or fewer in length.") }
        guard form.files.count <= most else { throw Discord.error(30015, "Maximum number of attachments in a message reached (10)", 400) }
        for file in form.files.values where file.part.byteCount > limit { throw Discord.error(40005, "Request entity too large", 413) }
        try check(attachments: message["attachments"]?.array, form)
        if let flags = message["flags"]?.int, flags & ~(1 << 2 | 1 << 12) != 0 {
            throw Discord.invalid("flags", "BASE_TYPE_CHOICES", "Value contains unknown flags.")
        }
        if let nonce = message["nonce"]?.string, nonce.count > 25 {
            throw Discord.invalid("nonce", "NONCE_TYPE_TOO_LONG", "Nonce must be between 0 and 25 in length.")
        }
        if let poll = message["poll"], !poll.isNull { try check(poll: poll) }
        let isEmpty = content.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty && embeds.isEmpty && form.files.isEmpty
        if isEmpty, message["poll"]?.object == nil { throw Discord.error(50006, "Cannot send an empty message", 400) }
    }

    private static func check(embed: JSON, _ field: String) throws {
        var total = 0
        for (name, limit) in [("title", 256), ("description", 4096)] {
            let length = embed[name]?.string?.unicodeScalars.count ?? 0
            guard length <= limit else { throw Discord.invalid("\(field).\(name)", "BASE_TYPE_MAX_LENGTH", "Must be \(limit) or fewer in length.") }
            total += length
        }
        guard total <= 6000 else {
            throw Discord.invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
        }
        guard total > 0 || embed["image"] != nil else {
            throw Discord.invalid("\(field).description", "BASE_TYPE_REQUIRED", "This field is required")
        }
    }

    /// Every file needs no description of itself, but what is described has to be there.
    private static func check(attachments: [JSON]?, _ form: DiscordForm) throws {
        for (index, attachment) in (attachments ?? []).enumerated() {
            let id = attachment["id"].flatMap { $0.int ?? $0.string.flatMap(Int.init) }
            guard let id, form.files[id] != nil else {
                throw Discord.invalid("attachments.\(index).id", "ATTACHMENT_NOT_FOUND", "Attachment data was not found for this ID.")
            }
            guard attachment["description"]?.string?.unicodeScalars.count ?? 0 <= 1024 else {
                throw Discord.invalid("attachments.\(index).description", "BASE_TYPE_MAX_LENGTH", "Must be 1024 or fewer in length.")
            }
        }
    }

    private static func check(poll: JSON) throws {
        let question = poll["question"]?["text"]?.string ?? ""
        guard (1...300).contains(question.unicodeScalars.count) else {
            throw Discord.invalid("poll.question.text", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 300 in length.")
        }
        let answers = (poll["answers"]?.array ?? []).map { $0["poll_media"]?["text"]?.string ?? "" }
        guard (1...10).contains(answers.count) else {
            throw Discord.invalid("poll.answers", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")
        }
        guard answers.allSatisfy({ (1...55).contains($0.unicodeScalars.count) }) else {
            throw Discord.invalid("poll.answers.0.poll_media.text", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 55 in length.")
        }
        guard (1...768).contains(poll["duration"]?.int ?? 24) else {
            throw Discord.invalid("poll.duration", "NUMBER_TYPE_MAX", "int value should be less than or equal to 768.")
        }
    }
}
