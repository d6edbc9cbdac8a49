import Glibc

/// An IPv4 or IPv6 address.
public struct NetworkAddress: Sendable, Equatable, CustomStringConvertible {
    /// 4 or 16 bytes, in network order.
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads the usual written forms (RFC 4291 §2.2, dotted decimal); nil for anything else.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        var four = in_addr()
        var sixteen = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            bytes = withUnsafeBytes(of: sixteen) { Array($0) }
        } else {
            return nil
        }
    }

    public var description: String {
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }

    /// An IPv4 address that is written as IPv6 (RFC 4291 §2.5.5.2) as what it is; any other as it is.
    public var unmapped: NetworkAddress {
        AddressRange.mapped.contains(self) ? NetworkAddress(bytes: Array(bytes.suffix(4))) : self
    }

    /// What limits by address count as one address: an IPv4 address, also when it is written as IPv6; of any other IPv6 address the first 64 bits,
    /// since whoever has one has all that share them (RFC 6177). What is no address stays what it is.
    public static func network(of address: String) -> String {
        guard let read = NetworkAddress(address), read.bytes.count == 16 else { return address }
        let unmapped = read.unmapped
        return unmapped.bytes.count == 4 ? unmapped.description : read.bytes.prefix(8).hexadecimal + "/64"
    }
}

/// A block of addresses: how it begins, and how many of its leading bits count.
public struct AddressRange: Sendable, Equatable {
    private let network: [UInt8]
    private let prefixLength: Int

    /// An address, alone or with the number of leading bits that count (CIDR notation): `::1`, `10.0.0.0/8`. Nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = NetworkAddress(parts[0]) else { return nil }
        let width = address.bytes.count * 8
        guard let length = parts.count == 1 ? width : Int(parts[1]), (0...width).contains(length) else { return nil }
        self.init(network: address.bytes, prefixLength: length)
    }

    private init(network: [UInt8], prefixLength: Int) {
        self.network = network
        self.prefixLength = prefixLength
    }

    /// IPv4 addresses as IPv6 writes them.
    static let mapped = AddressRange(network: Array(repeating: 0, count: 10) + [0xFF, 0xFF, 0, 0, 0, 0], prefixLength: 96)

    /// A block of IPv4 addresses that are written as IPv6 as what it is; any other as it is.
    public var unmapped: AddressRange {
        guard prefixLength >= 96, Self.mapped.contains(NetworkAddress(bytes: network)) else { return self }
        return AddressRange(network: Array(network.suffix(4)), prefixLength: prefixLength - 96)
    }

    public func contains(_ address: NetworkAddress) -> Bool {
        let bytes = address.bytes
        guard bytes.count == network.count else { return false }
        return bytes.indices.allSatisfy { index in
            let bits = min(8, max(0, prefixLength - index * 8))
            let mask = bits == 0 ? 0 : UInt8.max << UInt8(8 - bits)
            return bytes[index] & mask == network[index] & mask
        }
    }
}
