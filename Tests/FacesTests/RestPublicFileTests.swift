import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway

@Suite("Files at addresses for platforms that fetch")
struct RestPublicFileTests {
    @Test("are served without a session, whole, in ranges and to HEAD, until they are removed")
    func served() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            let bytes = SamplePNG.bytes
            let file = try await ada.send(.post, "/api/media?name=dot.png", [.contentType: "image/png"], bytes: bytes).json["id"]?.string
            let organization = try await ada.send(.get, "/api/auth/me").json["organization"]?["id"]?.string
            let id = try #require(file.flatMap { MediaID($0) })
            let outgoing = try await fixture.services.media.outgoing([id], of: try #require(organization.flatMap { OrganizationID($0) }))
            let path = try #require(outgoing.first).publicURL(.hours(1)).path()

            let whole = try await fixture.anonymous.send(.get, path)
            #expect(whole.status == .ok && whole.headers[.contentType] == "image/png")
            #expect(Array(whole.body.readableBytesView) == bytes)
            let head = try await fixture.anonymous.send(.head, path)
            #expect(head.status == .ok && head.headers[.acceptRanges] == "bytes")
            let part = try await fixture.anonymous.send(.get, path, [.range: "bytes=1-3"])
            #expect(part.status == .partialContent && Array(part.body.readableBytesView) == Array(bytes[1...3]))

            let other = path.replacing("/api/files/", with: "/api/files/A")
            #expect(try await fixture.anonymous.send(.get, other).errorCode == "NOT_FOUND")
            #expect(try await ada.send(.delete, "/api/media/\(id)").status == .noContent)
            #expect(try await fixture.anonymous.send(.get, path).errorCode == "NOT_FOUND")
        }
    }
}
