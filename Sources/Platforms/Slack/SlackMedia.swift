import Domain
import Foundation

extension Slack {
    /// A file at Slack that nobody sees yet.
    struct Upload: Codable, Sendable {
        let id: String
        let title: String
        let altText: String
        let isPicture: Bool
    }

    /// Slack gives an address for a file of this length, and takes its bytes there. It stays unseen until it is completed.
    func upload(_ media: OutgoingMedia, step: String, request: PublishRequest, journal: any StepJournal) async throws -> Upload {
        try await journal.step(step) {
            let credentials = request.account.credentials
            let altText = media.media.altText ?? ""
            // Slack's own client libraries call it so.
            let described = altText.isEmpty ? [] : [("alt_txt", altText)]
            let place: UploadPlace = try await api.value(
                call(
                    "POST", "files.getUploadURLExternal", credentials,
                    body: .form([("filename", media.media.name), ("length", String(media.media.size))] + described)))
            let address = try api.uploadAddress(place.url, at: hosts, ["slack.com"])
            _ = try await api.send(HTTPCall("POST", address, body: .media(media)))
            return Upload(
                id: place.file, title: media.media.name, altText: altText, isPicture: Self.blockTypes.contains(media.media.mimeType))
        }
    }

    private struct UploadPlace: Decodable {
        let url: String
        let file: String

        enum CodingKeys: String, CodingKey {
            case url = "upload_url"
            case file = "file_id"
        }
    }

    /// Without a channel the files stay with the app, and a message's blocks can show them. To be repeated without harm.
    func complete(_ files: [Upload], _ credentials: Credentials) async throws -> Bool {
        _ = try await api.send(post("files.completeUploadExternal", ["files": Self.list(files)], credentials))
        return true
    }

    static func list(_ files: [Upload]) -> JSONValue { .array(files.map { ["id": .string($0.id), "title": .string($0.title)] }) }

    /// The message in which a file was shared in `channel`, below `root`; nil while Slack has not made it.
    func share(of file: String, in channel: String, root: String?, _ credentials: Credentials) async throws -> String? {
        let answer: JSONValue
        do {
            answer = try await api.value(get("files.info", [("file", file)], credentials))
        } catch let error as PlatformError where error.code == "SLACK_\(Self.fileNotFoundCode)" {
            // It was uploaded and not completed.
            return nil
        }
        let shares = answer["file"]?["shares"]
        let found = ["public", "private"].compactMap { shares?[$0]?[channel]?.array }.joined()
        return found.first { root == nil || $0["thread_ts"]?.string == root }?["ts"]?.string
    }
}
