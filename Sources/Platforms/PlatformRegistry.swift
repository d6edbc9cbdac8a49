import Domain

/// All platforms, ready to be used with the operator's settings.
public struct PlatformRegistry: Sendable {
    /// Sorted by name.
    public let all: [any Platform]
    private let transport: HTTPTransport

    public init(configuration: PlatformConfiguration, appStore: any PlatformAppStore, time: any TimeSource = SystemTime()) {
        transport = HTTPTransport(settings: configuration.transport, allowedPrivateHosts: configuration.allowedPrivateHosts)
        let context = PlatformContext(
            configuration: configuration, http: transport.platform, guarded: transport.guarded, apps: appStore, time: time)
        all = [LinkedIn(.member, context), LinkedIn(.page, context), Mastodon(context), X(context)]
    }

    public subscript(id: PlatformID) -> (any Platform)? { all.first { $0.descriptor.id == id } }

    /// For addresses that the operator has set.
    public var trusted: PlatformHTTP { transport.platform }

    /// For addresses that users can influence.
    public var guarded: GuardedHTTP { transport.guarded }

    /// Closes all connections. Call it once, when nothing is published any more.
    public func shutdown() async throws { try await transport.shutdown() }

    /// What can be known without any settings.
    public static let descriptors: [PlatformDescriptor] = [
        LinkedIn.descriptor(.member), LinkedIn.descriptor(.page), Mastodon.descriptor, X.descriptor,
    ]
}
