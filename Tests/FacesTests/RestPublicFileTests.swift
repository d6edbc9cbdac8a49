import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway

@Suite("Files at addresses for platforms that fetch")
struct RestPublicFileTests {
    private static func pictures(_ type: String) -> MediaRule {
        MediaRule(
            maxImages: 1, maxVideos: 0, maxAnimations: 0, image: FileRule(types: [type], maxBytes: 1_000_000), animation: nil, video: nil,
            altTextLimit: 0)
    }

    @Test("are served without a session, whole, in ranges and to HEAD, until they are removed")
    func served() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            let bytes = SamplePNG.bytes
            let file = try await ada.send(.post, "/api/media?name=dot.png", [.contentType: "image/png"], bytes: bytes).json["id"]?.string
            let organization = try await ada.send(.get, "/api/auth/me").json["organization"]?["id"]?.string
            let id = try #require(file.flatMap { MediaID($0) })
            let owner = try #require(organization.flatMap { OrganizationID($0) })
            func path(_ type: String) async throws -> String {
                let media = fixture.services.media
                let outgoing = try await media.outgoing([id], of: owner, for: Self.pictures(type), limits: AccountLimits())
                return try #require(outgoing.first).publicURL(.hours(1)).path()
            }
            let address = try await path("image/png")

            let whole = try await fixture.anonymous.send(.get, address)
            #expect(whole.status == .ok && whole.headers[.contentType] == "image/png")
            #expect(Array(whole.body.readableBytesView) == bytes)
            let head = try await fixture.anonymous.send(.head, address)
            #expect(head.status == .ok && head.headers[.acceptRanges] == "bytes")
            let part = try await fixture.anonymous.send(.get, address, [.range: "bytes=1-3"])
            #expect(part.status == .partialContent && Array(part.body.readableBytesView) == Array(bytes[1...3]))

            // Where a platform takes JPEG alone, it fetches the version that was made for it.
            let fitted = try await fixture.anonymous.send(.get, try await path("image/jpeg"))
            #expect(fitted.status == .ok && fitted.headers[.contentType] == "image/jpeg")
            #expect(Array(fitted.body.readableBytesView.prefix(2)) == [0xFF, 0xD8])

            let other = address.replacing("/api/files/", with: "/api/files/A")
            #expect(try await fixture.anonymous.send(.get, other).errorCode == "NOT_FOUND")
            #expect(try await ada.send(.delete, "/api/media/\(id)").status == .noContent)
            #expect(try await fixture.anonymous.send(.get, address).errorCode == "NOT_FOUND")
        }
    }
}
