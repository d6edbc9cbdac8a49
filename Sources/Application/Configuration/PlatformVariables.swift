import Platforms

extension ConfigurationVariable {
    /// Those handed to the platforms as they are.
    static let platforms: [ConfigurationVariable] = credentials + options

    private static let credentials: [ConfigurationVariable] = PlatformRegistry.descriptors.flatMap { descriptor in
        descriptor.credentials.map {
            ConfigurationVariable($0.variable, .text, secret: $0.secret, .platforms, "\(descriptor.name): \($0.label).")
        }
    }.distinct(by: \.name)

    private static let options: [ConfigurationVariable] = [
        .init("HIDDEN_PROVIDERS", .list, .platforms, "Ids of platforms that are not offered, such as `x,linkedin-page`."),
        .init("BLUESKY_API_BASE_URL", .webAddress, .platforms, "Moves all of Bluesky's own hosts to this address, paths kept."),
        .init("DISCORD_API_BASE_URL", .webAddress, .platforms, "Moves all of Discord's hosts to this address, paths kept."),
        .init("DISCORD_API_VERSION", .text, .platforms, "The version of Discord's API, such as `10`. Without it the newest one known."),
        .init("FACEBOOK_API_BASE_URL", .webAddress, .platforms, "Moves all of Facebook's hosts to this address, paths kept."),
        .init("FACEBOOK_API_VERSION", .text, default: "v23.0", .platforms, "The version of the Graph API for Facebook, such as `v23.0`."),
        .init(
            "FACEBOOK_CONFIG_ID", .text, .platforms,
            "A configuration of Facebook Login for Business, which names the permissions in place of the app's own list."),
        .init(
            "INSTAGRAM_API_BASE_URL", .webAddress, .platforms,
            "Moves all hosts of Instagram (Standalone) to this address, paths kept. Through Facebook the one of Facebook counts."),
        .init(
            "INSTAGRAM_API_VERSION", .text, default: "v23.0", .platforms,
            "The version of the Graph API for Instagram (Standalone), such as `v23.0`."),
        .init("LINKEDIN_API_BASE_URL", .webAddress, .platforms, "Moves all of LinkedIn's hosts to this address, paths kept."),
        .init(
            "LINKEDIN_PAGE_CLIENT_ID", .text, .platforms,
            "The client ID of a second LinkedIn app, for pages: one with the Community Management product. Without it pages use the first."),
        .init("LINKEDIN_PAGE_CLIENT_SECRET", .text, secret: true, .platforms, "The secret of that app."),
        .init(
            "LINKEDIN_SCOPES", .text, .platforms,
            "The scopes to ask LinkedIn for, separated by spaces, for profiles and for pages through the same app. Without it what each needs."),
        .init("LINKEDIN_VERSION", .text, .platforms, "The API version to ask LinkedIn for, as `YYYYMM`. Without it the newest one known."),
        .init("MASTODON_CLIENT_ID", .text, .platforms, "An app registered by hand at `MASTODON_URL`. Without it one is registered."),
        .init("MASTODON_CLIENT_SECRET", .text, secret: true, .platforms, "The secret of that app."),
        .init("MASTODON_URL", .webAddress, default: "https://mastodon.social", .platforms, "The Mastodon server that is offered first."),
        .init("PINTEREST_API_BASE_URL", .webAddress, .platforms, "Moves all of Pinterest's hosts to this address, paths kept."),
        .init(
            "PINTEREST_CONTINUOUS_REFRESH", .flag, default: "false", .platforms,
            "`true` for Pinterest apps of before 25 September 2025, which have to ask for connections that can be renewed for ever."),
        .init(
            "PINTEREST_SCOPES", .text, .platforms,
            "The scopes to ask Pinterest for, separated by commas: secret boards need some of their own. Without it what public boards need."),
        .init("REDDIT_API_BASE_URL", .webAddress, .platforms, "Moves all of Reddit's hosts to this address, paths kept."),
        .init("SLACK_API_BASE_URL", .webAddress, .platforms, "Moves all of Slack's hosts to this address, paths kept."),
        .init(
            "SLACK_SIGNING_SECRET", .text, secret: true, .platforms,
            "Accepted so that existing files keep working: Slack sends nothing to this server."),
        .init("THREADS_API_BASE_URL", .webAddress, .platforms, "Moves all of Threads' hosts to this address, paths kept."),
        .init("THREADS_API_VERSION", .text, default: "v1.0", .platforms, "The version of its API to ask Threads for."),
        .init(
            "THREADS_SCOPES", .text, .platforms,
            "The permissions to ask Threads for, separated by commas, where the app does not have them all. Without it all that are used."),
        .init("TIKTOK_API_BASE_URL", .webAddress, .platforms, "Moves all of TikTok's hosts to this address, paths kept."),
        .init("TIKTOK_API_VERSION", .text, default: "v2", .platforms, "The version of its API to ask TikTok for."),
        .init(
            "X_API_BASE_URL", .webAddress, .platforms,
            "Moves all of X's hosts to this address, paths kept: for a simulator or recorder."),
        .init("DISABLE_X_ANALYTICS", .flag, default: "false", .platforms, "`true` asks X for no figures, which cost credits."),
        .init(
            "STRIP_LINKS_FROM_X_POSTS", .flag, default: "false", .platforms,
            "`true` removes links from posts to X, where they cost more."),
        .init("YOUTUBE_API_BASE_URL", .webAddress, .platforms, "Moves all of YouTube's and Google's hosts to this address, paths kept."),
    ]
}
