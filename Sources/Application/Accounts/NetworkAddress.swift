import Glibc

/// What limits by address count as one address.
public enum NetworkAddress {
    /// An IPv4 address as it is, also when it is written as IPv6 (RFC 4291 §2.5.5.2); of any other IPv6 address the first 64 bits, since
    /// whoever has one has all that share them (RFC 6177). What is no address stays what it is.
    public static func network(of address: String) -> String {
        var six = in6_addr()
        guard inet_pton(AF_INET6, address, &six) == 1 else { return address }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return bytes.suffix(4).map(String.init).joined(separator: ".")
        }
        return bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "/64"
    }
}
