import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway

@Suite("Uploads in pieces over REST")
struct RestPieceTests {
    @Test("are announced, sent, asked for with HEAD, and answered with the file")
    func whole() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            let bytes = SamplePNG.bytes
            let begun = try await ada.send(.post, "/api/media/uploads", NewPartialUpload(name: "dot.png", size: bytes.count))
            #expect(begun.status == .created && begun.headers[.uploadOffset] == "0")
            let address = try #require(begun.headers[.location])
            let first = try await ada.send(.patch, address, [.uploadOffset: "0"], bytes: Array(bytes.prefix(30)))
            #expect(try first.status == .ok && first.json["offset"] == 30 && first.json["media"]?["id"] == nil)
            let head = try await ada.send(.head, address)
            #expect(head.headers[.uploadOffset] == "30" && head.headers[.uploadLength] == "\(bytes.count)")
            let last = try await ada.send(.patch, address, [.uploadOffset: "30"], bytes: Array(bytes.dropFirst(30)))
            let id = try #require(try last.json["media"]?["id"]?.string)
            #expect(try await ada.send(.get, "/api/media/\(id)").json["name"] == "dot.png")
            #expect(try await ada.send(.get, address).json["media"]?["id"]?.string == id)
            #expect(try await ada.send(.delete, address).status == .noContent)
            #expect(try await ada.send(.get, "/api/media/\(id)").status == .ok)
        }
    }

    @Test("say what is wrong with a piece: no offset, another offset, no right")
    func wrong() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            let begun = try await ada.send(.post, "/api/media/uploads", NewPartialUpload(name: "dot.png", size: 100))
            let address = try #require(begun.headers[.location])
            for offset in [nil, "", "x"] as [String?] {
                var headers = HTTPFields()
                headers[.uploadOffset] = offset
                #expect(try await ada.send(.patch, address, headers, bytes: [1]).errorCode == "VALIDATION_FAILED")
            }
            let misplaced = try await ada.send(.patch, address, [.uploadOffset: "5"], bytes: [1])
            #expect(try misplaced.errorCode == "CONFLICT" && misplaced.json["error"]?["details"]?["offset"] == 0)
            let reader = try await ada.withKey([.postsRead])
            #expect(try await reader.send(.patch, address, [.uploadOffset: "0"], bytes: [1]).errorCode == "FORBIDDEN_SCOPE")
        }
    }
}
