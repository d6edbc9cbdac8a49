import Domain

extension Discord {
    static let threadExistsCode = "THREAD_EXISTS"
    static let crosspostedCode = "ALREADY_CROSSPOSTED"

    /// A rule for Discord's own codes: the body is `{"code": 50001, "message": "…"}`.
    private static func rule(
        _ statuses: Set<Int>, _ codes: Int..., is kind: PublishingErrorKind, _ code: String, _ message: String, retryAfter: Duration? = nil
    ) -> ErrorRule {
        let spellings = codes.flatMap { number in ["\"code\":", "\"code\": "].flatMap { ["\($0)\(number),", "\($0)\(number)}"] } }
        return ErrorRule(statuses, anyOf: spellings, is: kind, code, message, retryAfter: retryAfter)
    }

    /// Of calls that the bot makes. What stands with a status of 500 or more is left to be looked up: the nonce keeps it from going out twice.
    static let errorRules = botRules + contentRules

    /// Of calls by a webhook's address.
    static let webhookRules: [ErrorRule] =
        [
            rule([401, 403, 404], 10015, 50027, is: .authentication, "WEBHOOK_GONE", webhookGone),
            ErrorRule([401], is: .authentication, "WEBHOOK_GONE", webhookGone),
            rule(
                [400, 404], 10003, is: .invalidContent, "THREAD_NOT_FOUND",
                """
                The webhook's channel has no such thread, or not any more: clear Thread, or give the ID of another one. After the webhook was moved \
                it reaches its earlier messages no longer.
                """),
            rule(
                [400, 404], 10087, is: .invalidContent, "TAG_UNKNOWN", "The forum has no such tag. Set Forum tags to IDs of its tags, or clear it."),
            rule(
                [400], 220_001, is: .invalidContent, forumCode, "The webhook writes into a forum, where a post needs a title. Set Title in a forum."),
            rule(
                [400], 220_003, is: .invalidContent, "NOT_A_FORUM",
                "The webhook's channel is no forum, and only there posts have titles. Clear Title in a forum."),
            rule(
                [400], 220_004, is: .invalidContent, "FORUM_TAKES_NO_WEBHOOKS",
                "Discord lets this webhook not write into a forum. Make one in a text channel."),
        ] + contentRules

    static let forumCode = "FORUM_WANTS_TITLE"
    private static let webhookGone = """
        Discord does not know this webhook: it was deleted, or its address is not whole. Make or copy it in the channel's settings under \
        Integrations, then connect it again.
        """

    private static let botRules = [
        rule(
            [400, 401, 403], 40001, 50014, is: .authentication, "BOT_REJECTED",
            "Discord does not accept the bot's token. The operator checks DISCORD_BOT_TOKEN_ID; then connect the server again."),
        ErrorRule(
            [401], is: .authentication, "BOT_REJECTED",
            "Discord does not accept the bot's token. The operator checks DISCORD_BOT_TOKEN_ID; then connect the server again."),
        rule(
            [403], 50001, is: .invalidContent, "MISSING_ACCESS",
            "The bot may not see this channel, or is no longer in the server. Give it access in the channel's settings, or connect the server again."),
        rule(
            [403], 50013, is: .invalidContent, "MISSING_PERMISSION",
            """
            The bot may not do this here. In the channel's settings allow it to send messages, attach files, make polls and threads, or connect \
            the server again.
            """),
        rule(
            [404], 10003, is: .invalidContent, "CHANNEL_NOT_FOUND",
            "There is no such channel: it was deleted, or the bot is no longer in its server. Choose another channel."),
        rule(
            [404], 10004, is: .invalidContent, "SERVER_NOT_FOUND",
            """
            The bot is not in this server. Connect the server again; if that does not help, the operator checks that DISCORD_BOT_TOKEN_ID belongs \
            to the same app as DISCORD_CLIENT_ID.
            """),
        rule(
            [400], 40058, is: .invalidContent, "FORUM_NEEDS_A_POST", "The channel is a forum or has become one. Send the post again."),
        rule([400], 40033, is: .invalidContent, crosspostedCode, "The message is published to followers already."),
        rule(
            [400, 403], 160_002, is: .invalidContent, "HISTORY_NOT_READABLE",
            "The bot may not reply, since it may not read older messages. Allow Read Message History in the channel's settings."),
        rule([400], 160_004, is: .invalidContent, threadExistsCode, "The message has a thread already."),
        rule(
            [400, 403], 520_002, is: .invalidContent, "POLL_NOT_ALLOWED",
            "The bot may not make polls here. Allow Create Polls in the channel's settings."),
        rule([400, 401, 403], 50025, is: .authentication, "CONSENT_ENDED", "Discord no longer accepts this connection. Connect the server again."),
    ]

