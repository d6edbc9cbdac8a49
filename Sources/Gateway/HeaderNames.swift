import HTTPTypes

extension HTTPField.Name {
    public static let requestId = Self("X-Request-Id")!
    public static let csrfToken = Self("X-CSRF-Token")!
    public static let idempotencyKey = Self("Idempotency-Key")!
    public static let idempotencyReplayed = Self("Idempotency-Replayed")!
    /// How many bytes of an upload are there, as tus 1.0 and the IETF's resumable uploads call it.
    public static let uploadOffset = Self("Upload-Offset")!
    public static let uploadLength = Self("Upload-Length")!
    public static let fileName = Self("X-File-Name")!
    static let forwarded = Self("Forwarded")!
    static let forwardedFor = Self("X-Forwarded-For")!
    static let forwardedProto = Self("X-Forwarded-Proto")!
    static let forwardedHost = Self("X-Forwarded-Host")!
    static let secFetchSite = Self("Sec-Fetch-Site")!
    static let rateLimitLimit = Self("RateLimit-Limit")!
    static let rateLimitRemaining = Self("RateLimit-Remaining")!
    static let rateLimitReset = Self("RateLimit-Reset")!
    static let referrerPolicy = Self("Referrer-Policy")!
    static let permissionsPolicy = Self("Permissions-Policy")!
    static let openerPolicy = Self("Cross-Origin-Opener-Policy")!
    static let resourcePolicy = Self("Cross-Origin-Resource-Policy")!
}
