import Application
import Domain

/// One thing wrong with a post, addressed so that a model can mend it.
struct ProblemCard: Codable, Sendable {
    let code: Problem.Code
    let message: String
    let fix: String
    /// The channel it concerns; absent for the post as a whole.
    let channel: String?
    let channelId: IntegrationID?
    /// The argument it concerns.
    let field: String
    /// Counted from 1.
    let part: Int?
}

extension ProblemCard {
    init(_ problem: Problem, names: [IntegrationID: String]) {
        self.init(
            code: problem.code, message: problem.message, fix: problem.mend.map(Self.fix) ?? Self.fix(problem.code),
            channel: problem.integrationId.flatMap { names[$0] },
            channelId: problem.integrationId, field: Self.field(problem), part: problem.part.map { $0 + 1 })
    }

    private static func field(_ problem: Problem) -> String {
        switch problem.code {
        case .noChannels, .channelNeedsReconnect, .channelPaused, .publishingPaused, .tokenExpiresFirst, .scopeMissing: "channels"
        case .emptyPost, .textTooLong, .textNearLimit, .textForbidden, .emptyPart: "text"
        case .tooManyParts, .threadNotSupported: "parts"
        case .mediaRequired, .mediaNotAllowed, .tooManyMedia, .mixedMedia, .mediaType, .mediaTooLarge, .mediaTooSmall, .mediaShape, .mediaFormat,
            .mediaDuration, .mediaFitted, .mediaConverting, .mediaStill, .mediaMissing, .mediaUnreachable,
            .altTextTooLong, .altTextMissing, .captionsNotSent:
            "media"
        case .unknownSetting, .settingInvalid: problem.field.map { "channel_settings.\($0)" } ?? "channel_settings"
        case .timeInPast, .timeTooFar, .timeSkipped, .timeTwice: "scheduled_for"
        }
    }

    private static func fix(_ mend: Problem.Mend) -> String {
        switch mend {
        case .convert: "Call convert_media with the file and this channel, when the user agrees; or upload the file in a form the channel takes."
        }
    }

    private static func fix(_ code: Problem.Code) -> String {
        switch code {
        case .noChannels: "Name channels; list_channels shows them."
        case .emptyPost, .emptyPart: "Give text, or attach media."
        case .textForbidden: "Remove the characters that the message names."
        case .textTooLong, .textNearLimit: "Shorten the text, split it into parts, or give this channel a text of its own in versions."
        case .tooManyParts, .threadNotSupported: "Use fewer parts, or give this channel a single text in versions."
        case .mediaRequired: "Attach a picture or video with media."
        case .mediaNotAllowed, .tooManyMedia, .mixedMedia: "Leave out the media this channel does not take, for it alone in versions."
        case .mediaType, .mediaTooLarge, .mediaTooSmall, .mediaShape, .mediaFormat, .mediaDuration:
            "Upload the file in a form the channel takes; get_channel_schema shows which."
        case .mediaFitted: "Nothing; upload another form only where the difference matters."
        case .mediaConverting: "Nothing; the post waits for it."
        case .mediaStill: "Nothing, if the picture may stand still; else upload it as a video."
        case .mediaUnreachable: "Nothing a post can change: the operator sets MAIN_URL to an address that the platform reaches."
        case .mediaMissing: "Upload the file again with upload_media, or leave it out."
        case .captionsNotSent: "Nothing; where they matter, upload the film with its captions in the picture."
        case .altTextTooLong, .altTextMissing: "Upload the file with another alt_text."
        case .unknownSetting, .settingInvalid: "Use the settings and values that get_channel_schema lists."
        case .channelNeedsReconnect: "A person has to connect the channel again in the web interface under Channels."
        case .channelPaused: "A person can resume the channel under Channels; until then the post waits."
        case .publishingPaused: "An administrator can resume publishing under Channels; until then the post waits."
        case .tokenExpiresFirst: "A person has to connect the channel again before then."
        case .scopeMissing: "A person has to connect the channel again and allow everything that is asked for."
        case .timeInPast: "Choose a later time; get_workspace tells the current one."
        case .timeTooFar: "Choose an earlier time."
        case .timeSkipped: "Nothing, if that time is meant; else choose another one."
        case .timeTwice: "Nothing, if the first is meant; else give the second with its offset."
        }
    }
}

extension Invocation {
    /// Problems with the channels by name, errors and warnings apart.
    func cards(_ problems: [Problem]) async throws -> (problems: [ProblemCard], warnings: [ProblemCard]) {
        let ids = Set(problems.compactMap(\.integrationId))
        var names: [IntegrationID: String] = [:]
        if !ids.isEmpty {
            let known = try await services.channels.integrations(Array(ids), of: caller.organizationId)
            for channel in known { names[channel.id] = channel.displayName }
        }
        func cards(_ severity: Problem.Severity) -> [ProblemCard] {
            problems.filter { $0.severity == severity }.map { ProblemCard($0, names: names) }
        }
        return (cards(.error), cards(.warning))
    }
}
