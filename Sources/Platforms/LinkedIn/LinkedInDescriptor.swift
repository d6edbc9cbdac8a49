import Domain

extension LinkedIn {
    static func descriptor(_ kind: Kind) -> PlatformDescriptor {
        PlatformDescriptor(
            id: kind == .member ? "linkedin" : "linkedin-page", name: kind == .member ? "LinkedIn" : "LinkedIn Page",
            mark: kind == .member ? "in" : "iP", connect: ConnectFlow(method: .oauth2, choosesAccount: kind == .page),
            credentials: [
                CredentialField(variable: "LINKEDIN_CLIENT_ID", label: "Client ID", secret: false),
                CredentialField(variable: "LINKEDIN_CLIENT_SECRET", label: "Client secret", secret: true),
            ],
            // LinkedIn documents the limits and not the unit.
            text: TextRule(limit: 3000, counting: .utf16, countingDocumented: false),
            thread: ThreadRule(kind: .comments, maxParts: 26, followUpTextLimit: 1250, followUpMedia: false),
            media: media, settings: settings(kind), lookups: [mention],
            analytics: kind == .member
                ? [.impressions, .reach, .likes, .comments, .shares, .saves] : [.impressions, .reach, .likes, .comments, .shares, .clicks],
            accountAnalytics: kind == .page ? [.followers, .views, .reach, .interactions, .clicks, .profileVisits] : [],
            scopes: [NeededScope(kind == .page ? "w_organization_social" : "w_member_social")],
            doubles: kind == .page
                ? "looked up among the page's posts" : "LinkedIn refuses an equal post for some minutes; a person decides about comments",
            documentation: "docs/platforms/linkedin.md")
    }

    private static let media = MediaRule(
        maxImages: 20, maxVideos: 1, maxAnimations: 20, maxDocuments: 1,
        image: FileRule(types: imageTypes, maxBytes: 20_000_000, maxPixels: 36_152_319),
        animation: FileRule(types: ["image/gif"], maxBytes: 20_000_000, maxPixels: 36_152_319, maxFrames: 250),
        video: FileRule(types: ["video/mp4"], minBytes: 75_000, maxBytes: 500_000_000, minDuration: 3, maxDuration: 1800),
        document: FileRule(
            types: [
                "application/pdf", "application/msword", "application/vnd.ms-powerpoint",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            ], maxBytes: 100_000_000, maxPages: 300),
        altTextLimit: 4086)

    private static let imageTypes = ["image/jpeg", "image/png", "image/gif"]

    private static func settings(_ kind: Kind) -> [SettingField] {
        let everyone = SettingField.Option("PUBLIC", "Anyone")
        let signedIn = SettingField.Option("LOGGED_IN", "LinkedIn members")
        let connections = SettingField.Option("CONNECTIONS", "Connections only")
        return [
            SettingField(
                name: "visibility", kind: .choice, label: "Who can see it",
                options: kind == .member ? [everyone, signedIn, connections] : [everyone, signedIn], defaultValue: "PUBLIC"),
            SettingField(
                name: "disable_reshare", kind: .toggle, label: "No reposts", help: "Others cannot repost it.", defaultValue: false),
        ]
    }

    static let duplicateCode = "DUPLICATE_POST"
    static let mediaNotReadyCode = "MEDIA_NOT_READY"

    /// `{status, code, serviceErrorCode, message}` and, validation, `errorDetails`.
    static let errorRules = [
        ErrorRule(
            [401], is: .authentication, "TOKEN_REJECTED", "LinkedIn no longer accepts this connection. Connect the account again."),
        ErrorRule(
            [400], "invalid_grant", "invalid_request", is: .authentication, "GRANT_REFUSED",
            "LinkedIn no longer renews this connection. Connect the account again."),
        ErrorRule(
            [426], is: .invalidContent, "VERSION_ENDED",
            "LinkedIn has ended this version of its API. The operator sets LINKEDIN_VERSION to a newer one (YYYYMM)."),
        ErrorRule(
            [400], "VERSION_MISSING", is: .invalidContent, "VERSION_ENDED",
            "LinkedIn wants a version of its API. The operator sets LINKEDIN_VERSION to one (YYYYMM)."),
        ErrorRule(
            [409, 422], "duplicate", is: .invalidContent, duplicateCode,
            "LinkedIn refuses the same post twice within about ten minutes. Change the text or wait."),
        ErrorRule(
            [400], "MEDIA_ASSET_WAITING_UPLOAD", is: .transient, mediaNotReadyCode, "LinkedIn is still processing a file of this post.",
            retryAfter: .seconds(10)),
        ErrorRule(
            [], "MEDIA_ASSET_PROCESSING_FAILED", is: .invalidContent, "MEDIA_PROCESSING_FAILED",
            "LinkedIn could not process a file of this post. Use another file."),
        ErrorRule(
            [400], "EXPIRED_UPLOAD_URL", is: .transient, "UPLOAD_EXPIRED",
            "LinkedIn's address for the upload has expired; it is asked anew."),
        ErrorRule(
            [403], "resource is forbidden", is: .transient, "NOT_READABLE_YET", "LinkedIn does not show this yet."),
        ErrorRule(
            [400, 403, 404], "Unable to obtain activity", is: .invalidContent, "POST_NOT_VISIBLE",
            "LinkedIn does not show the post that the comment belongs to: it was deleted.", patience: ErrorRule.visibility),
        ErrorRule(
            [404], is: .invalidContent, "NOT_FOUND", "LinkedIn does not know the post, or a file of it: it was deleted.",
            patience: ErrorRule.visibility),
        ErrorRule(
            [403], is: .authentication, "ACCESS_DENIED",
            "LinkedIn does not allow this with the permissions given. Connect again with all permissions; for a page, be its administrator."
        ),
        ErrorRule([409], is: .transient, "CONFLICT", "LinkedIn was busy with the same entity."),
    ]
}
