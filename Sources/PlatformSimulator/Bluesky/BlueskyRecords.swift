import Foundation
import HTTPTypes

/// Records of every collection. Posts stand in the timeline; all others are kept as they were sent.
extension Bluesky {
    var records: [Operation] {
        let limits = [Self.all, Self.write]
        return [
            Operation("bluesky.createRecord", .post, "/xrpc/com.atproto.repo.createRecord", limits: limits, handler: user(createRecord)),
            Operation("bluesky.putRecord", .post, "/xrpc/com.atproto.repo.putRecord", limits: limits, handler: user(putRecord)),
            Operation("bluesky.deleteRecord", .post, "/xrpc/com.atproto.repo.deleteRecord", limits: limits, handler: user(deleteRecord)),
            Operation("bluesky.applyWrites", .post, "/xrpc/com.atproto.repo.applyWrites", limits: limits, handler: user(applyWrites)),
            Operation("bluesky.getRecord", .get, "/xrpc/com.atproto.repo.getRecord", limits: [Self.all], handler: getRecord),
            Operation("bluesky.listRecords", .get, "/xrpc/com.atproto.repo.listRecords", limits: [Self.all], handler: listRecords),
        ]
    }

    /// One record to be written.
    struct Writing {
        let collection: String
        let key: String
        let value: JSON
        let uri: String

        init(_ body: JSON, value name: String, _ author: Account, now: Date) throws {
            guard let collection = body["collection"]?.string, collection.split(separator: ".").count >= 3 else {
                throw Bluesky.invalid("Input/collection must be a valid nsid")
            }
            guard var value = body[name]?.object else { throw Bluesky.invalid("Input must have the property \"\(name)\"") }
            if let type = value["$type"]?.string, type != collection {
                throw Bluesky.invalid("Invalid $type: expected \(collection), got \(type)")
            }
            value["$type"] = .string(collection)
            key = body["rkey"]?.string ?? Self.newKey(now)
            guard key.count <= 512, !key.isEmpty, key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_~.:-".contains($0)) }) else {
                throw Bluesky.invalid("Input/rkey must be a valid Record Key")
            }
            if collection == Bluesky.post, key.wholeMatch(of: /[234567abcdefghij][234567a-z]{12}/) == nil {
                throw Bluesky.invalid("Invalid record key for app.bsky.feed.post: expected a tid")
            }
            self.collection = collection
            self.value = .object(value)
            uri = Bluesky.uri(author.id, collection, key)
        }

