import Domain
import Foundation

extension TikTok {
    /// What an account may do just now.
    struct Creator: Decodable, Sendable {
        let privacyLevels: [String]?
        let commentDisabled: Bool?
        let duetDisabled: Bool?
        let stitchDisabled: Bool?
        /// Seconds.
        let longestFilm: Double?

        enum CodingKeys: String, CodingKey {
            case privacyLevels = "privacy_level_options"
            case commentDisabled = "comment_disabled"
            case duetDisabled = "duet_disabled"
            case stitchDisabled = "stitch_disabled"
            case longestFilm = "max_video_post_duration_sec"
        }
    }

    /// TikTok wants this to be asked before each post that is not a draft.
    func creator(_ credentials: Credentials) async throws -> Creator { try await ask("POST", "post/publish/creator_info/query/", credentials) }

    /// What the account has turned off for all its posts; throws what the post would be refused for.
    func turnedOff(for request: PublishRequest) async throws -> [String] {
        let creator = try await creator(request.account.credentials)
        let (privacy, offered) = (request.setting("privacy_level") ?? "", creator.privacyLevels ?? [])
        guard offered.contains(privacy) else {
            let names = descriptor.options(of: "privacy_level", matching: nil).filter { offered.contains($0.value) }.map(\.label)
            throw refused(Self.privacyCode, "Choose who can see the post: this TikTok account offers \(names.joined(separator: ", ")).")
        }
        if privacy == "SELF_ONLY", request.toggle("brand_content_toggle") {
            throw refused("BRANDED_CONTENT_PRIVATE", "Branded content cannot be seen by you alone. Choose another \"Who can see it\".")
        }
        if let longest = creator.longestFilm, let length = request.parts.first?.media.first?.media.duration, length > longest {
            throw refused(
                "VIDEO_TOO_LONG", "TikTok lets this account post videos of up to \(Int(longest)) seconds; this one is longer. Cut it.")
        }
        let states = [("comment", creator.commentDisabled), ("duet", creator.duetDisabled), ("stitch", creator.stitchDisabled)]
        return states.filter { $0.1 == true }.map(\.0)
    }

    private func refused(_ code: String, _ message: String) -> PlatformError {
        PlatformError(.invalidContent, code: "TIKTOK_\(code)", message: message)
    }

    /// What is told of films and of pictures. What the account has turned off cannot be turned on by a post.
    func info(_ request: PublishRequest, disabled: [String], allows: [String]) -> [String: JSONValue] {
        var info: [String: JSONValue] = ["privacy_level": .string(request.setting("privacy_level") ?? "")]
        for name in allows { info["disable_\(name)"] = .bool(!request.toggle(name) || disabled.contains(name)) }
        for name in ["brand_content_toggle", "brand_organic_toggle"] { info[name] = .bool(request.toggle(name)) }
        return info
    }
}
