import Domain

/// What a store said, or that it said nothing.
struct StoreError: Error, Equatable, CustomStringConvertible {
    /// What was asked of it: "store a file".
    let action: String
    /// The store's own word, such as `AccessDenied`; of our own where it gave none.
    let code: String
    /// Nil when nothing was answered.
    let status: Int?
    /// The store's own words; empty in many.
    let message: String

    var isMissing: Bool { status == 404 && code != "NoSuchBucket" }
    /// Whether only somebody who changes the settings can mend it.
    var isMisconfigured: Bool {
        let fixed = [
            "NoSuchBucket", "InvalidBucketName", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "AuthorizationHeaderMalformed",
            "PermanentRedirect", "TemporaryRedirect", "AnotherInstallation",
        ]
        return fixed.contains(code) || [301, 307, 400, 401, 403].contains(status ?? 0)
    }

    var description: String {
        let answer = [status.map { code == "\($0)" ? code : "\(code), status \($0)" } ?? code, message].filter { !$0.isEmpty }
        return "The S3 store did not \(action): \(answer.joined(separator: ": "))"
    }

    var advice: String {
        switch code {
        case "NoSuchBucket", "InvalidBucketName": "The operator makes the bucket, or mends S3_BUCKET."
        case "InvalidAccessKeyId", "SignatureDoesNotMatch": "The operator checks S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY and S3_REGION."
        case "RequestTimeTooSkewed": "The operator sets this machine's clock right (NTP)."
        case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect": "The operator mends S3_REGION or S3_ENDPOINT."
        case "AnotherInstallation": "The operator gives each installation a bucket of its own, or a part of one: S3_PREFIX."
        case "NoAnswer": "The operator checks S3_ENDPOINT and that the store runs."
        default: status == 403 ? "The operator gives the key the right to list, read, write and delete in S3_BUCKET." : "Try again in a moment."
        }
    }

    /// In words for the person: full, or not usable.
    var problem: ProblemReport {
        let isFull = status == 507 || ["QuotaExceeded", "InsufficientCapacity", "XMinioStorageFull", "EntityTooLarge"].contains(code)
        if isFull { return ProblemReport(.storageFull, "\(description). The file was not stored. Ask the operator to make room.") }
        return ProblemReport(.storageUnavailable, "\(description). \(advice)")
    }
}
