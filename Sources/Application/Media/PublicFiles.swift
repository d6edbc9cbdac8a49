import Domain
import Foundation

/// Addresses under `MAIN_URL` at which platforms fetch files without signing in, for a limited time.
///
/// What an address stands for is sealed with the server's key: workspace, file and end. Nobody can make or change one, nor read it.
public struct PublicFiles: Sendable {
    private static let context = "public file"
    private static let path = "api/files"
    /// How long an address lasts at most: that long the key that it was sealed with must open it.
    static let longest = Duration.hours(2)

    private let mainURL: URL
    private let secrets: SecretBox
    private let time: any TimeSource

    public init(mainURL: URL, secrets: SecretBox, time: any TimeSource) {
        self.mainURL = mainURL
        self.secrets = secrets
        self.time = time
    }

    struct Grant: Codable {
        let organizationId: OrganizationID
        let mediaId: MediaID
        /// The version that was made for a platform; nil for the file itself.
        let fitting: PictureFitting?
        var film: FilmFitting?
        let end: Timestamp
    }

    /// Where `media`, or its version that was made of it, can be fetched from now until `lasting` has passed. It ends like the file's type, which some platforms go by.
    func address(of media: Media, _ version: MediaVersion? = nil, lasting: Duration) throws -> URL {
        let grant = Grant(
            organizationId: media.organizationId, mediaId: media.id, fitting: version?.picture, film: version?.film,
            end: time.now + min(lasting, Self.longest))
        let token = try secrets.text(sealing: grant, context: Self.context)
        let ending = media.mimeType.split(separator: "/").last.map { $0 == "jpeg" ? "jpg" : $0 == "quicktime" ? "mov" : String($0) } ?? "bin"
        return mainURL.appending(path: "\(Self.path)/\(token)/file.\(ending)")
    }

    /// What an address stands for. Throws `NOT_FOUND` for one that is not ours or has ended: nobody is told which.
    func grant(_ token: String) throws -> Grant {
        guard let grant: Grant = secrets.value(sealedIn: token, context: Self.context), grant.end > time.now else {
            throw ProblemReport.notFound("file")
        }
        return grant
    }
}
