extension RequestOrigin {
    /// Whether the request came from this machine or a private network.
    public var isPrivate: Bool { Self.isPrivate(address) }

    /// Whether `address`, an IP address, is of this machine or a private network.
    public static func isPrivate(_ address: String) -> Bool { privateRanges.contains(address) }

    private static let privateRanges = TrustedProxies([
        "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10",
    ])
}
