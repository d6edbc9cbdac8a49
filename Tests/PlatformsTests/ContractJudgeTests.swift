import Domain
import Foundation
import Testing

@testable import Platforms

/// The judges themselves: each kind of contract lets the right call through and has something against each kind of wrong one.
@Suite(.timeLimit(.minutes(10)))
struct ContractJudgeTests {
    /// A call and what must be said of it; nil: nothing.
    struct Sample: Sendable, CustomTestStringConvertible {
        let platform: PlatformID
        let call: HTTPCall
        let words: String?
        var testDescription: String { "\(platform.rawValue) \(call.method) \(call.url): \(words ?? "nothing")" }

        init(_ platform: PlatformID, _ method: String, _ path: String, _ body: HTTPBody? = nil, _ words: String?) {
            self.platform = platform
            call = HTTPCall(method, "http://127.0.0.1:4000/\(platform.rawValue)\(path)", body: body)
            self.words = words
        }

        init(_ platform: PlatformID, _ method: String, _ path: String, _ words: String?) { self.init(platform, method, path, nil, words) }
    }

    private static func json(_ text: String) -> HTTPBody { .bytes(Data(text.utf8), contentType: "application/json") }

    private static let openAPI: [Sample] = [
        Sample("x", "POST", "/2/tweets", json(#"{"text": "a", "media": {"media_ids": ["12"]}}"#), nil),
        Sample("x", "POST", "/2/tweets", json(#"{"text": "a", "colour": "red"}"#), "colour is unknown"),
        Sample("x", "POST", "/2/tweets", json(#"{"text": 1}"#), "text is integer instead of string"),
        Sample("x", "POST", "/2/tweets", json(#"{"text": "a", "reply_settings": "nobody"}"#), "reply_settings is none of the values"),
        Sample("x", "POST", "/2/tweets", json(#"{"text": "a", "poll": {"options": ["b", "c"]}}"#), "poll.duration_minutes is missing"),
        Sample("x", "POST", "/2/tweets", json(#"{"text": "a", "quote_tweet_id": "first"}"#), "quote_tweet_id is not like"),
        Sample("x", "POST", "/2/tweets", nil, "the body is missing"),
        Sample("x", "POST", "/2/tweets", .form([("text", "a")]), "the body is application/x-www-form-urlencoded"),
        Sample("x", "PUT", "/2/tweets", json(#"{"text": "a"}"#), "PUT instead of"),
        Sample("x", "GET", "/2/tweets?ids=1,2&post.fields=text,public_metrics", nil),
        Sample("x", "GET", "/2/tweets?ids=1&post.fields=colour", nil, "post.fields is"),
        Sample("x", "GET", "/2/tweets?ids=1&sort=up", nil, "sort is unknown"),
        Sample("x", "GET", "/2/tweets", nil, "ids is missing"),
        Sample("x", "DELETE", "/2/tweets/12", json("{}"), "the body is one that nobody reads"),
        Sample("x", "DELETE", "/2/tweets/first", nil, "{id} is not like"),
        Sample("x", "GET", "/2/weather", nil, "unknown: GET"),
        Sample("x", "POST", "/oauth/request_token", nil),
        Sample("x", "POST", "/oauth/request_token?colour=red", nil, "colour is unknown"),
        Sample(
            "x", "POST", "/2/media/upload/12/append",
            .multipart(fields: [("segment_index", "0")], file: "media", fileName: "a.mp4", media: .picture()), nil),
        Sample(
            "x", "POST", "/2/media/upload/12/append",
            .multipart(fields: [("segment_index", "first")], file: "media", fileName: "a.mp4", media: .picture()), "segment_index is string"),
        Sample(
            "x", "POST", "/2/media/upload/12/append",
            .multipart(fields: [("media", "a")], file: "segment_index", fileName: "a.mp4", media: .picture()), "segment_index is a file"),
        Sample("mastodon", "POST", "/api/v1/statuses", json(#"{"status": "a", "visibility": "unlisted"}"#), nil),
        Sample("mastodon", "POST", "/api/v1/statuses", .form([("status", "a"), ("visibility", "unlisted")]), nil),
        Sample("mastodon", "POST", "/api/v1/statuses", .form([("media_ids[]", "1"), ("media_ids[]", "2")]), nil),
        Sample("mastodon", "POST", "/api/v1/statuses", .form([("status", "a"), ("visibility", "hidden")]), "visibility is none of the values"),
        Sample("discord", "POST", "/api/v10/channels/12/messages", json(#"{"content": "a", "nonce": "1", "enforce_nonce": true}"#), nil),
        Sample("discord", "POST", "/api/v10/channels/12/messages", json(#"{"content": "a", "nonce": true}"#), "nonce is boolean"),
        Sample(
            "discord", "POST", "/api/v10/channels/12/messages", json(#"{"content": "a", "embeds": [{"colour": 1}]}"#), "embeds[].colour is unknown"),
        Sample(
            "discord", "POST", "/api/v10/channels/12/messages",
            .multipart(
                fields: [("payload_json", #"{"content": "a", "attachments": [{"id": "0", "description": "b"}]}"#)], file: "files[0]",
                fileName: "a.png", media: .picture()), nil),
        Sample(
            "discord", "POST", "/api/v10/channels/12/messages",
            .multipart(fields: [("payload_json", #"{"text": "a"}"#)], file: "files[0]", fileName: "a.png", media: .picture()),
            "text is unknown"),
        Sample(
            "pinterest", "POST", "/v5/pins",
            json(#"{"board_id": "1", "media_source": {"source_type": "image_url", "url": "https://example.com/a.jpg"}}"#), nil),
        Sample(
            "pinterest", "POST", "/v5/pins", json(#"{"board_id": "1", "media_source": {"source_type": "image_url"}}"#),
            "media_source.url is missing"),
        Sample("pinterest", "POST", "/v5/pins", json(#"{"board_id": "1", "title": "\#(String(repeating: "a", count: 101))"}"#), "title has 101"),
    ]

    private static let others: [Sample] = [
        Sample("slack", "POST", "/api/chat.postMessage", .form([("channel", "C1"), ("text", "a"), ("unfurl_links", "true")]), nil),
        Sample("slack", "POST", "/api/chat.postMessage", json(#"{"channel": "C1", "blocks": [{"type": "divider"}]}"#), nil),
        Sample("slack", "POST", "/api/chat.postMessage", .form([("text", "a")]), "channel is missing"),
        Sample("slack", "POST", "/api/chat.postMessage", json(#"{"channel": 1, "text": "a"}"#), "channel is integer instead of string"),
        Sample("slack", "POST", "/api/chat.postMessage", .form([("channel", "C1"), ("colour", "red")]), "colour is unknown"),
        Sample("slack", "GET", "/api/chat.postMessage?channel=C1", nil, "GET instead of"),
        Sample("youtube", "GET", "/youtube/v3/videos?part=snippet,statistics&id=a,b", nil),
        Sample("youtube", "GET", "/youtube/v3/videos?id=a", nil, "part is missing"),
        Sample("youtube", "GET", "/youtube/v3/videos?part=snippet&maxResults=many", nil, "maxResults is string instead of integer"),
        Sample("youtube", "GET", "/youtube/v3/videos?part=snippet&colour=red", nil, "colour is unknown"),
        Sample("youtube", "PATCH", "/youtube/v3/videos?part=snippet", nil, "PATCH instead of"),
        Sample(
            "youtube", "POST", "/upload/youtube/v3/videos?part=snippet,status&uploadType=resumable",
            json(#"{"snippet": {"title": "a"}, "status": {"privacyStatus": "private"}}"#), nil),
        Sample(
            "youtube", "POST", "/upload/youtube/v3/videos?part=status&uploadType=resumable", json(#"{"status": {"privacyStatus": "hidden"}}"#),
            "status.privacyStatus is none of the values"),
        Sample(
            "youtube", "POST", "/upload/youtube/v3/videos?part=snippet&uploadType=resumable", json(#"{"snippet": {"name": "a"}}"#),
            "snippet.name is unknown"),
        Sample("youtube", "PUT", "/upload/youtube/v3/videos?uploadType=resumable&upload_id=1", .media(.film()), nil),
        Sample("youtube", "POST", "/upload/youtube/v3/thumbnails/set?uploadType=media&videoId=a", .media(.picture()), nil),
        Sample("youtube", "GET", "/v2/reports?ids=channel%3D%3DMINE&metrics=views&startDate=2026-01-01&endDate=2026-01-31", nil),
        Sample(
            "facebook", "POST", "/v24.0/1/feed",
            .form([("message", "a"), ("attached_media[0]", #"{"media_fbid": "1"}"#), ("access_token", "t")]), nil),
        Sample("facebook", "POST", "/v24.0/1/feed", json(#"{"message": "a", "published": false}"#), nil),
        Sample("facebook", "POST", "/v24.0/1/feed", .form([("message", "a"), ("colour", "red")]), "colour is unknown"),
        Sample("facebook", "POST", "/v24.0/1/feed", .form([("published", "perhaps")]), "published is string instead of boolean"),
        Sample("facebook", "POST", "/v24.0/1/video_reels", .form([("video_id", "1")]), "upload_phase is missing"),
        Sample("facebook", "DELETE", "/v24.0/1/feed", nil, "DELETE instead of"),
        Sample("facebook", "POST", "/1/feed", .form([("message", "a")]), "unknown: POST"),
        Sample("facebook", "GET", "/v24.0/me/accounts?fields=id,name,access_token,picture.type(large)&limit=100", nil),
        Sample("facebook", "GET", "/v24.0/me/accounts?fields=id,colour", nil, "fields.colour is unknown of Page"),
        Sample("facebook", "GET", "/v24.0/1/feed?fields=id,comments.limit(5){message,colour}", nil, "fields.colour is unknown of Comment"),
        Sample("instagram", "POST", "/v24.0/1/media_publish", .form([("creation_id", "17900000000000001")]), nil),
        Sample("instagram", "POST", "/v24.0/1/media_publish", .form([("access_token", "t")]), "creation_id is missing"),
        Sample("instagram-standalone", "GET", "/refresh_access_token?grant_type=ig_refresh_token&access_token=t", nil),
        Sample("threads", "POST", "/v1.0/1/threads", .form([("media_type", "TEXT"), ("text", "a"), ("access_token", "t")]), nil),
        Sample("threads", "POST", "/v1.0/1/threads", .form([("media_type", "TEXT"), ("colour", "red")]), "colour is unknown"),
        Sample("threads", "GET", "/v1.0/1/threads_publish", nil, "GET instead of"),
        Sample("threads", "GET", "/refresh_access_token?grant_type=th_refresh_token&access_token=t", nil),
    ]

    @Test(arguments: openAPI + others)
    func judged(sample: Sample) throws {
        guard let judge = try Contracts.judge(of: sample.platform) else { return }
        let faults = try judge.faults(of: sample.call)
        guard let words = sample.words else {
            #expect(faults == [])
            return
        }
        #expect(faults.contains { $0.contains(words) }, "\(faults)")
        #expect(faults.count == 1)
    }

    @Test func whatTheJudgeHasAgainstACallFailsTheTest() async throws {
        guard try Contracts.judge(of: "x") != nil else { return }
        struct Deaf: HTTPSender {
            func send(_ call: HTTPCall) async throws -> HTTPAnswer { HTTPAnswer(status: 200, headers: [:], body: Data()) }
        }
        await withKnownIssue {
            try await judging("x") { watching in
                _ = try await watching(Deaf()).send(HTTPCall("GET", "https://api.x.com/2/tweets?ids=1&colour=red"))
            }
        }
    }
}
