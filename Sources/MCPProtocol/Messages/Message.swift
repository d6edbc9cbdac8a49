import Domain

/// Names a request among those of its sender; comes back as it came, a number or a string.
enum RequestID: Hashable, Sendable {
    case number(Int64)
    case string(String)

    init?(_ json: JSONValue?) {
        switch json {
        case .string(let text): self = .string(text)
        case .number(let number):
            guard number.magnitude < 0x1p53, let whole = Int64(exactly: number) else { return nil }
            self = .number(whole)
        default: return nil
        }
    }

    var json: JSONValue {
        switch self {
        case .number(let number): .number(Double(number))
        case .string(let text): .string(text)
        }
    }
}

/// One message of JSON-RPC. `params` is always an object.
enum Message: Sendable, Equatable {
    case request(Request)
    case notification(method: String, params: JSONValue)
    case response(id: RequestID, Result<JSONValue, RefusedByClient>)

    struct Request: Sendable, Equatable {
        let id: RequestID
        let method: String
        let params: JSONValue
    }

    /// Why something is no message, and the id to answer to where it could be read.
    struct Malformed: Error, Equatable {
        let id: RequestID?
        let error: RPCError

        init(_ error: RPCError, id: RequestID? = nil) {
            self.id = id
            self.error = error
        }

        var text: String { Message.text(error, to: id) }
    }
}

// MARK: - Reading

extension Message {
    /// What arrived: one message, or several where the revision allows it.
    enum Arrival {
        case one(Message)
        case batch([Result<Message, Malformed>])
    }

    /// Messages in one batch.
    private static let mostMessages = 100

    static func read(_ bytes: some Sequence<UInt8>) throws(Malformed) -> Arrival {
        let json: JSONValue
        do { json = try JSONReader.read(bytes) } catch {
            throw switch error {
            case .notJSON(let place): Malformed(RPCError(.notJSON, "This is not JSON (at byte \(place))."))
            case .tooDeep:
                Malformed(RPCError(.invalidRequest, "This is nested more than \(JSONReader.maximumDepth) levels deep."))
            }
        }
        guard let elements = json.array else { return .one(try Message(json)) }
        guard (1...mostMessages).contains(elements.count) else {
            throw Malformed(RPCError(.invalidRequest, "A batch holds 1 to \(mostMessages) messages."))
        }
        return .batch(elements.map { element in Result { () throws(Malformed) in try Message(element) } })
    }

    init(_ json: JSONValue) throws(Malformed) {
        let id = RequestID(json["id"])
        guard let members = json.object else { throw Malformed(RPCError(.invalidRequest, "A message is a JSON object.")) }
        guard members["jsonrpc"] == "2.0" else { throw Malformed(RPCError(.invalidRequest, #"A message says "jsonrpc": "2.0"."#), id: id) }
        guard members["id"] == nil || id != nil else {
            throw Malformed(RPCError(.invalidRequest, "An id is a string or a whole number."))
        }
        if let method = members["method"] {
            guard let method = method.string else { throw Malformed(RPCError(.invalidRequest, "A method is a string."), id: id) }
            let params = json.given("params") ?? [:]
            guard params.object != nil else { throw Malformed(RPCError(.invalidRequest, "The params are an object."), id: id) }
            self = id.map { .request(Request(id: $0, method: method, params: params)) } ?? .notification(method: method, params: params)
        } else if let id, let result = members["result"], members["error"] == nil {
            self = .response(id: id, .success(result))
        } else if let id, let error = members["error"], error.object != nil, members["result"] == nil {
            self = .response(id: id, .failure(RefusedByClient(message: error["message"]?.string ?? "it did not say why")))
        } else {
            throw Malformed(RPCError(.invalidRequest, "A message has a method, or an id and either a result or an error."), id: id)
        }
    }
}

// MARK: - Writing

extension Message {
    static func text(_ result: Reply, to id: RequestID) -> String {
        var json = JSONBytes(capacity: 256 + 2 * (result.structuredContent?.bytes.count ?? 0))
        json.object { json in
            json.field("id")
            json.write(message: id.json)
            json.field("jsonrpc", "2.0")
            json.field("result")
            json.write(result)
        }
        return EncodedJSON(bytes: json.bytes).text
    }

    static func text(_ error: RPCError, to id: RequestID?) -> String {
        guard let id else { return #"{"error":\#(JSONWriter.text(error.json)),"id":null,"jsonrpc":"2.0"}"# }
        return JSONWriter.text(["jsonrpc": "2.0", "id": id.json, "error": error.json])
    }

    static func request(_ method: String, _ params: JSONValue, id: RequestID) -> String {
        JSONWriter.text(["jsonrpc": "2.0", "id": id.json, "method": .string(method), "params": params])
    }

    static func notification(_ method: String, _ params: JSONValue = [:]) -> String {
        let params: JSONValue = params == [:] ? .null : params
        return JSONWriter.text(["jsonrpc": "2.0", "method": .string(method), "params": params])
    }
}
