import Domain

extension ContractGap {
    private static let token: Set = ["grant_type", "code", "redirect_uri", "client_id", "client_secret", "refresh_token", "code_verifier"]

    /// By platform, everything that is sent though the contract does not know it.
    static let all: [PlatformID: [ContractGap]] = [
        "x": x, "mastodon": mastodon, "discord": discord, "discord-webhook": discordWebhook, "slack": slack, "youtube": youtube,
        "pinterest": pinterest,
        "facebook": login + facebook, "instagram": login + instagram, "instagram-standalone": standaloneLogin + instagram, "threads": threads,
    ]

    private static let x: [ContractGap] = [
        .call("POST", "/oauth/request_token", [], because: "OAuth 1.0a (RFC 5849) is not part of API v2"),
        .call("POST", "/oauth/access_token", [], because: "OAuth 1.0a (RFC 5849) is not part of API v2"),
        .call("POST", "/1.1/oauth/invalidate_token", [], because: "OAuth 1.0a: \"POST oauth/invalidate_token\""),
    ]

    private static let mastodon: [ContractGap] = [
        .call("GET", "/.well-known/nodeinfo", [], because: "NodeInfo is a protocol of its own"),
        .call("GET", "/nodeinfo/2.0", [], because: "NodeInfo is a protocol of its own"),
        .names(["code"], in: "POST", "/oauth/token", because: "the documentation asks for it with authorization_code only"),
    ]

    private static let discord: [ContractGap] = [
        .call(
            "POST", "/api/v10/oauth2/token", token.union(["scope"]),
            because: "OAuth2 (\"Authorization Code Grant\", \"Client Credentials Grant\") is told in words only"),
        .call("POST", "/api/oauth2/token", token, because: "OAuth2 (\"Authorization Code Grant\") is told in words only, without a version"),
        .call(
            "POST", "/api/v10/oauth2/token/revoke", ["token", "token_type_hint", "client_id", "client_secret"],
            because: "OAuth2 (\"Token Revocation\") is told in words only"),
        .call(
            "POST", "/api/oauth2/token/revoke", ["token", "token_type_hint", "client_id", "client_secret"],
            because: "OAuth2 (\"Token Revocation\") is told in words only, without a version"),
    ]

    private static let discordWebhook: [ContractGap] = [
        .names(
            ["files"], in: "POST", "/api/v10/webhooks/{webhook_id}/{webhook_token}",
            because: "\"Execute Webhook\" takes files[n] beside payload_json; the contract has them for the bot's messages only")
    ]

    private static let slack: [ContractGap] = [
        .call("POST", "/api/oauth.v2.access", token, because: "the contract of 2021 has it as GET; the documentation as POST"),
        .call("POST", "/api/files.getUploadURLExternal", ["filename", "length", "alt_txt", "snippet_type"], because: "newer than the contract"),
        .call("GET", "/api/files.getUploadURLExternal", ["filename", "length", "alt_txt", "snippet_type"], because: "newer than the contract"),
        .call(
            "POST", "/api/files.completeUploadExternal", ["files", "channel_id", "channels", "initial_comment", "thread_ts", "blocks"],
            because: "newer than the contract"),
        .call("POST", "/upload/v1/{upload}", because: "the address that files.getUploadURLExternal hands out"),
        .names(
            ["client_msg_id", "metadata"], in: "POST", "/api/chat.postMessage",
            because: "message metadata is newer than the contract; the official errors name the client's id, and no list does"),
        .names(["include_all_metadata"], in: "GET", "/api/conversations.history", because: "message metadata is newer than the contract"),
        .names(["include_all_metadata"], in: "GET", "/api/conversations.replies", because: "message metadata is newer than the contract"),
        .names(["ts"], in: "POST", "/api/chat.delete", because: "the contract says number; the documentation and every other call string"),
        .call("POST", "/api/auth.test", [], because: "the contract of 2021 has it as GET; the documentation as POST"),
    ]

