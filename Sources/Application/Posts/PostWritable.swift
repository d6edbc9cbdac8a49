import Domain

// Posts and lists of them are what is asked for most, so they write themselves by hand. `encode(to:)` in PostView.swift says the same.

extension PostView: JSONWritable {
    public func write(to json: inout JSONBytes) throws {
        try json.object { json in
            json.field("id", id)
            json.field("content", content)
            json.field("parts")
            json.write(parts)
            json.field("mediaUrls")
            json.array(mediaUrls) { $0.write($1) }
            json.field("status", status.rawValue)
            json.field("scheduledFor", scheduledFor)
            json.field("timeZone", timeZone)
            json.field("wallTime", wallTime?.description)
            if warnings.isEmpty { json.field("warnings", raw: "[]") } else { try json.field("warnings", encoding: warnings) }
            json.field("publishedAt", publishedAt)
            json.field("platforms")
            json.array(platforms) { $0.write($1) }
            if platformPostIds.isEmpty {
                json.field("platformPostIds", raw: "{}")
            } else {
                try json.field("platformPostIds", encoding: platformPostIds)
            }
            json.field("errorMessage", errorMessage)
            if versions.isEmpty { json.field("versions", raw: "{}") } else { try json.field("versions", encoding: versions) }
            if settings.isEmpty { json.field("settings", raw: "{}") } else { try json.field("settings", encoding: settings) }
            json.field("tags")
            json.array(tags) { $0.write($1) }
            json.field("linksAsWritten", raw: linksAsWritten ? "true" : "false")
            json.field("recurrence", recurrence)
            json.field("seriesId", seriesId?.text)
            json.field("seriesDay", seriesDay)
            json.field("origin", origin.rawValue)
            json.field("revision", revision)
            json.field("createdAt", createdAt)
            json.field("updatedAt", updatedAt)
            json.field("publications")
            try json.array(publications) { try $1.write(to: &$0) }
        }
    }
}

extension PublicationView: JSONWritable {
    public func write(to json: inout JSONBytes) throws {
        try json.object { json in
            json.field("id", id)
            json.field("integrationId", integrationId)
            json.field("platform", platform.rawValue)
            json.field("channel", channel)
            json.field("status", status.rawValue)
            json.field("dueAt", dueAt)
            json.field("attempts", attempts)
            json.field("nextAttemptAt", nextAttemptAt)
            json.field("platformPostId", platformPostId)
            json.field("url", url)
            json.field("publishedAt", publishedAt)
            json.field("removedAt", removedAt)
            json.field("notes")
            json.array(notes) { $0.write($1) }
            if let error { try json.field("error", encoding: error) } else { json.field("error", raw: "null") }
            json.field("progress")
            json.object { json in
                json.field("done", progress.done)
                json.field("total", progress.total)
            }
        }
    }
}

extension Page: JSONWritable where Item: JSONWritable {
    public func write(to json: inout JSONBytes) throws {
        try json.object { json in
            json.field("items")
            try json.array(items) { try $1.write(to: &$0) }
            json.field("nextCursor", nextCursor)
        }
    }
}

extension JSONBytes {
    fileprivate mutating func write(_ parts: [PostPart]) {
        array(parts) { json, part in
            json.object { json in
                json.field("text", part.text)
                json.field("mediaIds")
                json.array(part.mediaIds) { $0.write($1) }
            }
        }
    }
}