    /// Of what is written, whoever sends it.
    private static let contentRules = [
        rule(
            [400, 403, 429], 20016, is: .rateLimited, "SLOW_MODE", "The channel is in slow mode: the post waits and goes out by itself.",
            retryAfter: .minutes(1)),
        rule(
            [400, 403, 429], 20028, 20029, 40062, is: .rateLimited, "RATE_LIMITED", "Discord allows no more messages here for now.",
            retryAfter: .minutes(1)),
        rule(
            [400, 404], 10008, is: .invalidContent, "MESSAGE_NOT_FOUND", "Discord does not know the message that this belongs to: it was deleted."),
        rule([400], 50006, is: .invalidContent, "EMPTY_MESSAGE", "Discord takes no empty message. Write something or add a file."),
        rule(
            [400], 50008, is: .invalidContent, "NOT_A_TEXT_CHANNEL", "Nothing can be written in this kind of channel. Choose a text channel."),
        rule(
            [400], 40067, is: .invalidContent, "TAG_MISSING", "This forum wants at least one tag. Set Forum tags."),
        rule(
            [400], 30015, is: .invalidContent, "TOO_MANY_FILES", "Discord takes at most ten files in a message. Remove some."),
        rule([400, 413], 40005, 50045, is: .invalidContent, "FILE_TOO_LARGE", tooLarge),
        ErrorRule([413], is: .invalidContent, "FILE_TOO_LARGE", tooLarge),
        rule([400], 50046, is: .invalidContent, "FILE_INVALID", "Discord cannot use a file of this post. Use another one."),
        rule(
            [400, 403], 400_001, is: .invalidContent, "UPLOADS_LIMITED",
            "Discord lets no files be uploaded here for now. Send the post without files, or try again tomorrow."),
        rule(
            [400, 403], 200_000, 200_001, is: .invalidContent, "AUTOMOD",
            "The server's AutoMod blocks this text. Change it, or ask the server's moderators."
        ),
        rule(
            [400, 403], 240_000, is: .invalidContent, "HARMFUL_LINK", "Discord takes a link in this post for harmful. Remove it."),
        rule(
            [400, 403], 160_005, is: .invalidContent, "THREAD_LOCKED", "The thread is locked. Ask the server's moderators to open it."),
        rule(
            [400], 50035, is: .invalidContent, "INVALID_FORM",
            "Discord does not take a part of this post: something is too long or has the wrong form. Its answer says what."),
    ]

    private static let tooLarge = "A file is larger than this server takes: 10 MB, more only where it has boosts. Make it smaller."

    /// Of the consent's token endpoint: body `{"error": "…", "error_description": "…"}`.
    static let consentRules = [
        ErrorRule(
            [400, 401], "invalid_client", is: .authentication, "APP_REFUSED",
            "Discord refuses the app. The operator checks DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET; then connect again."),
        ErrorRule(
            [400, 401], is: .authentication, "GRANT_REFUSED", "Discord did not accept the answer of its consent page. Start connecting again."),
    ]
}
