import Domain
import Foundation

/// The blocks of a tar archive in the ustar format of POSIX.1-1988, which every tar reads. Ours, because a member is hashed while it is packed
/// and unpacked: `tar` would read every file a second time, and fail over one that is deleted meanwhile.
enum TarBlock {
    static let size = 512
    /// Two empty blocks.
    static let end = [UInt8](repeating: 0, count: 2 * size)

    /// The header of a file that belongs to its owner alone. `name` is ASCII of at most 100 bytes, the folder of at most 155.
    static func header(_ name: String, in folder: String, size: Int, at time: Timestamp) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.size)
        func put(_ text: String, at offset: Int) { block.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8) }
        put(name, at: 0)
        put("0000600\0", at: 100)
        put("0000000\0", at: 108)
        put("0000000\0", at: 116)
        if size < 1 << 33 {
            put(octal(size, digits: 11), at: 124)
        } else {
            // As GNU tar and all newer ones write what has no room in octal digits.
            block[124] = 0x80
            for index in 0..<8 { block[135 - index] = UInt8(truncatingIfNeeded: size >> (8 * index)) }
        }
        put(octal(Int(time.milliseconds / 1000), digits: 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        put(folder, at: 345)
        put(octal(block.reduce(0) { $0 + Int($1) }, digits: 6) + "\0", at: 148)
        return block
    }

    /// What a header says, the folder left out; nil for an empty block, which begins the end. Throws `ArchiveFault.damaged`.
    static func read(_ block: [UInt8]) throws(ArchiveFault) -> (name: String, size: Int)? {
        if block.allSatisfy({ $0 == 0 }) { return nil }
        let written = number(block[148..<156])
        let sum = block.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(block[$1])) }
        let name = String(decoding: block[0..<100].prefix { $0 != 0 }, as: UTF8.self)
        let size = block[124] == 0x80 ? block[128..<136].reduce(0) { $0 << 8 | Int($1 & 0x7F) } : number(block[124..<136])
        guard written == sum, block[156] == UInt8(ascii: "0"), let size, size >= 0 else {
            throw .damaged("a header in it is not what it was")
        }
        return (name, size)
    }

    /// How much follows a member so that the next one begins on a block.
    static func padding(after size: Int) -> Int { (Self.size - size % Self.size) % Self.size }

    private static func octal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        Int(String(decoding: field.filter { $0 != 0 && $0 != 32 }, as: UTF8.self), radix: 8)
    }
}

/// Why an archive cannot be used.
public enum ArchiveFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// It is not what was written, or has not arrived whole.
    case damaged(String)
    /// It is whole, and not for this program or this server.
    case unusable(String)

    public var description: String {
        switch self {
        case .damaged(let reason): "The archive is damaged: \(reason). Nothing was changed. Use another one."
        case .unusable(let reason): reason
        }
    }
}
