import Domain
import Foundation

extension NetworkAddress {
    /// Whether it is a unicast address of the public Internet.
    var isPublic: Bool {
        if bytes.count == 4 { return !Self.refusedIPv4.contains { $0.contains(self) } }
        if let inner = embeddedIPv4 { return inner.isPublic }
        return Self.globalIPv6.contains { $0.contains(self) } && !Self.refusedIPv6.contains { $0.contains(self) }
    }

    /// The IPv4 address inside an IPv4-mapped (RFC 4291 §2.5.5.2) or NAT64 address (RFC 6052): what would really be reached.
    private var embeddedIPv4: NetworkAddress? {
        Self.carriers.contains { $0.contains(self) } ? NetworkAddress(bytes: Array(bytes.suffix(4))) : nil
    }

    private static let carriers = ranges("::ffff:0:0/96 64:ff9b::/96")

    /// IANA IPv4 special-purpose registry: this network, private, carrier-grade NAT, loopback, link-local, protocol assignments,
    /// documentation, 6to4 relays, benchmarking, multicast, reserved and broadcast.
    private static let refusedIPv4 = ranges(
        """
        0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 \
        192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
        """)

    /// Only this block is global unicast; loopback, link-local, unique local and multicast lie outside it.
    private static let globalIPv6 = ranges("2000::/3")

    /// Inside it: protocol assignments with Teredo, documentation, 6to4 (carries an IPv4 address).
    private static let refusedIPv6 = ranges("2001::/23 2001:db8::/32 2002::/16 3fff::/20")

    private static func ranges(_ text: String) -> [AddressRange] { text.split(separator: " ").compactMap { AddressRange($0) } }
}

extension URL {
    /// Whether somebody outside may reach this address, as far as its host tells: not one of this machine, of a private network, or a name
    /// that only a local network knows (RFC 6761, RFC 6762, RFC 8375).
    public var mayBePublic: Bool {
        guard let host = host()?.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "[].")), !host.isEmpty else { return false }
        if let address = NetworkAddress(host) { return address.isPublic }
        let local = [".localhost", ".local", ".internal", ".lan", ".home.arpa"]
        return host.contains(".") && !local.contains(where: host.hasSuffix)
    }
}
