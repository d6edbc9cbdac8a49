import Domain
import Foundation
import NIOConcurrencyHelpers
import Testing

@testable import Platforms

/// Holds calls against what a platform has published of its API for machines.
protocol ContractJudge: Sendable {
    /// What the contract has against the call, in words; empty: nothing. Throws when the call cannot be read at all.
    func faults(of call: HTTPCall) throws -> [String]
}

/// The contracts. They are not part of the project: where they are not there, nothing is judged, which is said once.
enum Contracts {
    private static let folder =
        ProcessInfo.processInfo.environment["PLATFORM_SPECS"].map { URL(filePath: $0) }
        ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../../../shared/specs").standardizedFileURL

    /// Each is read once; the lock keeps the second from reading while the first does.
    private static let judges = NIOLockedValueBox<[PlatformID: any ContractJudge]>([:])

    private static let isThere: Bool = {
        let isThere = FileManager.default.fileExists(atPath: folder.path())
        if !isThere { print("Skipped: the platforms' contracts are not at \(folder.path()).") }
        return isThere
    }()

    /// Nil where the platform has published none, or the contracts are not there.
    static func judge(of platform: PlatformID) throws -> (any ContractJudge)? {
        guard isThere else { return nil }
        return try judges.withLockedValue { judges in
            if let judge = judges[platform] { return judge }
            let judge = try read(platform)
            judges[platform] = judge
            return judge
        }
    }

    static func document(_ name: String) throws -> JSONValue {
        try JSON.decode(JSONValue.self, from: Data(contentsOf: folder.appending(path: "\(name).json")))
    }

    private static func read(_ platform: PlatformID) throws -> (any ContractJudge)? {
        func judge(_ contract: OperationContract) -> any ContractJudge { OperationJudge(contract, gaps: ContractGap.all[platform] ?? []) }
        switch platform.rawValue {
        case "bluesky": return LexiconJudge(documents: try document("bluesky").object ?? [:])
        case "discord", "pinterest", "x": return judge(try .openAPI(document(platform.rawValue)))
        case "discord-webhook": return judge(try .openAPI(document("discord")))
        // Made from the documentation, which tells the parameters and not how they are encoded: the server takes every way.
        case "mastodon": return judge(try .openAPI(document("mastodon"), anyEncoding: true))
        case "slack": return judge(try .swagger(document("slack")))
        case "youtube": return judge(try .discovery(["google.youtube.v3", "google.youtubeAnalytics.v2", "google.oauth2.v2"].map(document)))
        case "facebook":
            let objects = ["Page", "PagePost", "Photo", "AdVideo", "Comment", "User", "Album", "Profile"]
            return judge(try .graph(document("meta"), objects: objects))
        case "instagram", "instagram-standalone":
            return judge(try .graph(document("meta"), objects: ["IGUser", "IGMedia", "IGComment", "User", "Page"]))
        case "threads": return judge(try .collection(document("threads")))
        default: return nil
        }
    }
}

/// Sends calls on and writes down what the judge has against them.
final class JudgedSender: HTTPSender {
    private let judge: any ContractJudge
    private let sender: any HTTPSender
    private let state = NIOLockedValueBox<(calls: Int, faults: [String])>((0, []))

    init(_ judge: any ContractJudge, _ sender: any HTTPSender) { (self.judge, self.sender) = (judge, sender) }

    var faults: [String] { state.withLockedValue { $0.faults } }
    var calls: Int { state.withLockedValue { $0.calls } }

    func send(_ call: HTTPCall) async throws -> HTTPAnswer {
        let found: [String]
        do { found = try judge.faults(of: call) } catch { found = ["\(call.url): \(error)"] }
        state.withLockedValue { ($0.calls, $0.faults) = ($0.calls + 1, $0.faults + found) }
        return try await sender.send(call)
    }
}

/// Runs `body` with something that stands between an adapter and the outside, and fails the test for everything that the platform's
/// contract does not know. Without a platform nothing is judged.
func judging<Result>(
    _ platform: PlatformID?, _ body: (@escaping (any HTTPSender) -> any HTTPSender) async throws -> Result
) async throws -> Result {
    guard let platform, let judge = try Contracts.judge(of: platform) else { return try await body { $0 } }
    let senders = NIOLockedValueBox<[JudgedSender]>([])
    defer {
        for fault in Set(senders.withLockedValue { $0.flatMap(\.faults) }).sorted() {
            Issue.record("Not in the contract of \(platform.rawValue): \(fault)")
        }
    }
    return try await body { sender in
        let judged = JudgedSender(judge, sender)
        senders.withLockedValue { $0.append(judged) }
        return judged
    }
}
