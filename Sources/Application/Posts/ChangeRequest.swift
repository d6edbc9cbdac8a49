import Crypto
import Domain
import Foundation
import Persistence

/// A change of a post under a key that its sender chose, so that its repetition is known.
struct ChangeRequest: Sendable {
    /// The key, and behind a blank, which no key has, what tells its request from another.
    let mark: String
    private let keyAndBlank: String

    /// Throws `VALIDATION_FAILED` for a key that cannot be one.
    init(key: String, _ draft: PostDraft) throws {
        try IdempotencyStore.requireUsable(key)
        keyAndBlank = key + " "
        mark = keyAndBlank + Data(SHA256.hash(data: try JSON.data(draft))).base64EncodedString()
    }

    /// Whether `stored`, the mark of the last change, is this request's. Throws `IDEMPOTENCY_MISMATCH` when it is another one's with its key.
    func isMade(by stored: String?) throws -> Bool {
        guard let stored, stored.hasPrefix(keyAndBlank) else { return false }
        guard stored == mark else { throw IdempotencyStore.otherRequest }
        return true
    }
}

extension Posts {
    /// Whether `request` was the last change of the post. Looked at before its draft is, which what happened since may have made invalid.
    func wasMade(_ request: ChangeRequest?, of id: PostID, as caller: Caller) async throws -> Bool {
        guard let request else { return false }
        let organization = caller.organizationId
        return try await database.read { try Self.wasMade(request, of: id, in: organization, in: $0) }
    }

    static func wasMade(
        _ request: ChangeRequest?, of id: PostID, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> Bool {
        guard let request else { return false }
        return try request.isMade(by: try PostRepository.changeKey(of: id, in: organization, in: transaction))
    }
}
