import Foundation
import NIOCore

extension YouTube {
    /// The resource and the file in one `multipart/related` body.
    func insertCaption(_ call: Call) async throws -> Reply {
        let body = String(buffer: try await call.request.body.collect(upTo: 1 << 20))
        let (caption, track) = try Self.parts(of: body, call)
        return try store.update { state in
            let channel = try authenticate(call, ["youtube.force-ssl", "youtubepartner"], state)
            let video = caption["snippet"]?["videoId"]?.string ?? ""
            guard call.query("part")?.split(separator: ",").contains("snippet") == true, let language = caption["snippet"]?["language"]?.string,
                let name = caption["snippet"]?["name"]?.string
            else { throw GoogleProblem(400, "invalidMetadata", "The request contains invalid metadata values.", domain: "youtube.caption").refusal }
            guard name.count <= 150 else { throw GoogleProblem(400, "nameTooLong", "The name is too long.", domain: "youtube.caption").refusal }
            guard let post = state.timeline[video], post.author == channel.id else { throw GoogleProblem.noVideo().refusal }
            guard track.contains(/\d{2}:\d{2}[.,]\d{3} -->/) else {
                throw GoogleProblem(400, "contentRequired", "The request does not include the caption track contents.", domain: "youtube.caption")
                    .refusal
            }
            guard post.details["captions"]?[language] == nil else {
                throw GoogleProblem(
                    409, "captionExists", "The specified video already has a caption track with the given language and name.",
                    domain: "youtube.caption"
                ).refusal
            }
            Captioning.add(track, language: language, to: video, &state)
            return .json([
                "kind": "youtube#caption", "id": .string(Encoding.token("AUieDa", bytes: 20)),
                "snippet": ["videoId": .string(video), "language": .string(language), "name": .string(name), "status": "serving"],
            ])
        }
    }

    private static func parts(of body: String, _ call: Call) throws -> (JSON, String) {
        guard call.query("uploadType") == "multipart",
            let boundary = call.contentType.firstMatch(of: /^multipart\/related; *boundary="?([^";]+)"?/)?.output.1
        else { throw GoogleProblem(400, "contentRequired", "Only multipart uploads are simulated.", domain: "youtube.caption").refusal }
        let parts = body.components(separatedBy: "--\(boundary)").dropFirst().dropLast().map { part in
            String(part.trimmingPrefix("\r\n")).components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n")
        }
        guard parts.count == 2 else { throw GoogleProblem(400, "badRequest", "The body needs two parts.").refusal }
        // The line break before a boundary belongs to that (RFC 2046 §5.1.1).
        return (try JSON.parse(ByteBuffer(string: parts[0])), parts[1].hasSuffix("\r\n") ? String(parts[1].dropLast(1)) : parts[1])
    }
}
