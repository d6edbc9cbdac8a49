import Domain

extension Mastodon {
    /// What this server allows. Servers without the newer description have the older one, under the same names; where neither tells, the
    /// usual limits hold.
    func limits(of instance: Instance, _ credentials: Credentials) async throws -> AccountLimits {
        var statuses: JSONValue?
        var media: JSONValue?
        var polls: JSONValue?
        for path in ["/api/v2/instance", "/api/v1/instance"] where statuses?["max_characters"] == nil {
            let answer = try await api(instance).send(call("GET", path, credentials), accepting: Set(400..<600).subtracting([401, 429, 503]))
            guard answer.isSuccess, let told = answer.document else { continue }
            let configuration = told["configuration"]
            statuses = statuses ?? configuration?["statuses"]
            // WordPress with Enable Mastodon Apps writes the singular.
            media = media ?? configuration?["media_attachments"] ?? configuration?["media_attachment"]
            // Pleroma has names of its own.
            polls = polls ?? configuration?["polls"] ?? told["poll_limits"]
        }
        // Anybody may run a server: a number with which nothing can be counted is as good as none.
        func limit(_ value: JSONValue?) -> Int? { value?.int.flatMap { (1...Int(Int32.max)).contains($0) ? $0 : nil } }
        return AccountLimits(
            textLength: limit(statuses?["max_characters"]), mediaCount: limit(statuses?["max_media_attachments"]),
            urlLength: limit(statuses?["characters_reserved_per_url"]), imageBytes: limit(media?["image_size_limit"]),
            imagePixels: limit(media?["image_matrix_limit"]), videoBytes: limit(media?["video_size_limit"]),
            videoPixels: limit(media?["video_matrix_limit"]), videoFrameRate: limit(media?["video_frame_rate_limit"]),
            altTextLength: limit(media?["description_limit"]),
            mediaTypes: media?["supported_mime_types"]?.array?.strings, pollAnswers: limit(polls?["max_options"]),
            pollAnswerLength: limit(polls?["max_characters_per_option"] ?? polls?["max_option_chars"]),
            pollMinSeconds: limit(polls?["min_expiration"]), pollMaxSeconds: limit(polls?["max_expiration"]))
    }
}
