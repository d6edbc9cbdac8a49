import Domain
import Foundation

extension Slack {
    static let alreadyGoneCode = "MESSAGE_NOT_FOUND"
    static let fileNotFoundCode = "FILE_NOT_FOUND"
    static let scopeMissingCode = "SCOPE_MISSING"
    static let notInChannelCode = "NOT_IN_CHANNEL"

    /// Every answer has the status 200: what it stands for is in its body, `{"ok": false, "error": "…"}`.
    static func restated(_ answer: HTTPAnswer) -> HTTPAnswer {
        // The upload's answer and error pages are not JSON.
        guard answer.status == 200, let body = answer.document, body["ok"]?.bool == false else { return answer }
        let status: Int
        switch body["error"]?.string {
        case "ratelimited", "rate_limited": status = 429
        case "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org": status = 503
        default: status = 400
        }
        return HTTPAnswer(status: status, headers: answer.headers, body: answer.body)
    }

    private static func rule(
        _ names: String..., is kind: PublishingErrorKind, _ code: String, _ message: String, patience: Duration? = nil
    ) -> ErrorRule {
        let spellings = names.flatMap { ["\"error\":\"\($0)\"", "\"error\": \"\($0)\""] }
        return ErrorRule([400], anyOf: spellings, is: kind, code, message, patience: patience)
    }

    static let errorRules = [
        rule(
            "missing_scope", is: .authentication, scopeMissingCode,
            "The app lacks a permission at Slack; its answer names it under needed. The operator adds it to the app, then connect the workspace again."
        ),
        rule(
            "invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive", "no_permission", "team_access_not_granted",
            "org_login_required", "access_denied", "not_allowed_token_type", is: .authentication, "TOKEN_REJECTED",
            "Slack no longer accepts this connection: the app was removed from the workspace, or its permission ended. Connect the workspace again."),
        rule(
            "invalid_code", "code_already_used", "invalid_refresh_token", "bad_redirect_uri", is: .authentication, "GRANT_REFUSED",
            "Slack did not accept the answer of its consent page, or no longer renews the connection. Start connecting again."),
        rule(
            "invalid_client_id", "bad_client_secret", "oauth_authorization_url_mismatch", is: .authentication, "APP_REFUSED",
            "Slack refuses the app. The operator checks SLACK_ID and SLACK_SECRET; then connect again."),
        rule(
            "channel_not_found", is: .invalidContent, "CHANNEL_NOT_FOUND",
            "The app sees no such channel. To a private channel somebody has to invite it (/invite); else choose another channel."),
        rule(
            "not_in_channel", is: .invalidContent, notInChannelCode,
            "The app is not in this channel. Invite it there (/invite), or choose another channel."),
        rule("is_archived", is: .invalidContent, "CHANNEL_ARCHIVED", "The channel is archived. Choose another channel."),
        ErrorRule(
            [400], anyOf: ["\"error\":\"restricted_action", "\"error\": \"restricted_action"], is: .invalidContent, "RESTRICTED",
            "The workspace lets only some people post here. Ask its administrators, or choose another channel."),
        rule(
            "messages_tab_disabled", "cannot_reply_to_message", "thread_locked", is: .invalidContent, "NO_REPLIES",
            "Slack lets nobody reply here: the thread is locked, or the message is gone."),
        rule(
            "posting_to_general_channel_denied", is: .invalidContent, "GENERAL_DENIED",
            "The workspace does not let apps post in its general channel. Choose another channel."),
        rule(
            "ekm_access_denied", "message_limit_exceeded", is: .invalidContent, "POLICY",
            "The workspace's policy does not allow this message. Ask its administrators."),
        rule(
            "msg_too_long", "msg_blocks_too_long", is: .invalidContent, "TEXT_TOO_LONG",
            "The text is longer than Slack takes in a message. Shorten it."),
        rule("no_text", is: .invalidContent, "EMPTY_MESSAGE", "Slack takes no empty message. Write something or add a file."),
        // What was uploaded a moment ago need not be usable yet.
        ErrorRule(
            [400], anyOf: ["downloading image failed", "slack_file", "slack file"], is: .invalidContent, "PICTURE_NOT_USABLE",
            "Slack cannot show a picture of this post. Use another one.", patience: .minutes(2)),
        rule(
            "invalid_blocks", "invalid_blocks_format", "too_many_attachments", "markdown_text_conflict", "metadata_too_large", "invalid_arguments",
            "invalid_metadata_format", "invalid_metadata_schema", is: .invalidContent, "INVALID_CONTENT",
            "Slack does not take a part of this post. Its answer says which one."),
        rule(
            "file_not_found", "file_deleted", "file_update_failed", is: .invalidContent, fileNotFoundCode,
            "Slack does not have a file of this post any more. Send the post again.", patience: .minutes(2)),
        rule(
            "file_upload_size_restricted", "file_uploads_disabled", "file_uploads_except_images_disabled", "storage_limit_reached",
            "blocked_file_type", is: .invalidContent, "UPLOAD_NOT_ALLOWED",
            "The workspace does not take this file: uploads are limited there, or its storage is full."),
        rule("message_not_found", is: .invalidContent, alreadyGoneCode, "Slack does not know the message: it was deleted."),
        rule("cant_delete_message", is: .invalidContent, "CANNOT_REMOVE", "Slack does not let the app delete this message. Delete it in Slack."),
    ]
}
