/// An error a person or a program can act on: a stable code and a message that says what to do. The faces turn it into HTTP or MCP.
public struct ProblemReport: Error, Sendable, Equatable, CustomStringConvertible {
    public let code: Code
    public let message: String
    public let details: [String: JSONValue]
    /// How long to wait before trying again, where waiting helps.
    public let retryAfter: Duration?

    public init(_ code: Code, _ message: String, details: [String: JSONValue] = [:], retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.details = details
        self.retryAfter = retryAfter
    }

    public var description: String { "\(code.rawValue): \(message)" }

    /// Every code the product answers with, and the HTTP status it stands for.
    public enum Code: String, Sendable, CaseIterable, Codable {
        case badRequest = "BAD_REQUEST"
        case invalidJSON = "INVALID_JSON"
        case validationFailed = "VALIDATION_FAILED"
        case postInvalid = "POST_INVALID"
        case timeInPast = "TIME_IN_PAST"
        case unknownChannel = "UNKNOWN_CHANNEL"
        case ambiguousChannel = "AMBIGUOUS_CHANNEL"
        case unknownPlatform = "UNKNOWN_PLATFORM"
        case invalidTimeZone = "INVALID_TIME_ZONE"
        case unsupportedMedia = "UNSUPPORTED_MEDIA"
        case uploadIncomplete = "UPLOAD_INCOMPLETE"
        case unauthenticated = "UNAUTHENTICATED"
        case wrongCredentials = "WRONG_CREDENTIALS"
        case secondFactorRequired = "SECOND_FACTOR_REQUIRED"
        case forbidden = "FORBIDDEN"
        case forbiddenScope = "FORBIDDEN_SCOPE"
        case csrf = "CSRF_FAILED"
        case registrationClosed = "REGISTRATION_CLOSED"
        case notFound = "NOT_FOUND"
        case methodNotAllowed = "METHOD_NOT_ALLOWED"
        case conflict = "CONFLICT"
        case emailTaken = "EMAIL_TAKEN"
        case idempotencyMismatch = "IDEMPOTENCY_MISMATCH"
        case mediaInUse = "MEDIA_IN_USE"
        case mediaDamaged = "MEDIA_DAMAGED"
        case tooLarge = "TOO_LARGE"
        case rangeNotSatisfiable = "RANGE_NOT_SATISFIABLE"
        case rateLimited = "RATE_LIMITED"
        case stateExpired = "CONNECT_STATE_EXPIRED"
        case consentDeclined = "CONSENT_DECLINED"
        case connectFailed = "CONNECT_FAILED"
        case alreadyConnected = "ALREADY_CONNECTED"
        case platformNotConfigured = "PLATFORM_NOT_CONFIGURED"
        case platformUnavailable = "PLATFORM_UNAVAILABLE"
        case addressRefused = "ADDRESS_REFUSED"
        case aiNotConfigured = "AI_NOT_CONFIGURED"
        case aiBudgetSpent = "AI_BUDGET_SPENT"
        case aiFailed = "AI_FAILED"
        case mailFailed = "MAIL_FAILED"
        case storageFull = "STORAGE_FULL"
        case storageUnavailable = "STORAGE_UNAVAILABLE"
        case databaseUnavailable = "DATABASE_UNAVAILABLE"
        case internalError = "INTERNAL_ERROR"

        public var status: Int {
            switch self {
            case .badRequest, .invalidJSON, .uploadIncomplete, .stateExpired, .consentDeclined: 400
            case .validationFailed, .postInvalid, .timeInPast, .unknownChannel, .ambiguousChannel, .unknownPlatform, .invalidTimeZone,
                .addressRefused:
                422
            case .unauthenticated, .wrongCredentials, .secondFactorRequired: 401
            case .forbidden, .forbiddenScope, .csrf, .registrationClosed: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .conflict, .emailTaken, .idempotencyMismatch, .mediaInUse, .mediaDamaged, .alreadyConnected, .aiNotConfigured,
                .aiBudgetSpent:
                409
            case .tooLarge: 413
            case .unsupportedMedia: 415
            case .rangeNotSatisfiable: 416
            case .rateLimited: 429
            case .internalError: 500
            case .connectFailed, .platformUnavailable, .mailFailed, .aiFailed: 502
            case .platformNotConfigured, .databaseUnavailable, .storageUnavailable: 503
            case .storageFull: 507
            }
        }
    }

    public static func notFound(_ what: String) -> ProblemReport {
        ProblemReport(.notFound, "There is no such \(what) in this workspace. Check the id, or list them first.")
    }

    /// One field is wrong: `field` names it as the caller wrote it.
    public static func invalid(_ field: String, _ message: String) -> ProblemReport {
        ProblemReport(.validationFailed, message, details: ["field": .string(field)])
    }
}
