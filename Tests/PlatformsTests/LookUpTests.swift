import Domain
import Foundation
import Testing

@testable import Platforms

/// Looking for a post of unknown fate among many others: page after page, back to before the first try.
struct LookUpTests {
    private let milliseconds = Timestamp.now.milliseconds

    private struct Resumed {
        let result: Result<PublishOutcome, any Error>
        let reads: Int
        let creates: Int
    }

    /// Publishes "Hello", which may have gone out ten minutes ago, on a platform that answers reads with `page` of the given number.
    private func resume(
        _ id: PlatformID, _ page: @escaping @Sendable (Int) -> String
    ) async throws -> Resumed {
        let server = try await RecordingServer { request in
            if request.method == "POST" {
                return .answer(status: 201, headers: ["x-restli-id": "urn:li:share:77"], body: #"{"data":{"id":"77"}}"#)
            }
            let place = request.path.firstMatch(of: /(?:pagination_token=p|start=)(\d+)/).flatMap { Int($0.output.1) } ?? 0
            return .json(page(id == "x" ? place : place / 100))
        }
        let values = [
            "X_API_KEY": "key", "X_API_SECRET": "app-secret", "X_API_BASE_URL": server.baseURL, "LINKEDIN_CLIENT_ID": "id",
            "LINKEDIN_CLIENT_SECRET": "app-secret", "LINKEDIN_API_BASE_URL": server.baseURL,
        ]
        let journal = MemoryJournal()
        journal.lose("part-0", triedAgo: .minutes(10))
        let request = PublishRequest(.invented(id), [OutgoingPart(text: "Hello")])
        let result: Result<PublishOutcome, any Error> = try await withRegistry(values, time: SleeplessTime()) { registry in
            let platform = try #require(registry[id])
            do { return .success(try await platform.publish(request, journal: journal)) } catch { return .failure(error) }
        }
        try await server.stop()
        let methods = server.requests.map(\.method)
        return Resumed(result: result, reads: methods.count { $0 == "GET" }, creates: methods.count { $0 == "POST" })
    }

    /// A hundred of X's posts, `text` the last of them; `more` names the next page.
    private static func xPage(_ number: Int, more: Bool, last text: String = "Other") -> String {
        let posts: [JSONValue] = (1...100).map { ["id": .string(String(number * 100 + $0)), "text": .string($0 == 100 ? text : "Other")] }
        let next: JSONValue = more ? ["next_token": .string("p\(number + 1)")] : [:]
        let page: JSONValue = ["data": .array(posts), "meta": next]
        return (try? JSON.text(page)) ?? ""
    }

    @Test("X's next pages are read until the post is found")
    func found() async throws {
        let resumed = try await resume("x") { (number: Int) -> String in
            let last = number == 2 ? "Hello" : "Other"
            return Self.xPage(number, more: true, last: last)
        }
        let outcome: PublishOutcome = try resumed.result.get()
        guard case .published(let id, _, _) = outcome else {
            Issue.record("not published")
            return
        }
        #expect(id == "300")
        #expect(resumed.reads == 3)
        #expect(resumed.creates == 0)
    }

    @Test("X's last page without the post means that it may be sent")
    func absent() async throws {
        let resumed = try await resume("x") { (number: Int) -> String in Self.xPage(number, more: number < 2) }
        _ = try resumed.result.get()
        #expect(resumed.reads == 3)
        #expect(resumed.creates == 1)
    }

    private static func pagePosts(minutesAgo: Int64, now: Int64) -> String {
        let made = JSONValue.number(Double(now - minutesAgo * 60_000))
        let posts: [JSONValue] = (1...100).map {
            ["id": .string("urn:li:share:\($0)"), "commentary": "Other", "createdAt": made, "lastModifiedAt": made]
        }
        let page: JSONValue = ["elements": .array(posts)]
        return (try? JSON.text(page)) ?? ""
    }

    @Test("A LinkedIn page with a long history is read back to before the first try and no further")
    func longHistory() async throws {
        let now = milliseconds
        let resumed = try await resume("linkedin-page") { (number: Int) -> String in
            let ages: [Int64] = [1, 5]
            return Self.pagePosts(minutesAgo: number < ages.count ? ages[number] : 60, now: now)
        }
        _ = try resumed.result.get()
        #expect(resumed.reads == 3)
        #expect(resumed.creates == 1)
    }

    @Test("More than one look can read is looked at again later instead of asking a person", arguments: ["x", "linkedin-page"] as [PlatformID])
    func bound(id: PlatformID) async throws {
        let now = milliseconds
        let resumed = try await resume(id) { (number: Int) -> String in
            id == "x" ? Self.xPage(number, more: true) : Self.pagePosts(minutesAgo: 1, now: now)
        }
        let error = #expect(throws: PlatformError.self) { try resumed.result.get() }
        #expect(error?.kind == .unknownOutcome)
        #expect(error?.decidable == true)
        #expect(error?.retryAfter == .minutes(10))
        #expect(resumed.reads == lookUpPages)
        #expect(resumed.creates == 0)
    }
}
