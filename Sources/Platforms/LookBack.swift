import Domain
import Foundation

/// How many pages of an account's posts one look-up reads.
let lookUpPages = 20

/// What a page of an account's posts tells about the part that is looked for.
struct LookBackPage<Mark: Sendable>: Sendable {
    var part: PublishedPart?
    /// Where the page behind it begins; nil where nothing that could be the part can follow.
    var next: Mark?
}

extension PlatformContext {
    /// Looks for a part page after page. `read` gets nil for the first page, and gives nil where it may not read: then only a person can tell.
    func lookBack<Mark: Sendable>(
        _ intent: CommitIntent, _ read: (_ from: Mark?) async throws -> LookBackPage<Mark>?
    ) async throws -> Finding<PublishedPart> {
        guard let (part, complete) = try await searchPages(read) else { return .undecidable }
        return finding(part, complete: complete, intent)
    }

    /// Reads page after page until the part is found or nothing can follow (`complete`), or there are too many; nil where reading is not allowed.
    func searchPages<Mark: Sendable>(
        _ read: (_ from: Mark?) async throws -> LookBackPage<Mark>?
    ) async throws -> (part: PublishedPart?, complete: Bool)? {
        var mark: Mark?
        for _ in 0..<lookUpPages {
            guard let page = try await read(mark) else { return nil }
            guard page.part == nil, let next = page.next else { return (page.part, true) }
            mark = next
        }
        return (nil, false)
    }

    /// What a search among the account's posts means. `complete`: the search reached back to before the first try.
    func finding(_ part: PublishedPart?, complete: Bool, _ intent: CommitIntent) -> Finding<PublishedPart> {
        if let part { return .found(part) }
        // There is more than one look reads; the next may be luckier, and the publisher ends it.
        guard complete else { return .lookAgain(after: .minutes(10)) }
        // What was just published may take some seconds to appear.
        let settled = intent.lastTriedAt + configuration.settleTime
        return intent.now < settled ? .lookAgain(after: settled - intent.now) : .safeToSend
    }
}

extension Finding {
    /// What is there for certain.
    var adopted: Result? { if case .found(let result) = self { result } else { nil } }
}

extension CommitIntent {
    /// What is older cannot come from this commit. The platform's clock may differ a little from ours.
    var earliest: Timestamp { firstTriedAt - .minutes(1) }
    /// What is younger cannot either: no request is on its way for so long.
    var latest: Timestamp { lastTriedAt + .minutes(30) }
}

extension PlatformAPI {
    /// Runs `create`. Where the platform refuses with the rule `code` because it has the same already, and an earlier try may have been heard,
    /// what `earlier` finds is adopted. Where it finds nothing, nobody can tell whose it is: `unknown` says so.
    func createOnce<Result>(
        _ intent: CommitIntent, refusal code: String, unknown what: String, _ create: () async throws -> Result,
        earlier: (PlatformError) async throws -> Result?
    ) async throws -> Result {
        do {
            return try await create()
        } catch let error as PlatformError where error.code == "\(prefix)_\(code)" && intent.mayHaveHappened {
            if let result = try await earlier(error) { return result }
            throw unknown(what, answer: error.platformAnswer, decidable: false)
        }
    }
}

extension String {
    /// For comparing what was sent with what is shown: without what every platform may change, the form of characters and white space.
    var comparable: String { precomposedStringWithCanonicalMapping.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