        static func newKey(_ now: Date) -> String {
            let signs = Array("234567abcdefghijklmnopqrstuvwxyz")
            let value = Int(now.timeIntervalSince1970 * 1_000_000) << 10 | Int.random(in: 0..<1024)
            return String((0..<13).map { signs[value >> (60 - 5 * $0) & 31] })
        }
    }

    private func repository(_ body: JSON, _ author: Account) throws {
        guard let name = body["repo"]?.string, [author.id, Self.handle(author)].contains(name) else {
            throw Self.error("AuthenticationRequired", "Authentication Required", 401)
        }
    }

    private func createRecord(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        let body = try Self.body(call)
        try known(body, ["repo", "collection", "rkey", "validate", "record", "swapCommit"])
        try repository(body, author)
        let writing = try Writing(body, value: "record", author, now: call.now)
        let made = try create([writing], author, call, &state)
        return Reply.json(.object(made[0].merging(["commit": commit(call)]) { $1 })).creating(writing.uri)
    }

    private func known(_ body: JSON, _ names: Set<String>) throws {
        if let other = body.object?.keys.sorted().first(where: { !names.contains($0) }) { throw Self.invalid("Unexpected input property \(other)") }
    }

    private func commit(_ call: Call) -> JSON {
        ["cid": .string(ContentID.record(.string(Encoding.token()))), "rev": .string(Writing.newKey(call.now))]
    }

    /// All or nothing. A key that exists already is the server's own failure, as on the reference server.
    private func create(_ writings: [Writing], _ author: Account, _ call: Call, _ state: inout PlatformState) throws -> [[String: JSON]] {
        if state.isOn("forgetBlobs"), writings.contains(where: { !Self.blobs(in: $0.value).isEmpty }) {
            state.switches["forgetBlobs"] = false
            for writing in writings { for cid in Self.blobs(in: writing.value) { state.media[cid] = nil } }
        }
        for writing in writings {
            guard state.timeline[writing.uri] == nil, state.records[writing.uri] == nil else {
                throw Self.error("InternalServerError", "Internal Server Error", 500)
            }
            try check(writing, author, state)
        }
        return try writings.map { try put($0, author, call, &state) }
    }

    private func put(_ writing: Writing, _ author: Account, _ call: Call, _ state: inout PlatformState) throws -> [String: JSON] {
        let cid = ContentID.record(writing.value)
        if writing.collection == Self.post {
            var details = writing.value.object ?? [:]
            details["text"] = nil
            state.timeline.add(
                Publication(
                    id: writing.uri, author: author.id, text: writing.value["text"]?.string ?? "",
                    attachments: Self.attachments(writing.value["embed"], state), parent: writing.value["reply"]?["parent"]?["uri"]?.string,
                    createdAt: call.now, details: .object(details)))
        }
        if writing.collection == "app.bsky.feed.repost", let subject = writing.value["subject"]?["uri"]?.string {
            state.timeline.change(subject) { $0.reposters.append(author.id) }
        }
        if writing.collection.hasSuffix("gate"), let post = writing.value["post"]?.string, let name = writing.collection.split(separator: ".").last {
            // For the pages, which see posts only.
            state.timeline.change(post) { $0.details = .object(($0.details.object ?? [:]).merging([String(name): writing.value]) { $1 }) }
        }
        state.records[writing.uri] = writing.value
        return ["uri": .string(writing.uri), "cid": .string(cid), "validationStatus": "valid"]
    }

    private func putRecord(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        let body = try Self.body(call)
        try repository(body, author)
        let writing = try Writing(body, value: "record", author, now: call.now)
        let isNew = state.records[writing.uri] == nil
        guard writing.collection != Self.post || isNew || state.records[writing.uri] == writing.value else {
            throw Self.invalid("Posts are not changed here")
        }
        if isNew {
            let made = try create([writing], author, call, &state)
            return Reply.json(.object(made[0].merging(["commit": commit(call)]) { $1 })).creating(writing.uri)
        }
        state.records[writing.uri] = writing.value
        return .json(["uri": .string(writing.uri), "cid": .string(ContentID.record(writing.value)), "validationStatus": "valid"])
    }

    private func deleteRecord(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        let body = try Self.body(call)
        try repository(body, author)
        guard let collection = body["collection"]?.string, let key = body["rkey"]?.string else {
            throw Self.invalid("Input must have collection and rkey")
        }
        delete(Self.uri(author.id, collection, key), &state)
        return .json(["commit": commit(call)])
    }

    private func delete(_ uri: String, _ state: inout PlatformState) {
        state.timeline.delete(uri)
        state.records[uri] = nil
    }

    private func applyWrites(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        let body = try Self.body(call)
        try known(body, ["repo", "validate", "writes", "swapCommit"])
        try repository(body, author)
        let writes = body["writes"]?.array ?? []
        guard (1...200).contains(writes.count) else { throw Self.invalid("Too many writes. Max: 200") }
        let creations = try writes.filter { $0["$type"]?.string == "com.atproto.repo.applyWrites#create" }.map {
            try Writing($0, value: "value", author, now: call.now)
        }
        var made = try create(creations, author, call, &state)[...]
        let results = try writes.map { write -> JSON in
            switch write["$type"]?.string {
            case "com.atproto.repo.applyWrites#create":
                let result = made.removeFirst()
                return .object(result.merging(["$type": "com.atproto.repo.applyWrites#createResult"]) { $1 })
            case "com.atproto.repo.applyWrites#delete":
                delete(Self.uri(author.id, write["collection"]?.string ?? "", write["rkey"]?.string ?? ""), &state)
                return ["$type": "com.atproto.repo.applyWrites#deleteResult"]
            default: throw Self.invalid("Action not supported: \(write["$type"]?.string ?? "")")
            }
        }
        let reply = Reply.json(["commit": commit(call), "results": .array(results)])
        return creations.first { $0.collection == Self.post }.map { reply.creating($0.uri) } ?? reply
    }

    // MARK: Reading

    private func getRecord(_ call: Call) throws -> Reply {
        try store.update { state in
            guard let owner = Self.account(call.query("repo") ?? "", state) else { throw Self.invalid("Could not find repo") }
            let uri = Self.uri(owner.id, call.query("collection") ?? "", call.query("rkey") ?? "")
            guard let value = state.records[uri] else { throw Self.error("RecordNotFound", "Could not locate record: \(uri)") }
            return .json(["uri": .string(uri), "cid": .string(ContentID.record(value)), "value": value])
        }
    }

    private func listRecords(_ call: Call) throws -> Reply {
        try store.update { state in
            guard let owner = Self.account(call.query("repo") ?? "", state) else { throw Self.invalid("Could not find repo") }
            let prefix = Self.uri(owner.id, call.query("collection") ?? "", "")
            let limit = min(100, max(1, Int(call.query("limit") ?? "50") ?? 50))
            let keys = state.records.keys.filter { $0.hasPrefix(prefix) && $0 < call.query("cursor") ?? "~" }.sorted(by: >).prefix(limit)
            let found = keys.compactMap { uri in
                state.records[uri].map { ["uri": .string(uri), "cid": .string(ContentID.record($0)), "value": $0] as JSON }
            }
            return .json(["records": .array(found)])
        }
    }
}
