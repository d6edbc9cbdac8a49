import Domain
import Testing

@testable import Platforms

/// What X, LinkedIn, Mastodon and Bluesky refuse a text with, by their documentation and by what they were seen to answer. The others have their
/// tables beside their own tests.
@Suite(.timeLimit(.minutes(5)))
struct ErrorRowTests {
    typealias Row = (status: Int, body: String, kind: PublishingErrorKind, code: String)

    @Test(
        "X",
        arguments: [
            (401, #"{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}"#, .authentication, "TOKEN_REJECTED"),
            (401, #"{"errors":[{"code":89,"message":"Invalid or expired token."}]}"#, .authentication, "TOKEN_REJECTED"),
            (403, #"{"title":"Unsupported Authentication","status":403}"#, .authentication, "TOKEN_REJECTED"),
            (
                403, #"{"detail":"You are not allowed to create a Tweet with duplicate content.","type":"about:blank"}"#, .invalidContent,
                "DUPLICATE_CONTENT"
            ),
            (403, #"{"detail":"You are not permitted to perform this action."}"#, .invalidContent, "NOT_PERMITTED"),
            (
                400, #"{"title":"Invalid Request","detail":"One or more parameters to your request was invalid."}"#, .invalidContent, "REFUSED"
            ),
            (
                403, #"{"errors":[{"code":453,"message":"You currently have access to a subset of X API V2 endpoints"}]}"#, .invalidContent,
                "APP_NOT_ALLOWED"
            ),
            (403, #"{"type":"https://api.x.com/2/problems/client-forbidden","reason":"client-not-enrolled"}"#, .invalidContent, "APP_NOT_ALLOWED"),
            (403, #"{"detail":"Your account is not permitted to access this feature."}"#, .invalidContent, "ACCOUNT_RESTRICTED"),
            (403, #"{"type":"https://api.x.com/2/problems/user-suspended"}"#, .invalidContent, "ACCOUNT_RESTRICTED"),
            (429, #"{"type":"https://api.x.com/2/problems/usage-capped","title":"UsageCapExceeded"}"#, .rateLimited, "CREDITS_DEPLETED"),
            (402, #"{"title":"CreditsDepleted"}"#, .rateLimited, "CREDITS_DEPLETED"),
            (
                403,
                #"{"detail":"Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author"}"#,
                .invalidContent, "REPLY_NOT_ALLOWED"
            ),
            (400, #"{"errors":[{"message":"Posts may have a maximum of one cashtag."}]}"#, .invalidContent, "TOO_MANY_CASHTAGS"),
            (400, #"{"errors":[{"message":"media_ids: maximum of 4 items"}]}"#, .invalidContent, "REFUSED"),
            (400, #"{"detail":"The Tweet contains an invalid URL."}"#, .invalidContent, "INVALID_LINK"),
            (
                403, #"{"detail":"This user is not allowed to post a video longer than 2 minutes."}"#, .invalidContent, "VIDEO_TOO_LONG"
            ), (403, #"{"type":"https://api.x.com/2/problems/duplicate-rules"}"#, .invalidContent, "DUPLICATE_CONTENT"),
            (403, #"{"detail":"You cannot retweet a Tweet that you have already retweeted."}"#, .invalidContent, "ALREADY_REPOSTED"),
            (429, #"{"title":"Too Many Requests"}"#, .rateLimited, "RATE_LIMITED"),
            (500, #"{"title":"Internal Server Error"}"#, .unknownOutcome, "OUTCOME_UNKNOWN"), (502, "", .unknownOutcome, "OUTCOME_UNKNOWN"),
            (503, #"{"title":"Service Unavailable"}"#, .unknownOutcome, "OUTCOME_UNKNOWN"), (504, "", .unknownOutcome, "OUTCOME_UNKNOWN"),
        ] as [Row])
    func x(row: Row) async throws { try await check("x", row) }

    @Test(
        "LinkedIn",
        arguments: [
            (401, #"{"serviceErrorCode":65600,"code":"INVALID_ACCESS_TOKEN","status":401}"#, .authentication, "TOKEN_REJECTED"),
            (401, #"{"serviceErrorCode":65601,"code":"REVOKED_ACCESS_TOKEN","status":401}"#, .authentication, "TOKEN_REJECTED"),
            (401, #"{"serviceErrorCode":65602,"code":"EXPIRED_ACCESS_TOKEN","status":401}"#, .authentication, "TOKEN_REJECTED"),
            (401, #"{"code":"EMPTY_ACCESS_TOKEN","status":401}"#, .authentication, "TOKEN_REJECTED"),
            (403, #"{"serviceErrorCode":100,"code":"ACCESS_DENIED","message":"Not enough permissions"}"#, .authentication, "ACCESS_DENIED"),
            (
                429, #"{"serviceErrorCode":101,"message":"Resource level throttle APPLICATION DAY limit for calls to this resource is reached."}"#,
                .rateLimited, "RATE_LIMITED"
            ), (400, #"{"code":"MISSING_FIELD","message":"author is required"}"#, .invalidContent, "REFUSED"),
            (400, #"{"code":"INVALID_VALUE_FOR_FIELD"}"#, .invalidContent, "REFUSED"),
            (400, #"{"code":"INVALID_URN_TYPE"}"#, .invalidContent, "REFUSED"),
            (400, #"{"code":"INVALID_URN_ID"}"#, .invalidContent, "REFUSED"), (400, #"{"code":"FIELD_LENGTH_TOO_LONG"}"#, .invalidContent, "REFUSED"),
            (400, #"{"code":"INVALID_VIDEO_ID"}"#, .invalidContent, "REFUSED"),
            (400, #"{"code":"MEDIA_ASSET_WAITING_UPLOAD"}"#, .transient, "MEDIA_NOT_READY"),
            (400, #"{"code":"MEDIA_ASSET_PROCESSING_FAILED"}"#, .invalidContent, "MEDIA_PROCESSING_FAILED"),
            (400, #"{"code":"EXPIRED_UPLOAD_URL"}"#, .transient, "UPLOAD_EXPIRED"), (409, #"{"code":"CONFLICT"}"#, .transient, "CONFLICT"),
            (413, "", .invalidContent, "REFUSED"), (415, "", .invalidContent, "REFUSED"),
            (426, #"{"code":"NONEXISTENT_VERSION"}"#, .invalidContent, "VERSION_ENDED"),
            (400, #"{"code":"VERSION_MISSING"}"#, .invalidContent, "VERSION_ENDED"),
            (400, #"{"error":"invalid_grant"}"#, .authentication, "GRANT_REFUSED"),
            (400, #"{"error":"invalid_request"}"#, .authentication, "GRANT_REFUSED"),
            (500, #"{"message":"Internal Server Error"}"#, .unknownOutcome, "OUTCOME_UNKNOWN"),
            (503, #"{"message":"Service Unavailable"}"#, .unknownOutcome, "OUTCOME_UNKNOWN"),
        ] as [Row])
    func linkedIn(row: Row) async throws {
        for platform in ["linkedin", "linkedin-page"] as [PlatformID] { try await check(platform, row) }
    }

    @Test(
        "Mastodon",
        arguments: [
            (401, #"{"error":"The access token is invalid"}"#, .authentication, "TOKEN_REJECTED"),
            (401, #"{"error":"The access token was revoked"}"#, .authentication, "TOKEN_REJECTED"),
            (403, #"{"error":"This action is outside the authorized scopes"}"#, .authentication, "SCOPE_MISSING"),
            (403, #"{"error":"Your login is currently disabled"}"#, .authentication, "ACCOUNT_RESTRICTED"),
            (403, #"{"error":"Your login is currently pending approval"}"#, .authentication, "ACCOUNT_RESTRICTED"),
            (403, #"{"error":"Your login is missing a confirmed e-mail address"}"#, .authentication, "ACCOUNT_RESTRICTED"),
            (404, #"{"error":"Record not found"}"#, .invalidContent, "NOT_FOUND"),
            (422, #"{"error":"Validation failed: Text character limit of 500 exceeded"}"#, .invalidContent, "REFUSED"),
            (422, #"{"error":"Validation failed: Text can't be blank"}"#, .invalidContent, "REFUSED"),
            (422, #"{"error":"Cannot attach more than 4 files"}"#, .invalidContent, "REFUSED"),
            (422, #"{"error":"Cannot attach a video to a post that already contains images"}"#, .invalidContent, "REFUSED"),
            (422, #"{"error":"Cannot attach files that have not finished processing. Try again in a moment!"}"#, .transient, "MEDIA_NOT_READY"),
            (422, #"{"error":"Validation failed: File type of uploaded media could not be verified"}"#, .invalidContent, "MEDIA_TYPE"),
            (422, #"{"error":"Validation failed: File content type is invalid"}"#, .invalidContent, "MEDIA_TYPE"),
            (413, "<html>Request Entity Too Large</html>", .invalidContent, "MEDIA_TOO_LARGE"),
            (429, #"{"error":"Too many requests"}"#, .rateLimited, "RATE_LIMITED"),
            (500, #"{"error":"Something went wrong"}"#, .unknownOutcome, "OUTCOME_UNKNOWN"),
            (503, #"{"error":"Remote data could not be fetched"}"#, .unknownOutcome, "OUTCOME_UNKNOWN"),
        ] as [Row])
    func mastodon(row: Row) async throws { try await check("mastodon", row) }

    @Test(
        "Bluesky",
        arguments: [
            (400, #"{"error":"ExpiredToken","message":"Token has expired"}"#, .authentication, "SESSION_EXPIRED"),
            (400, #"{"error":"InvalidToken","message":"Token could not be verified"}"#, .authentication, "SIGN_IN_REFUSED"),
            (401, #"{"error":"AuthMissing","message":"Authentication Required"}"#, .authentication, "SIGN_IN_REFUSED"),
            (401, #"{"error":"AuthenticationRequired","message":"Invalid identifier or password"}"#, .authentication, "SIGN_IN_REFUSED"),
            (401, #"{"error":"AccountTakedown","message":"Account has been taken down"}"#, .authentication, "ACCOUNT_RESTRICTED"),
            (400, #"{"error":"AccountDeactivated","message":"Account is deactivated"}"#, .authentication, "ACCOUNT_RESTRICTED"),
            (401, #"{"error":"AuthFactorTokenRequired","message":"A sign in code has been sent"}"#, .authentication, "APP_PASSWORD_NEEDED"),
            (400, #"{"error":"InvalidRequest","message":"Invalid app.bsky.feed.post record: Record/text"}"#, .invalidContent, "REFUSED"),
            (400, #"{"error":"BlobNotFound","message":"Could not find blob: bafkrei"}"#, .invalidContent, "BLOB_NOT_FOUND"),
            (400, #"{"error":"InvalidMimeType","message":"Referenced Mimetype does not match stored blob"}"#, .invalidContent, "MEDIA_TYPE"),
            (400, #"{"error":"InvalidSize","message":"Referenced Size does not match stored blob"}"#, .invalidContent, "MEDIA_TOO_LARGE"),
            (413, "", .invalidContent, "MEDIA_TOO_LARGE"),
            (400, #"{"error":"InvalidSwap","message":"Commit was at bafyrei"}"#, .transient, "TRY_LATER"),
            (429, #"{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}"#, .rateLimited, "RATE_LIMITED"),
            (500, #"{"error":"InternalServerError","message":"Internal Server Error"}"#, .unknownOutcome, "OUTCOME_UNKNOWN"),
            (502, #"{"error":"UpstreamFailure"}"#, .unknownOutcome, "OUTCOME_UNKNOWN"),
            (504, #"{"error":"UpstreamTimeout"}"#, .unknownOutcome, "OUTCOME_UNKNOWN"),
        ] as [Row])
    func bluesky(row: Row) async throws { try await check("bluesky", row) }

    /// What publishing a text ends in where creating it is answered so. Whose token it is, is known all the time.
    private func check(_ id: PlatformID, _ row: Row) async throws {
        let server = try await RecordingServer { request in
            request.method == "POST" ? .answer(status: row.status, body: row.body) : .json(#"{"id":"42"}"#)
        }
        let own: [PlatformID] = ["mastodon", "bluesky"]
        let values = [
            "X_API_KEY": "key", "X_API_SECRET": "app-secret", "X_API_BASE_URL": server.baseURL, "LINKEDIN_CLIENT_ID": "id",
            "LINKEDIN_CLIENT_SECRET": "app-secret", "LINKEDIN_API_BASE_URL": server.baseURL, "MASTODON_URL": server.baseURL,
            "BLUESKY_API_BASE_URL": server.baseURL,
        ]
        let account = ConnectedAccount.invented(id, instance: own.contains(id) ? server.baseURL : nil)
        let error = try await withRegistry(values, time: SleeplessTime()) { registry in
            await #expect(throws: PlatformError.self) {
                try await #require(registry[id]).publish(PublishRequest(account, [OutgoingPart(text: "Tea")]), journal: MemoryJournal())
            }
        }
        try await server.stop()
        #expect(error?.kind == row.kind)
        #expect(error?.code == "\(id == "linkedin-page" ? "LINKEDIN" : id.rawValue.uppercased())_\(row.code)")
        // What happened, in words for a person, and nothing of the answer's own form.
        #expect(error.map { $0.message.count > 20 && !$0.message.contains("{") } == true)
    }
}
