/// Reads server-sent events from the bytes of a stream, in pieces of any size.
struct ServerEvents {
    struct Event: Equatable {
        /// Empty for an event that only tells its id.
        var data = ""
        var id: String?
        /// Milliseconds.
        var retry: Int?
    }

    private var line: [UInt8] = []
    private var event = Event()
    private var data: [String] = []
    private var afterReturn = false

    /// The events that `bytes` complete.
    mutating func read(_ bytes: some Sequence<UInt8>) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n") where afterReturn: break
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): if let complete = endLine() { events.append(complete) }
            default: line.append(byte)
            }
            afterReturn = byte == UInt8(ascii: "\r")
        }
        return events
    }

    private mutating func endLine() -> Event? {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return endEvent() }
        let text = String(decoding: line, as: UTF8.self)
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        var value = text[colon...].dropFirst()
        if value.first == " " { value.removeFirst() }
        switch text[..<colon] {
        case "data": data.append(String(value))
        case "id": event.id = String(value)
        case "retry": event.retry = Int(value)
        default: break  // comments, and the type: all messages have the same
        }
        return nil
    }

    private mutating func endEvent() -> Event? {
        defer { (event, data) = (Event(), []) }
        guard !data.isEmpty || event.id != nil || event.retry != nil else { return nil }
        event.data = data.joined(separator: "\n")
        return event
    }
}
