import Domain
import Foundation
import NIOConcurrencyHelpers

@testable import Platforms

/// Registered apps in memory.
final class MemoryAppStore: PlatformAppStore {
    private let apps = NIOLockedValueBox<[[String]: RegisteredApp]>([:])

    func app(platform: PlatformID, instance: String, callbackURL: String, scopes: [String]) async throws -> RegisteredApp? {
        apps.withLockedValue { $0[[platform.rawValue, instance, callbackURL] + scopes] }
    }

    func save(_ app: RegisteredApp, platform: PlatformID, instance: String, callbackURL: String, scopes: [String]) async throws {
        apps.withLockedValue { $0[[platform.rawValue, instance, callbackURL] + scopes] = app }
    }
}

/// The real time, but nobody sleeps: waits of a platform's processing pass at once.
struct SleeplessTime: TimeSource {
    var now: Timestamp { .now }
    func sleep(until instant: Timestamp) async throws { try Task.checkCancellation() }
}

extension TransportSettings {
    static func test(readTimeout: Duration = .seconds(120)) -> TransportSettings {
        TransportSettings(userAgent: "Postiz/0 (+https://postiz.example.com)", connectTimeout: .seconds(60), readTimeout: readTimeout)
    }
}

extension OutgoingMedia {
    /// `bytes` as an uploaded file.
    static func file(
        _ bytes: Data, kind: MediaKind = .image, type: String = "image/png", name: String = "picture.png", altText: String? = nil
    ) -> OutgoingMedia {
        let media = Media(
            id: MediaID(), organizationId: OrganizationID(), name: name, kind: kind, mimeType: type, size: bytes.count, digest: "",
            width: 8, height: 8, duration: kind == .video ? 10 : nil, altText: altText, hasThumbnail: false, createdAt: .now)
        return OutgoingMedia(
            media: media, read: { offset, count in bytes.dropFirst(offset).prefix(count) },
            publicURL: { _ in
                if let host = FileHost.current { return try host.address(of: bytes, type: type, name: name) }
                guard let nowhere = URL(string: "https://files.example.com/\(name)") else { throw URLError(.badURL) }
                return nowhere
            })
    }

    /// The smallest PNG: one pixel.
    static func picture(altText: String? = nil) -> OutgoingMedia {
        let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        return .file(Data(base64Encoded: pixel) ?? Data(), altText: altText)
    }

    private static let noise = Data((0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    static func film(bytes: Int = 200_000) -> OutgoingMedia {
        var film = Data([0, 0, 0, 24] + Array("ftypmp42".utf8))
        while film.count < bytes { film.append(noise.prefix(bytes - film.count)) }
        return .file(film, kind: .video, type: "video/mp4", name: "film.mp4")
    }
}

extension PlatformDescriptor {
    /// Whether the form of the setting `name` takes this value.
    func takes(_ value: String, in name: String) throws -> Bool {
        guard let field = settings.first(where: { $0.name == name }) else { throw Crash() }
        guard value.count <= field.maxLength ?? .max else { return false }
        return try field.pattern.map { try Regex($0).wholeMatch(in: value) != nil } ?? true
    }
}

extension ConnectedAccount {
    static func invented(_ platform: PlatformID, instance: String? = nil, scopes: [String] = []) -> ConnectedAccount {
        ConnectedAccount(
            account: PlatformAccount(id: "42", username: "ada", displayName: "Ada Example", pictureURL: nil, profileURL: nil),
            credentials: Credentials(accessToken: "token-of-ada", tokenSecret: "secret-of-ada", scopes: scopes, instanceURL: instance))
    }
}

extension PublishRequest {
    init(_ account: ConnectedAccount, _ parts: [OutgoingPart], settings: [String: JSONValue] = [:], kind: String = "") {
        self.init(publicationId: PublicationID(), account: account, parts: parts, settings: settings, kind: kind)
    }
}

/// Runs `body` with a registry that is shut down afterwards.
func withRegistry<Result>(
    _ values: [String: String], settleTime: Duration = .zero, allowedPrivateHosts: Set<String> = [],
    transport: TransportSettings = .test(), time: any TimeSource = SystemTime(),
    watching: (any HTTPSender) -> any HTTPSender = { $0 }, _ body: (PlatformRegistry) async throws -> Result
) async throws -> Result {
    let registry = PlatformRegistry(
        configuration: PlatformConfiguration(
            values: values, settleTime: settleTime, allowedPrivateHosts: allowedPrivateHosts, transport: transport),
        appStore: MemoryAppStore(), time: time, watching: watching)
    do {
        let result = try await body(registry)
        try await registry.shutdown()
        return result
    } catch {
        try await registry.shutdown()
        throw error
    }
}
