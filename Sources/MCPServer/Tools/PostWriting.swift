import Application
import Crypto
import Domain
import Foundation

/// What a post made or changed by a tool is answered with.
struct WrittenPost: ToolOutput {
    let message: String
    let url: String
    /// Whether anything was stored; not for a dry run.
    let saved: Bool
    let post: PostCard?
    /// What keeps it from going out.
    let problems: [ProblemCard]
    let warnings: [String]
    /// What was changed, in words.
    let changes: [String]?
}

/// What becomes of a new post.
enum CreateAction: String, Codable, Sendable, CaseIterable {
    case draft, schedule
    case nextSlot = "next_slot"
    case publishNow = "publish_now"
}

struct CreatePostInput: ToolInput {
    let fields: PostFields
    let action: CreateAction?
    let idempotencyKey: String?
    let dryRun: Bool?
    let template: String?
    let values: [SettingValue]?
    let signature: String?

    private enum CodingKeys: String, CodingKey { case action, idempotencyKey, dryRun, template, values, signature }

    init(from decoder: any Decoder) throws {
        fields = try PostFields(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        action = try container.decodeIfPresent(CreateAction.self, forKey: .action)
        idempotencyKey = try container.decodeIfPresent(String.self, forKey: .idempotencyKey)
        dryRun = try container.decodeIfPresent(Bool.self, forKey: .dryRun)
        template = try container.decodeIfPresent(String.self, forKey: .template)
        values = try container.decodeIfPresent([SettingValue].self, forKey: .values)
        signature = try container.decodeIfPresent(String.self, forKey: .signature)
    }

    static let descriptions = PostFields.descriptions.merging([
        "action":
            "draft (the standard: kept, not sent), schedule (at scheduled_for), next_slot (at the next free posting time) or publish_now.",
        "idempotency_key": "Any text that names this post: repeating the call with it makes no second one.",
        "dry_run": "true: only check, as validate_post does; nothing is saved.",
        "template": "A template's name: its text, channels and tags where you give none. An unknown one is answered with all names.",
        "values": "What the template's {{places}} become.",
        "values.name": "A place.",
        "values.value": "Its words.",
        "signature": "A signature's name, or automatic: put below the text.",
    ]) { $1 }
    static let aliases = PostFields.aliases
    static let unlisted = PostFields.unlisted

    /// The key as it is remembered: any text is taken.
    var storedKey: String? {
        idempotencyKey.map { key in
            key.utf8.count <= 200 && key.utf8.allSatisfy { (33...126).contains($0) } ? key : "sha256:" + SHA256.hash(data: Data(key.utf8)).hexadecimal
        }
    }

    /// Throws `VALIDATION_FAILED` when action and time do not go together.
    func plan(_ draft: inout PostDraft) throws {
        (draft.template, draft.signature) = (template, signature)
        if let values { draft.values = Dictionary(values.map { ($0.name, $0.value ?? "") }) { $1 } }
        switch action ?? .draft {
        case .draft: draft.status = .draft
        case .schedule:
            guard draft.scheduledFor != nil else {
                throw ProblemReport.invalid(
                    "scheduled_for",
                    "action schedule needs scheduled_for, such as 2026-11-24T09:00. For the next free posting time use action "
                        + "next_slot.")
            }
        case .nextSlot, .publishNow:
            guard draft.scheduledFor == nil else {
                throw ProblemReport.invalid(
                    "scheduled_for", "action \(action?.rawValue ?? "") takes no scheduled_for. For a time of your own use action schedule.")
            }
            draft.schedule = action == .nextSlot ? .nextSlot : .now
        }
    }
}

enum PostWriting {
    static func create(_ input: CreatePostInput, _ call: Invocation) async throws -> WrittenPost {
        if input.dryRun == true { return try await PostChecking.dryRun(input, call) }
        let key = input.storedKey.map { "mcp:\($0)" }
        // The answer is remembered as the post's id and given as the post is by then.
        let (response, replayed) = try await call.services.idempotency.perform(
            key: input.storedKey, operation: operation, requestHash: try hash(call.arguments), as: call.caller
        ) {
            var unfetched: [String]?
            var draft = try await input.fields.draft(in: call, unfetched: &unfetched)
            try input.plan(&draft)
            let post = try await call.services.posts.create(draft, key: key, as: call.caller)
            return StoredResponse(status: 201, body: post.id.text)
        }
        guard let id = PostID(response.body) else { throw ProblemReport.notFound("post") }
        let post = try await call.services.posts.get(id, as: call.caller.reading)
        call.note(target: id)
        if !replayed { call.note(undo: .deletePosts([id])) }
        let message = (replayed ? "This call was made before with the same idempotency_key. " : "") + told(post, call)
        return try await answer(post, message: message, call)
    }

    private static let operation = "mcp create_post"

    /// What the key of the call would be refused for; says so when it has made its post already.
    static func checkKey(of input: CreatePostInput, _ call: Invocation) async throws {
        guard let key = input.storedKey else { return }
        if try await call.services.idempotency.wasUsed(key, operation: operation, requestHash: try hash(call.arguments), as: call.caller) {
            call.note(warning: "This call was made before with the same idempotency_key: without dry_run it is answered with the post it made.")
        }
    }

    /// Of everything but the key itself and whether it is tried only.
    private static func hash(_ arguments: [String: JSONValue]) throws -> String {
        var arguments = arguments
        arguments["idempotency_key"] = nil
        arguments["dry_run"] = nil
        return SHA256.hash(data: try JSON.data(arguments)).hexadecimal
    }

    /// The post with what still keeps it from going out.
    static func answer(
        _ post: PostView, message: String, changes: [String]? = nil, _ call: Invocation
    ) async throws -> WrittenPost {
        var cards: (problems: [ProblemCard], warnings: [ProblemCard]) = ([], [])
        if [.draft, .inReview, .scheduled].contains(post.status) {
            cards = try await call.cards(try await call.services.posts.validate(PostDraft(post), as: call.caller.reading))
        }
        return WrittenPost(
            message: message, url: call.pages.post(post.id), saved: true, post: PostCard(post, in: call), problems: cards.problems,
            warnings: cards.warnings.map(\.message), changes: changes)
    }

    /// Says what became of the post.
    static func told(_ post: PostView, _ call: Invocation) -> String {
        let names = PostCard.names(post)
        let time = post.scheduledFor.map { "\(call.local.text($0)) (\(call.zone))" }
        return switch post.status {
        case .draft:
            "Saved as a draft for \(names)\(time.map { " with the time \($0)" } ?? ""). It does not go out until it is scheduled or published."
        case .inReview:
            "It went to review: a person has to approve it in the web interface before it goes out on \(names)"
                + "\(time.map { " at \($0)" } ?? "")."
        case .scheduled: "Scheduled for \(time ?? "its time") on \(names)."
        case .publishing: "It is being published on \(names) now. get_post tells in a few seconds how that went."
        case .published: "It is published on \(names)."
        case .partiallyPublished: "It is published on some of its channels; get_post tells what happened on the others."
        case .failed: "It failed on \(names): \(post.errorMessage ?? "get_post tells why.")"
        case .cancelled: "It is cancelled and does not go out."
        }
    }
}
