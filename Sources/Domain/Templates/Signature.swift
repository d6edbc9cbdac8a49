import Foundation

public typealias SignatureID = Identifier<Signature>

/// Words that end posts.
public struct Signature: Codable, Sendable, Equatable {
    public let id: SignatureID
    public var name: String
    public var text: String
    /// Whether new posts begin with it in the composer. At most one of a workspace is.
    public var automatic: Bool
    public let createdAt: Timestamp

    public init(id: SignatureID, name: String, text: String, automatic: Bool, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.text = text
        self.automatic = automatic
        self.createdAt = createdAt
    }

    /// `body` with the signature below it; as it is when it ends so already.
    public func signing(_ body: String) -> String {
        let words = body.trimmingCharacters(in: .whitespacesAndNewlines)
        if words.isEmpty { return text }
        return words.hasSuffix(text) ? body : words + "\n\n" + text
    }
}
