import Application
import Domain
import Foundation
import Testing

/// Posts write themselves by hand, because lists of them are long. What they write must say what they encode.
@Suite("A post that writes itself says what it encodes")
struct PostWritableTests {
    private static let id = "01a221c5-391f-79f4-afd0-6247275b2aa2"
    private static let other = "01a221c5-391f-79f4-afd0-000000000001"

    private static let publication: [String: JSONValue] = [
        "id": .string(id), "integrationId": .string(other), "platform": "mastodon", "channel": "Ada \"A\" \n 世界", "status": "FAILED",
        "dueAt": "2027-09-24T10:45:41.562Z", "attempts": 12, "nextAttemptAt": nil, "platformPostId": nil, "url": nil, "publishedAt": nil,
        "removedAt": nil, "notes": [], "error": nil, "progress": ["done": 0, "total": 1],
    ]
    private static let sent: [String: JSONValue] = [
        "status": "PUBLISHED", "dueAt": nil, "nextAttemptAt": "2027-09-24T10:45:41.562Z", "platformPostId": "1/2",
        "url": "https://example.com/@ada/1", "publishedAt": "2027-09-24T10:45:42.000Z", "removedAt": "2027-09-25T10:45:42.000Z",
        "notes": ["Shown to \"all\"", ""], "progress": ["done": 2, "total": 15],
        "error": ["code": "GONE", "message": "Gone", "kind": "TRANSIENT", "platformAnswer": "{}"],
    ]
    private static let draft: [String: JSONValue] = [
        "id": .string(id), "content": "", "parts": [], "mediaUrls": [], "status": "DRAFT", "scheduledFor": nil, "timeZone": nil, "wallTime": nil,
        "warnings": [], "publishedAt": nil, "platforms": [], "platformPostIds": [:], "errorMessage": nil, "versions": [:], "settings": [:],
        "tags": [], "linksAsWritten": false, "recurrence": nil, "seriesId": nil, "seriesDay": nil, "origin": "API", "revision": 1,
        "createdAt": "2026-11-28T10:45:46.381Z",
        "updatedAt": "2026-11-28T10:45:46.381Z",
        "publications": [],
    ]
    private static let full: [String: JSONValue] = [
        "content": "One\u{1} \"two\" \\ é 👩‍👩‍👧",
        "parts": [["text": "One", "mediaIds": [.string(other), .string(id)]], ["text": "", "mediaIds": []]],
        "mediaUrls": ["/api/media/1/file", "/api/media/2/file"], "status": "PARTIALLY_PUBLISHED", "scheduledFor": "2027-09-24T10:45:41.562Z",
        "timeZone": "Europe/Paris", "wallTime": "2027-09-24T12:45:41.562",
        "warnings": [
            ["code": "TEXT_TOO_LONG", "severity": "ERROR", "message": "Too \"long\"", "integrationId": .string(other), "part": 0]
        ],
        "publishedAt": "2027-09-24T10:45:42.000Z", "platforms": [.string(other), .string(id)], "platformPostIds": .object([other: "1/2"]),
        "errorMessage": "It failed", "versions": .object([other: [["text": "Else", "mediaIds": []]]]),
        "settings": .object([other: ["visibility": "public", "n": 1.5, "whole": 3, "list": [true, nil, [:]]]]), "tags": ["a", "b\"c"],
        "linksAsWritten": true, "recurrence": "FREQ=WEEKLY;BYDAY=MO", "seriesId": .string(other), "seriesDay": "2027-09-24", "origin": "MCP",
        "revision": 123_456,
        "publications": [.object(publication.merging(sent) { $1 }), .object(publication)],
    ]

    static let posts: [JSONValue] = [
        .object(draft), .object(draft.merging(["publications": [.object(publication)]]) { $1 }), .object(draft.merging(full) { $1 }),
    ]

    private func isSaidAlike(_ value: some Codable) throws {
        let byHand = try JSON.decode(JSONValue.self, from: Data(try JSON.bytes(value)))
        let encoded = try JSON.decode(JSONValue.self, from: try JSON.data(value))
        #expect(byHand == encoded)
    }

    @Test("alone, and in a list", arguments: posts)
    func alike(_ post: JSONValue) throws {
        let view = try JSON.decode(PostView.self, from: JSON.data(post))
        try isSaidAlike(view)
        #expect(try JSON.decode(PostView.self, from: Data(try JSON.bytes(view))) == view)
        try isSaidAlike(Page(items: [view, view], nextCursor: "1.\(Self.id)"))
        try isSaidAlike(Page(items: [view], nextCursor: nil))
        try isSaidAlike(Page<PostView>(items: [], nextCursor: nil))
    }

    @Test func anEventSaysWhatItEncodes() throws {
        let data: JSONValue = ["postId": .string(Self.id), "error": ["message": "Too \"long\"\n"], "url": nil]
        let event = ProductEvent(.publicationUpdated, organizationId: try #require(OrganizationID(Self.other)), at: .now, data: data)
        try isSaidAlike(event)
        #expect(try JSON.decode(ProductEvent.self, from: Data(try JSON.bytes(event))) == event)
    }

    @Test("The samples leave no member at one value only")
    func samplesAreVaried() throws {
        let views = try Self.posts.map { try JSON.decode(PostView.self, from: JSON.data($0)) }
        let objects = try views.compactMap { try JSON.decode(JSONValue.self, from: JSON.data($0)).object }
        for name in objects[0].keys where name != "id" && name != "createdAt" && name != "updatedAt" {
            #expect(Set(objects.map { $0[name] }).count > 1, "\(name)")
        }
        let publications = objects.flatMap { $0["publications"]?.array ?? [] }.compactMap(\.object)
        let same: Set = ["id", "integrationId", "platform", "channel", "attempts"]
        for name in publications[0].keys where !same.contains(name) {
            #expect(Set(publications.map { $0[name] }).count > 1, "\(name)")
        }
    }
}
