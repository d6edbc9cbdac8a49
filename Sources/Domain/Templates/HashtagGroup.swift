import Foundation

public typealias HashtagGroupID = Identifier<HashtagGroup>

/// Hashtags that are used together.
public struct HashtagGroup: Codable, Sendable, Equatable {
    public static let most = 50

    public let id: HashtagGroupID
    public var name: String
    /// Each with its `#`, in the order given.
    public var hashtags: [String]
    public let createdAt: Timestamp

    public init(id: HashtagGroupID, name: String, hashtags: [String], createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.hashtags = hashtags
        self.createdAt = createdAt
    }

    /// Hashtags as people write them, with or without `#`, each once. Throws `VALIDATION_FAILED` for none, too many, or one that is none.
    public static func hashtags(_ given: [String]) throws(ProblemReport) -> [String] {
        let found = given.map { "#" + $0.trimmingCharacters(in: .whitespacesAndNewlines).drop { $0 == "#" } }
            .filter { $0.count > 1 }.distinct { $0.lowercased() }
        guard (1...most).contains(found.count) else { throw .invalid("hashtags", "Give 1 to \(most) hashtags.") }
        for hashtag in found {
            let isWord = hashtag.dropFirst().unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0.properties.generalCategory != .control && $0 != "#" && $0 != ","
            }
            guard isWord, hashtag.unicodeScalars.count <= 101 else {
                throw .invalid("hashtags", "\(hashtag.prefix(40)) is no hashtag: use one word of at most 100 characters.")
            }
        }
        return found
    }
}
