import Domain
import Foundation

extension YouTube {
    /// One track for each language. YouTube takes no second one of the same language and name, so a repeated call does no harm; and the video is
    /// there whatever YouTube says of them.
    func addCaptions(_ captions: Captions, to video: String, _ credentials: Credentials, _ journal: any StepJournal) async throws -> String? {
        let done = try await journal.step("captions-\(captions.language)") {
            try await Extra.refused("The video is published without its captions in \(captions.languageName)") {
                do {
                    _ = try await api.send(captionCall(captions, video, credentials))
                } catch let error as PlatformError where error.code == "YOUTUBE_\(Self.captionExistsCode)" {}
            }
        }
        return done.note
    }

    /// "Multipart uploads": the resource and the file in one body (RFC 2387).
    private func captionCall(_ captions: Captions, _ video: String, _ credentials: Credentials) throws -> HTTPCall {
        let resource: JSONValue = ["snippet": ["videoId": .string(video), "language": .string(captions.language), "name": ""]]
        let boundary = "captions-\(UUID().uuidString)"
        let body = """
            --\(boundary)\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n\(try JSON.text(resource))\r\n\
            --\(boundary)\r\nContent-Type: application/octet-stream\r\n\r\n\(captions.srt)\r\n--\(boundary)--\r\n
            """
        let query = FormEncoding.encode([("part", "snippet"), ("uploadType", "multipart")])
        return signed(
            "POST", "\(hosts.url("https://youtube.googleapis.com/upload/youtube/v3/captions"))?\(query)", credentials,
            body: .bytes(Data(body.utf8), contentType: "multipart/related; boundary=\(boundary)"))
    }
}
