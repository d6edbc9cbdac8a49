import Domain

// Lists of posts are what assistants ask for most, so they write themselves by hand.

extension PostList: ModelWritable {
    func write(to json: inout JSONBytes) throws {
        try json.object { json in
            json.field("message", message)
            json.field("url", url)
            json.field("time_zone", timeZone)
            json.field("posts")
            try json.array(posts) { try $1.write(to: &$0) }
            json.field("total", total)
            json.present("next_cursor", nextCursor)
        }
    }
}

extension PostCard: ModelWritable {
    func write(to json: inout JSONBytes) throws {
        try json.object { json in
            json.field("id", id)
            json.field("url", url)
            json.field("status", status.rawValue)
            json.field("text", text)
            json.field("part_count", partCount)
            try json.present("parts", encoding: parts)
            json.field("channels")
            try json.array(channels) { try $1.write(to: &$0) }
            try json.present("versions", encoding: versions)
            try json.present("channel_settings", encoding: channelSettings)
            json.present("scheduled_for", scheduledFor)
            json.present("scheduled_local", scheduledLocal)
            json.present("time_zone", timeZone)
            json.present("published_at", publishedAt)
            json.field("tags")
            json.array(tags) { $0.write($1) }
            json.present("origin", origin?.rawValue)
            json.present("created_at", createdAt)
            json.field("updated_at", updatedAt)
        }
    }
}

extension PostCard.OnChannel: ModelWritable {
    func write(to json: inout JSONBytes) throws {
        try json.object { json in
            json.field("id", id)
            json.field("name", name)
            json.field("platform", platform.rawValue)
            json.field("status", status.rawValue)
            json.present("url", url)
            json.present("published_at", publishedAt)
            json.present("next_attempt_at", nextAttemptAt)
            if let partsPublished { json.field("parts_published", partsPublished) }
            try json.present("error", encoding: error)
        }
    }
}

extension JSONBytes {
    fileprivate mutating func present(_ name: StaticString, _ text: String?) {
        if let text { field(name, text) }
    }

    fileprivate mutating func present(_ name: StaticString, _ time: Timestamp?) {
        if let time { field(name, time) }
    }

    /// What only some posts have, in its own way of encoding.
    fileprivate mutating func present(_ name: StaticString, encoding value: (some Encodable)?) throws {
        guard let value else { return }
        field(name)
        write(EncodedJSON(bytes: try JSON.snakeCased(value)))
    }
}
