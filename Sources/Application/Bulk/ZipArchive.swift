import CZlib
import Foundation

/// Why a file is no table, in words that complete "The file cannot be read: …".
struct TableFault: Error, Equatable {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// The files inside a zip archive (APPNOTE.TXT), read from its directory. Nothing is believed about sizes: what comes out is counted.
struct ZipArchive {
    static let mostEntries = 2000
    /// Of all files together that are taken out.
    static let mostBytes = 96 << 20

    private struct Entry {
        let method: UInt16
        let packed: Int
        let offset: Int
    }

    private let bytes: [UInt8]
    private var entries: [String: Entry] = [:]
    private var left = mostBytes

    /// Throws `TableFault`.
    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        let damaged = TableFault("the archive is damaged")
        // The end of the directory is in the last 64 kB: a comment may follow it.
        let first = max(0, bytes.count - 65_557)
        guard bytes.count >= 22,
            let end = stride(from: bytes.count - 22, through: first, by: -1).first(where: { Self.number(bytes, $0, 4) == 0x0605_4B50 })
        else { throw damaged }
        let count = Self.number(bytes, end + 10, 2)
        guard count <= Self.mostEntries else { throw TableFault("the archive holds too many files") }
        var at = Self.number(bytes, end + 16, 4)
        for _ in 0..<count {
            guard at >= 0, at + 46 <= bytes.count, Self.number(bytes, at, 4) == 0x0201_4B50 else { throw damaged }
            let (nameLength, extra, comment) = (
                Self.number(bytes, at + 28, 2), Self.number(bytes, at + 30, 2), Self.number(bytes, at + 32, 2)
            )
            guard at + 46 + nameLength <= bytes.count else { throw damaged }
            guard Self.number(bytes, at + 8, 2) & 1 == 0 else { throw TableFault("it is protected by a password") }
            let name = String(decoding: bytes[(at + 46)..<(at + 46 + nameLength)], as: UTF8.self)
            entries[name] = Entry(
                method: UInt16(Self.number(bytes, at + 10, 2)), packed: Self.number(bytes, at + 20, 4), offset: Self.number(bytes, at + 42, 4))
            at += 46 + nameLength + extra + comment
        }
    }

    /// Nil when there is no such file. Throws `TableFault` for one that is damaged, or larger than what is left to be taken out.
    mutating func file(_ name: String) throws -> Data? {
        guard let entry = entries[name] else { return nil }
        let damaged = TableFault("the archive is damaged")
        guard entry.offset + 30 <= bytes.count, Self.number(bytes, entry.offset, 4) == 0x0403_4B50 else { throw damaged }
        let start = entry.offset + 30 + Self.number(bytes, entry.offset + 26, 2) + Self.number(bytes, entry.offset + 28, 2)
        guard start + entry.packed <= bytes.count else { throw damaged }
        let packed = bytes[start..<(start + entry.packed)]
        let found: Data
        switch entry.method {
        case 0:
            guard packed.count <= left else { throw Self.tooLarge }
            found = Data(packed)
        case 8: found = try Self.inflated(packed, upTo: left)
        default: throw TableFault("the archive is packed in a way that is not understood")
        }
        left -= found.count
        return found
    }

    private static let tooLarge = TableFault("what it holds is too large")

    private static func inflated(_ packed: ArraySlice<UInt8>, upTo limit: Int) throws -> Data {
        var stream = z_stream()
        // A raw stream, without zlib's header.
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw TableFault("the archive is damaged")
        }
        defer { inflateEnd(&stream) }
        var input = Array(packed)
        var output = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        return try input.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            while true {
                let (status, count) = buffer.withUnsafeMutableBufferPointer { target -> (Int32, Int) in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    let status = inflate(&stream, Z_NO_FLUSH)
                    return (status, target.count - Int(stream.avail_out))
                }
                guard status == Z_OK || status == Z_STREAM_END, status == Z_STREAM_END || count > 0 else {
                    throw TableFault("the archive is damaged")
                }
                guard output.count + count <= limit else { throw tooLarge }
                output.append(contentsOf: buffer[..<count])
                if status == Z_STREAM_END { return output }
            }
        }
    }

    private static func number(_ bytes: [UInt8], _ at: Int, _ size: Int) -> Int {
        guard at >= 0, at + size <= bytes.count else { return -1 }
        return (0..<size).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
    }
}