    private static let youtube: [ContractGap] = [
        .call("POST", "/token", token, because: "Google's OAuth 2.0 for web servers has no discovery document"),
        .call("POST", "/revoke", ["token"], because: "Google's OAuth 2.0 for web servers has no discovery document"),
        .call("GET", "/tokeninfo", ["access_token"], because: "Google's OAuth 2.0 for web servers has no discovery document"),
    ]

    private static let pinterest: [ContractGap] = [
        .names(
            ["code", "redirect_uri", "refresh_token", "scope"], in: "POST", "/v5/oauth/token",
            because: "the contract tells them of the alternatives of the body only in words"),
        .call("POST", "/_upload", because: "the address that the registration of a video hands out"),
    ]

    private static let pageList: Set = ["access_token", "after", "appsecret_proof", "fields", "limit"]

    private static let login: [ContractGap] = [
        .call("GET", "/{version}/{business}/owned_pages", pageList, because: "businesses are not among the objects"),
        .call("GET", "/{version}/{business}/client_pages", pageList, because: "businesses are not among the objects"),
        .names(
            ["fields.tasks"], in: "GET", "/{version}/{id}/accounts", because: "\"User Accounts\" tells the tasks, which the list of Page leaves out"),
        .call(
            "GET", "/{version}/oauth/access_token", token.union(["fb_exchange_token"]), because: "\"Manually Build a Login Flow\" has no list"),
        .call("GET", "/{version}/debug_token", ["input_token", "access_token"], because: "\"Debugging Access Tokens\" has no list"),
    ]

    private static let facebook: [ContractGap] = [
        .names(["source"], in: "POST", "/{version}/{id}/photos", because: "\"Page Photos\" tells uploads in words: the file is the part source"),
        .call("POST", "/video-upload/{version}/{video}", because: "the address that the start of an upload hands out"),
        .call(
            "POST", "/{version}/{app}/uploads", ["access_token", "appsecret_proof", "file_length", "file_name", "file_type"],
            because: "\"Resumable Upload API\" is told of apps, in words only"),
        .call("POST", "/{version}/upload:*", because: "\"Resumable Upload API\": the upload that the call before has named"),
        .call("GET", "/{version}/upload:*", because: "\"Resumable Upload API\": how far the upload has come"),
    ]

    private static let standaloneLogin: [ContractGap] = [
        .names(
            ["fields.account_type", "fields.user_id"], in: "GET", "/{version}/{id}",
            because: "the list is of users behind Facebook's login; \"Get Started\" of Instagram's own tells these"),
        .call("POST", "/oauth/access_token", token, because: "\"Business Login for Instagram\" has no list"),
        .call("GET", "/access_token", ["grant_type", "client_secret", "access_token"], because: "\"Business Login for Instagram\" has no list"),
        .call("GET", "/refresh_access_token", ["grant_type", "access_token"], because: "\"Business Login for Instagram\" has no list"),
    ]

    private static let instagram: [ContractGap] = [
        .call("POST", "/ig-api-upload/{version}/{container}", because: "\"Resumable Uploads\": the address of a container's bytes"),
        .names(
            ["fields.status", "fields.status_code"], in: "GET", "/{version}/{id}",
            because: "containers (\"IG Container\") are not among the objects"),
        .names(
            ["audio_configuration", "is_ai_generated"], in: "POST", "/{version}/{id}/media", because: "newer than the list of IGUser"),
        .names(["audio_type", "search_query", "user_id"], in: "GET", "/{version}/{id}", because: "the search for music is newer than the lists"),
    ]

    private static let threads: [ContractGap] = [
        .names(
            ["since", "until"], in: "GET", "/{version}/{id}/threads_insights",
            because: "\"Threads Insights\" tells the range in words, which the collection leaves out"),
        .names(
            ["allowlisted_country_codes", "crossreshare_to_ig", "enable_reply_approvals"], in: "POST", "/{version}/{id}/threads",
            because: "newer than the collection of January 2026"),
    ]
}
