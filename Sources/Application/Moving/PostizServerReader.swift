import Domain
import Foundation
import Platforms

/// Reads a Postiz that runs, by its public API: its channels, and its posts one span of time after the other.
///
/// The address is the operator's own word, so it may lead into their network; it is sent the key and nothing else, and never followed elsewhere.
struct PostizServerReader {
    /// How far posts are read, unless somebody says since when.
    private static let (past, future) = (Duration.days(5 * 365), Duration.days(5 * 365))
    /// There are no pages: what was asked for comes in one answer. Older servers answer few calls an hour, so spans are as long as can be.
    private static let (longestSpan, shortestSpan) = (Duration.days(365), Duration.days(1))
    private static let longestAnswer = 64 * 1_048_576
    private static let patience = Duration.minutes(5)
    /// Longer pauses are told, and the import is run again.
    private static let longestPause = Duration.hours(2)
    private static let mostPauses = 10

    let server: PostizServer
    let http: any HTTPSender
    let time: any TimeSource
    let progress: @Sendable (String) -> Void

    /// Reads all of it; its posts will lie in `folder`. Throws `VALIDATION_FAILED` where no Postiz answers, or it does not know the key, and
    /// `PLATFORM_UNAVAILABLE` where it stops answering.
    func read(in folder: String) async throws -> PostizContents {
        let (base, channels) = try await findBase()
        let rows = PostizAnswers(organization: server.name)
        var contents = try PostizContents(in: folder)
        do {
            contents = try await DiskFile.onThread { [contents] in try rows.taking(channels: channels, into: contents) }
            contents = try await readPosts(at: base, rows, into: contents)
        } catch {
            contents.close()
            throw error
        }
        return contents
    }

    /// Where the API is: some give the address of the pages, some that of the API.
    private func findBase() async throws -> (base: String, channels: [JSONValue]) {
        var found: [String] = []
        for base in server.bases {
            let answer = try await ask("\(base)\(PostizServer.path)/integrations")
            switch answer.status {
            case 200:
                if let channels = answer.document?.array { return (base, channels) }
                found.append("\(base) answers, but not as the API does")
            case 401, 403:
                throw ProblemReport.invalid("key", "\(server.name) does not know this key (\(answer.status)). Copy it anew from Settings there.")
            case 300..<400:
                let target = answer.headers["location"].map { " to \($0.shortened(to: 200))" } ?? ""
                found.append("\(base) sends on\(target)")
            case 500...: throw unavailable("HTTP \(answer.status)")
            default: found.append("\(base) answers \(answer.status)")
            }
        }
        throw ProblemReport.invalid("from", "No public API of Postiz was found: \(found.joined(separator: "; ")).")
    }

    private func readPosts(at base: String, _ rows: PostizAnswers, into contents: PostizContents) async throws -> PostizContents {
        let (first, last) = (server.since ?? time.now - Self.past, time.now + Self.future)
        var (contents, start, span) = (contents, first, Self.longestSpan)
        while start <= last {
            let end = min(start + span, last)
            do {
                let posts = try await posts(at: base, from: start, to: end)
                contents = try await DiskFile.onThread { [contents] in try rows.taking(posts: posts, into: contents) }
                progress("Posts until \(WallTime(end, offset: 0).dayText): \(contents.posts.count)")
                start = end + .milliseconds(1)
            } catch is TooMuch where span > Self.shortestSpan {
                span = max(span / 4, Self.shortestSpan)
            } catch let failure as TooMuch {
                throw unavailable(failure.reason)
            }
        }
        contents.untold = PostizAnswers.untold + ["posts before \(WallTime(first, offset: 0).dayText) and after \(WallTime(last, offset: 0).dayText)"]
        return contents
    }

    /// A span that the server did not answer: it may have held too much.
    private struct TooMuch: Error {
        let reason: String
    }

    private func posts(at base: String, from start: Timestamp, to end: Timestamp) async throws -> [JSONValue] {
        let answer: HTTPAnswer
        do {
            answer = try await ask("\(base)\(PostizServer.path)/posts?startDate=\(start)&endDate=\(end)")
        } catch let report as ProblemReport where report.code == .platformUnavailable {
            throw TooMuch(reason: report.message)
        }
        switch answer.status {
        case 200:
            guard let posts = answer.document?["posts"]?.array else {
                throw ProblemReport.invalid("from", "\(server.name) lists its posts in a way that is not known here.")
            }
            return posts
        case 413, 500...: throw TooMuch(reason: "\(server.name) answers \(answer.status).")
        default: throw unavailable("HTTP \(answer.status)")
        }
    }

    // MARK: Asking

    /// Waits as long as the server asks for.
    private func ask(_ address: String) async throws -> HTTPAnswer {
        for _ in 0..<Self.mostPauses {
            let answer = try await send(address)
            guard answer.status == 429 else { return answer }
            let pause = answer.retryAfter(now: time.now) ?? .minutes(1)
            let minutes = (pause.milliseconds + 59_999) / 60_000
            guard pause <= Self.longestPause else {
                throw ProblemReport(
                    .rateLimited, "\(server.name) asks for a pause of \(minutes) minutes. Import again then: nothing was brought yet.",
                    retryAfter: pause)
            }
            progress("\(server.name) answers only so often: going on in \(minutes) min")
            try await time.sleep(until: time.now + pause)
        }
        throw ProblemReport(.rateLimited, "\(server.name) asks for one pause after the other. Import again later: nothing was brought yet.")
    }

    private func send(_ address: String) async throws -> HTTPAnswer {
        let headers = [("Authorization", server.key), ("Accept", "application/json")].map { (name: $0.0, value: $0.1) }
        do {
            return try await http.send(
                HTTPCall("GET", address, headers: headers, secrets: [server.key], deadline: Self.patience, maximumAnswer: Self.longestAnswer))
        } catch let failure as TransportFailure {
            throw unavailable(failure.reason)
        }
    }

    private func unavailable(_ reason: String) -> ProblemReport {
        ProblemReport(.platformUnavailable, "\(server.name) did not answer: \(reason). Nothing was brought.")
    }
}
