import Crypto
import Domain
import Foundation
import NIOPosix
import Platforms

/// What a feed's server answered.
enum FeedAnswer: Sendable {
    /// Nothing is new since the validators were given.
    case unchanged
    case document(FeedDocument, validators: FeedValidators, url: String)
    /// It cannot be read: `isGone` for good, or not before `wait` is over.
    case refused(String, wait: Duration?, isGone: Bool)
}

/// By what a server tells whether a feed is still the same.
struct FeedValidators: Sendable, Equatable {
    var etag: String?
    var lastModified: String?
    /// Of the body, for servers that do not tell.
    var digest: String?
}

/// Fetches feeds, through the guarded client.
struct FeedFetching: Sendable {
    static let largest = 5 * 1024 * 1024
    private static let patience = Duration.seconds(30)
    private static let accepted = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"

    let guarded: GuardedHTTP
    let time: any TimeSource

    /// Throws only `CancellationError`: whatever else goes wrong is an answer.
    func fetch(_ url: String, since known: FeedValidators = FeedValidators()) async throws -> FeedAnswer {
        var headers = [(name: "Accept", value: Self.accepted)]
        if let etag = known.etag { headers.append(("If-None-Match", etag)) }
        if let date = known.lastModified { headers.append(("If-Modified-Since", date)) }
        do {
            return try await guarded.download(url, headers: headers, within: Self.patience) { try await answer($0, since: known) }
        } catch let failure as TransportFailure {
            return .refused("\(failure.reason).", wait: nil, isGone: false)
        } catch let report as ProblemReport {
            return .refused(report.message, wait: nil, isGone: false)
        } catch let fault as FeedFault {
            return .refused("The feed cannot be read: \(fault.reason).", wait: nil, isGone: false)
        }
    }

    private func answer(_ download: Download, since known: FeedValidators) async throws -> FeedAnswer {
        switch download.status {
        case 304: return .unchanged
        case 200: break
        case 410: return .refused("The address answered that it is gone (410).", wait: nil, isGone: true)
        default:
            let wait = HTTPAnswer(status: download.status, headers: download.headers, body: Data()).retryAfter(now: time.now)
            return .refused("The address answered with status \(download.status).", wait: wait, isGone: false)
        }
        var body = Data()
        for try await piece in download.body {
            body.append(contentsOf: piece.readableBytesView)
            guard body.count <= Self.largest else { throw FeedFault("it is longer than \(Self.largest / 1024 / 1024) MB") }
        }
        let digest = SHA256.hash(data: body).hexadecimal
        if digest == known.digest { return .unchanged }
        let charset = download.headers["content-type"].flatMap(Self.charset)
        let (data, url) = (body, download.url)
        // Five megabytes take a second or two: on a thread where that keeps nobody waiting.
        let document = try await NIOThreadPool.singleton.runIfActive { try FeedReading.document(data, charset: charset, from: url) }
        let validators = FeedValidators(
            etag: Self.header(download.headers["etag"]), lastModified: Self.header(download.headers["last-modified"]), digest: digest)
        return .document(document, validators: validators, url: url)
    }

    private static func charset(_ contentType: String) -> String? {
        contentType.firstMatch(of: /(?i)charset\s*=\s*"?([A-Za-z0-9_.:\-]{1,40})/).map { String($0.1) }
    }

    /// What is sent back must fit into a header again.
    private static func header(_ value: String?) -> String? {
        value.flatMap { $0.utf8.count <= 500 && $0.utf8.allSatisfy { (0x20..<0x7F).contains($0) } ? $0 : nil }
    }
}
