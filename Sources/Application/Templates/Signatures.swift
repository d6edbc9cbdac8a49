import Domain
import Foundation
import Persistence

public struct NewSignature: Codable, Sendable, Equatable {
    public var name: String
    public var text: String
    /// Whether new posts begin with it in the composer; then no other does.
    public var automatic: Bool?

    public init(name: String, text: String, automatic: Bool? = nil) {
        self.name = name
        self.text = text
        self.automatic = automatic
    }
}

/// What is to change about a signature; what is absent stays.
public struct SignatureChange: Codable, Sendable, Equatable {
    public var name: String?
    public var text: String?
    public var automatic: Bool?

    public init(name: String? = nil, text: String? = nil, automatic: Bool? = nil) {
        self.name = name
        self.text = text
        self.automatic = automatic
    }
}

/// What ends posts. They concern what everybody writes, so whoever needs an approval does not change them.
public struct Signatures: Sendable {
    /// In code points.
    public static let longest = 2000
    static let most = 100

    let database: any Database
    let audit: AuditLog
    let time: any TimeSource

    /// By name.
    public func list(as caller: Caller) async throws -> [Signature] {
        try caller.require(.postsRead)
        return try await database.read { try SignatureRepository.list(of: caller.organizationId, in: $0) }
    }

    /// What new posts begin with in the composer.
    public func automatic(as caller: Caller) async throws -> Signature? {
        try caller.require(.postsRead)
        return try await database.read { try SignatureRepository.automatic(of: caller.organizationId, in: $0) }
    }

    /// Throws `VALIDATION_FAILED`, and `CONFLICT` where the name is taken or there are too many.
    public func create(_ new: NewSignature, as caller: Caller) async throws -> Signature {
        try require(caller)
        let now = time.now
        let signature = Signature(
            id: SignatureID(at: now), name: try AccountRules.name(new.name, field: "name"), text: try Self.text(new.text),
            automatic: new.automatic ?? false, createdAt: now)
        try await database.writeUnlessNameIsTaken { transaction in
            guard try SignatureRepository.list(of: caller.organizationId, in: transaction).count < Self.most else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.most) signatures. Remove one that is not needed.")
            }
            if signature.automatic { try SignatureRepository.clearAutomatic(of: caller.organizationId, in: transaction) }
            try SignatureRepository.insert(signature, of: caller.organizationId, by: caller.userId, in: transaction)
            try note("created", signature, as: caller, in: transaction)
        }
        return signature
    }

    public func update(_ id: SignatureID, _ change: SignatureChange, as caller: Caller) async throws -> Signature {
        try require(caller)
        return try await database.writeUnlessNameIsTaken { transaction in
            var signature = try find(id, as: caller, lock: true, in: transaction)
            signature.name = try change.name.map { try AccountRules.name($0, field: "name") } ?? signature.name
            signature.text = try change.text.map(Self.text) ?? signature.text
            signature.automatic = change.automatic ?? signature.automatic
            if signature.automatic { try SignatureRepository.clearAutomatic(of: caller.organizationId, in: transaction) }
            try SignatureRepository.update(signature, of: caller.organizationId, in: transaction)
            try note("changed", signature, as: caller, in: transaction)
            return signature
        }
    }

    public func remove(_ id: SignatureID, as caller: Caller) async throws {
        try require(caller)
        try await database.write { transaction in
            let signature = try find(id, as: caller, in: transaction)
            try SignatureRepository.remove(id, of: caller.organizationId, in: transaction)
            try note("removed", signature, as: caller, in: transaction)
        }
    }

    // MARK: Rules

    private func require(_ caller: Caller) throws {
        try caller.require(.postsWrite)
        try caller.require(.schedule)
        try caller.requireApproved(to: "change signatures")
    }

    private func find(_ id: SignatureID, as caller: Caller, lock: Bool = false, in transaction: any Transaction) throws -> Signature {
        guard let signature = try SignatureRepository.find(id, of: caller.organizationId, lock: lock, in: transaction) else {
            throw ProblemReport.notFound("signature")
        }
        return signature
    }

    private static func text(_ text: String) throws -> String {
        let text = text.withOneLineEnd.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...longest).contains(text.unicodeScalars.count) else {
            throw ProblemReport.invalid("text", "A signature has 1 to 2,000 characters.")
        }
        return text
    }

    private func note(_ action: String, _ signature: Signature, as caller: Caller, in transaction: any Transaction) throws {
        try audit.record(
            "signature.\(action)", target: signature.id.text, detail: ["name": .string(signature.name)], as: caller, in: transaction)
    }
}
