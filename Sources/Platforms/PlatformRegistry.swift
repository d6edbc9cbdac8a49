import Domain
import NIOConcurrencyHelpers

/// All platforms, ready to be used with the operator's settings.
public struct PlatformRegistry: Sendable {
    /// Sorted by name.
    public var all: [any Platform] { inForce.withLockedValue { $0.adapters } }
    /// What the answers of platforms tell of our clock.
    public let clock = PlatformClock()
    private let transport: HTTPTransport
    private let context: PlatformContext
    private let inForce: NIOLockedValueBox<(values: [String: String], adapters: [any Platform])>
    /// Where each platform stands among the adapters: a descriptor is large, and asked for with every publication.
    private let places: [PlatformID: Int]

    public init(configuration: PlatformConfiguration, appStore: any PlatformAppStore, time: any TimeSource = SystemTime()) {
        self.init(configuration: configuration, appStore: appStore, time: time) { $0 }
    }

    /// `watching` may stand between the adapters and the outside.
    init(
        configuration: PlatformConfiguration, appStore: any PlatformAppStore, time: any TimeSource,
        watching: (any HTTPSender) -> any HTTPSender
    ) {
        transport = HTTPTransport(settings: configuration.transport, allowedPrivateHosts: configuration.allowedPrivateHosts)
        context = PlatformContext(
            configuration: configuration, http: watching(ClockNotingHTTP(base: transport.platform, clock: clock, time: time)),
            guarded: transport.guarded,
            apps: appStore, time: time)
        let adapters = Self.adapters(context)
        places = Dictionary(uniqueKeysWithValues: adapters.enumerated().map { ($1.descriptor.id, $0) })
        inForce = NIOLockedValueBox((configuration.values, adapters))
    }

    /// Puts other settings in force, here and wherever this registry is used. What is under way goes on with those it began with.
    public func apply(_ values: [String: String]) {
        guard values != inForce.withLockedValue({ $0.values }) else { return }
        var context = context
        context.configuration.values = values
        let adapters = Self.adapters(context)
        inForce.withLockedValue { $0 = (values, adapters) }
    }

    private static func adapters(_ context: PlatformContext) -> [any Platform] {
        [
            Bluesky(context),
            Discord(context),
            DiscordWebhook(context),
            Facebook(context),
            Instagram(.facebook, context),
            Instagram(.standalone, context),
            LinkedIn(.member, context),
            LinkedIn(.page, context),
            Mastodon(context),
            Pinterest(context),
            Reddit(context),
            Slack(context),
            Threads(context),
            TikTok(context),
            X(context),
            YouTube(context),
        ]
    }

    public subscript(id: PlatformID) -> (any Platform)? { places[id].map { place in inForce.withLockedValue { $0.adapters[place] } } }

    /// For addresses that the operator has set.
    public var trusted: PlatformHTTP { transport.platform }

    /// For addresses that users can influence.
    public var guarded: GuardedHTTP { transport.guarded }

    /// Closes all connections. Call it once, when nothing is published any more.
    public func shutdown() async throws { try await transport.shutdown() }

    /// The variables of the operator's app that the platform uses with these settings, whether they are set or not.
    public static func appVariables(of descriptor: PlatformDescriptor, in configuration: PlatformConfiguration) -> [String] {
        let page = LinkedIn.descriptor(.page).id
        return descriptor.id == page ? LinkedIn.appVariables(.page, in: configuration) : descriptor.credentials.map(\.variable)
    }

    /// What can be known without any settings.
    public static let descriptors: [PlatformDescriptor] = [
        Bluesky.descriptor,
        Discord.descriptor,
        DiscordWebhook.descriptor,
        Facebook.descriptor,
        Instagram.descriptor(.facebook),
        Instagram.descriptor(.standalone),
        LinkedIn.descriptor(.member),
        LinkedIn.descriptor(.page),
        Mastodon.descriptor,
        Pinterest.descriptor,
        Reddit.descriptor,
        Slack.descriptor,
        Threads.descriptor,
        TikTok.descriptor,
        X.descriptor,
        YouTube.descriptor,
    ]
}
