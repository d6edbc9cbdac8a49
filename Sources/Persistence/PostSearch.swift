import Domain
import Foundation

extension PostRepository {
    /// A filter as SQL conditions on `posts`.
    struct Search {
        var conditions: [String]
        private(set) var parameters: [SQLValue]

        var condition: String { conditions.joined(separator: " AND ") }

        /// Without what divides the list into pages.
        init(_ filter: Filter, of organization: OrganizationID, dialect: Dialect) throws {
            conditions = ["organization_id = $1", filter.inTrash ? "deleted_at IS NOT NULL" : "deleted_at IS NULL"]
            parameters = [organization.sqlValue]
            if !filter.statuses.isEmpty {
                conditions.append("status IN (\(filter.statuses.map { bind($0.rawValue) }.joined(separator: ", ")))")
            }
            if let from = filter.from { conditions.append("sort_at >= \(bind(from))") }
            if let to = filter.to { conditions.append("sort_at < \(bind(to))") }
            if let origin = filter.origin { conditions.append("origin = \(bind(origin.rawValue))") }
            // A letter with an accent is stored as one sign, however it was typed.
            if let tag = filter.tag?.precomposedStringWithCanonicalMapping {
                conditions.append("EXISTS (SELECT 1 FROM post_tags WHERE post_tags.post_id = posts.id AND tag = \(bind(tag)))")
            }
            if let integration = filter.integration {
                conditions.append(
                    "EXISTS (SELECT 1 FROM publications WHERE publications.post_id = posts.id AND integration_id = \(bind(integration)))")
            }
            if let integrations = filter.integrations {
                let isOne = dialect.isOne(of: bind(try JSON.text(integrations)))
                conditions.append(
                    "EXISTS (SELECT 1 FROM publications WHERE publications.post_id = posts.id AND integration_id \(isOne))")
            }
            if let platform = filter.platform {
                conditions.append(
                    """
                    EXISTS (SELECT 1 FROM publications JOIN integrations ON integrations.id = publications.integration_id
                            WHERE publications.post_id = posts.id AND integrations.platform = \(bind(platform.rawValue)))
                    """)
            }
            if let text = filter.text?.precomposedStringWithCanonicalMapping, !text.isEmpty {
                let escaped = text.replacing("!", with: "!!").replacing("%", with: "!%").replacing("_", with: "!_")
                conditions.append("LOWER(search_text) LIKE LOWER(\(bind("%\(escaped)%"))) ESCAPE '!'")
            }
        }

        mutating func bind(_ value: any SQLConvertible) -> String {
            parameters.append(value.sqlValue)
            return "$\(parameters.count)"
        }
    }
}
