import Glibc

/// How addresses and ranges of addresses are written.
enum AddressSyntax {
    /// An IPv4 or IPv6 address, alone or with the number of leading bits that count: `::1`, `10.0.0.0/8`.
    static func isRange(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let address = parts.first, let width = bits(of: address) else { return false }
        return parts.count == 1 || parts.count == 2 && Int(parts[1]).map { (0...width).contains($0) } == true
    }

    /// 32 or 128; nil when `text` is not an address.
    private static func bits(of text: String) -> Int? {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return 32 }
        return inet_pton(AF_INET6, text, &six) == 1 ? 128 : nil
    }
}
