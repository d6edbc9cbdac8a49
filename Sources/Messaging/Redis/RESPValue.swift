import NIOCore

/// A value of the Redis protocol, version 2 (RESP2).
public enum RESPValue: Sendable, Equatable {
    /// A simple or a bulk string; bytes that are no UTF-8 are replaced.
    case text(String)
    case integer(Int)
    case array([RESPValue])
    case null
    case error(RedisRefusal)

    var text: String? { if case .text(let text) = self { text } else { nil } }
    /// A number, also where a server writes it as text.
    var integer: Int? {
        switch self {
        case .integer(let number): number
        case .text(let text): Int(text)
        default: nil
        }
    }
    var array: [RESPValue]? { if case .array(let values) = self { values } else { nil } }
}

/// A command and its arguments. Never part of an error or a log line: arguments may be secrets.
struct RedisCommand: Sendable {
    let words: [String]

    init(_ words: [String]) { self.words = words }
    init(_ words: String...) { self.words = words }

    /// As an array of bulk strings, which is how a client has to send it.
    func write(to buffer: inout ByteBuffer) {
        buffer.writeString("*\(words.count)\r\n")
        for word in words {
            buffer.writeString("$\(word.utf8.count)\r\n")
            buffer.writeString(word)
            buffer.writeString("\r\n")
        }
    }
}

/// What a server sent that is no RESP2, or more than we take.
enum RESPViolation: Error, Equatable {
    case malformed
    case tooLarge
    case tooDeep
}

/// Reads RESP2 as it comes in pieces, each byte of a text at most twice.
struct RESPDecoder: ByteToMessageDecoder {
    typealias InboundOut = RESPValue

    /// Bounds of one answer. Ours are far below; a server that exceeds them is not the one we think it is.
    struct Limits: Sendable {
        var depth = 8
        var elements = 1_000_000
        var bytes = 64 << 20
        /// Of an error, a number or a simple string.
        var line = 64 << 10
    }

    private let limits: Limits
    /// Arrays that still wait for elements, the outermost first.
    private var open: [(missing: Int, elements: [RESPValue])] = []
    private var (elements, bytes) = (0, 0)

    init(limits: Limits = Limits()) { self.limits = limits }

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let value = try next(in: &buffer) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(value))
        return .continue
    }

    mutating func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        try decode(context: context, buffer: &buffer)
    }

    /// The next whole value; nil when more bytes are needed. What was read is remembered.
    mutating func next(in buffer: inout ByteBuffer) throws(RESPViolation) -> RESPValue? {
        while let piece = try piece(of: &buffer) {
            elements += 1
            guard elements <= limits.elements else { throw .tooLarge }
            guard case .value(let value) = piece else { continue }
            if let whole = fold(value) {
                (elements, bytes) = (0, 0)
                return whole
            }
        }
        return nil
    }

    private enum Piece {
        case value(RESPValue)
        /// The beginning of an array.
        case opening
    }

    /// Puts a value where it belongs: nil while an array still waits for others.
    private mutating func fold(_ value: RESPValue) -> RESPValue? {
        var value = value
        while !open.isEmpty {
            open[open.count - 1].elements.append(value)
            open[open.count - 1].missing -= 1
            guard open[open.count - 1].missing == 0 else { return nil }
            value = .array(open.removeLast().elements)
        }
        return value
    }

    private mutating func piece(of buffer: inout ByteBuffer) throws(RESPViolation) -> Piece? {
        let start = (index: buffer.readerIndex, bytes: bytes)
        guard let line = try line(of: &buffer), let kind = line.utf8.first else { return nil }
        let rest = String(line.dropFirst())
        switch kind {
        case UInt8(ascii: "+"): return .value(.text(rest))
        case UInt8(ascii: "-"): return .value(.error(RedisRefusal(rest)))
        case UInt8(ascii: ":"):
            guard let number = Int(rest) else { throw .malformed }
            return .value(.integer(number))
        case UInt8(ascii: "$"):
            guard let length = try count(rest) else { return .value(.null) }
            return try bulk(of: length, in: &buffer, from: start)
        case UInt8(ascii: "*"):
            guard let count = try count(rest) else { return .value(.null) }
            guard count > 0 else { return .value(.array([])) }
            guard open.count < limits.depth else { throw .tooDeep }
            guard count <= limits.elements - elements else { throw .tooLarge }
            open.append((count, []))
            return .opening
        default: throw .malformed
        }
    }

    /// nil: `-1`, which stands for nothing.
    private func count(_ text: String) throws(RESPViolation) -> Int? {
        guard let count = Int(text), count >= -1 else { throw .malformed }
        return count < 0 ? nil : count
    }

    private mutating func bulk(of length: Int, in buffer: inout ByteBuffer, from start: (index: Int, bytes: Int)) throws(RESPViolation) -> Piece? {
        guard length <= limits.bytes - bytes else { throw .tooLarge }
        guard buffer.readableBytes >= length + 2 else {
            buffer.moveReaderIndex(to: start.index)
            bytes = start.bytes
            return nil
        }
        let text = buffer.readString(length: length) ?? ""
        guard buffer.readInteger(as: UInt16.self) == 0x0D0A else { throw .malformed }
        bytes += length
        return .value(.text(text))
    }

    /// A line without its end; nil, and nothing taken, while the end has not come.
    private mutating func line(of buffer: inout ByteBuffer) throws(RESPViolation) -> String? {
        let view = buffer.readableBytesView.prefix(limits.line + 2)
        guard let end = view.firstIndex(of: 0x0D), view.index(after: end) < view.endIndex else {
            guard view.count <= limits.line else { throw .tooLarge }
            return nil
        }
        let line = buffer.readString(length: end - view.startIndex) ?? ""
        guard buffer.readInteger(as: UInt16.self) == 0x0D0A, !line.isEmpty else { throw .malformed }
        bytes += line.utf8.count
        guard bytes <= limits.bytes else { throw .tooLarge }
        return line
    }
}
