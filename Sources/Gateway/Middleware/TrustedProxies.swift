import Domain

/// The address ranges whose `Forwarded` headers are believed.
struct TrustedProxies: Sendable {
    private let ranges: [AddressRange]

    /// `ranges` are addresses or CIDR ranges: `10.0.0.0/8`, `::1`. What is not one is ignored: `Configuration` has refused it before.
    init(_ ranges: [String]) { self.ranges = ranges.compactMap { AddressRange($0)?.unmapped } }

    func contains(_ address: String) -> Bool {
        guard let address = NetworkAddress(address)?.unmapped else { return false }
        return ranges.contains { $0.contains(address) }
    }
}
