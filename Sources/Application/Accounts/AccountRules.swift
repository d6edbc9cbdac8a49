import Domain
import Foundation

/// What people may enter.
enum AccountRules {
    /// The address in lower case.
    static func email(_ text: String) throws -> String {
        guard let address = EmailAddress(text) else {
            throw ProblemReport.invalid("email", "That is not an e-mail address. It looks like ada@example.com.")
        }
        return address.text
    }

    /// In characters as NIST SP 800-63B (§3.1.1.2) counts them, and JSON Schema does: code points.
    static func password(_ text: String, field: String = "password") throws {
        switch text.unicodeScalars.count {
        case ..<12: throw ProblemReport.invalid(field, "The password is too short: use at least 12 characters.")
        case 1001...: throw ProblemReport.invalid(field, "The password is too long: use at most 1,000 characters.")
        default: break
        }
    }

    /// One line of 1 to 200 characters, blanks around it left out.
    static func name(_ text: String, field: String) throws -> String {
        let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let isLine = !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard (1...200).contains(name.unicodeScalars.count), isLine else {
            throw ProblemReport.invalid(field, "Use a name of 1 to 200 characters on one line.")
        }
        return name
    }

    static func timeZone(_ identifier: String, field: String) throws -> String {
        guard ZoneData.inForce.zone(named: identifier) != nil else {
            throw ProblemReport(
                .invalidTimeZone, "The time zone is not known. Use an IANA name such as Europe/Paris.", details: ["field": .string(field)])
        }
        return identifier
    }

    static func locale(_ tag: String) throws -> String {
        let parts = tag.split(separator: "-", omittingEmptySubsequences: false)
        let wellFormed = parts.allSatisfy { part in
            (2...8).contains(part.utf8.count) && part.utf8.allSatisfy { Character(UnicodeScalar($0)).isLetter || (48...57).contains($0) }
        }
        guard wellFormed, tag.utf8.count <= 35, tag.utf8.allSatisfy({ $0 < 128 }) else {
            throw ProblemReport.invalid("locale", "Use a language tag such as en or de-AT.")
        }
        return tag
    }
}

extension Caller {
    /// Throws `FORBIDDEN` unless an administrator of the instance, signed in or at the server itself, asks.
    public func requireInstanceAdmin() throws {
        switch identity {
        case .system: return
        case .user where instanceRole == .admin: return
        default: throw ProblemReport(.forbidden, "This is for administrators of the instance.")
        }
    }

    /// The signed-in user; throws `FORBIDDEN` for keys and commands.
    @discardableResult
    public func requireSignedIn() throws -> (user: UserID, session: SessionID) {
        guard case .user(let user, let session) = identity else {
            throw ProblemReport(.forbidden, "This belongs to a person: sign in to do it.")
        }
        return (user, session)
    }
}
