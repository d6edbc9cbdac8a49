import Crypto
import Domain
import Foundation

/// Texts in addresses of mails that only this installation can have written: `TEXT.SIGNATURE`, by a key of their own for each purpose.
struct SignedText: Sendable {
    private let key: SymmetricKey

    init(for purpose: String, secrets: Secrets) {
        let whole = SymmetricKey(data: Data(secrets.jwtSecret.utf8))
        key = SymmetricKey(data: Data(HMAC<SHA256>.authenticationCode(for: Data(purpose.utf8), using: whole)))
    }

    /// `text` holds what may stand in the path of an address.
    func sign(_ text: String) -> String {
        "\(text).\(Base64URL.text(Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))))"
    }

    /// What was signed; nil for what was not.
    func text(of token: String) -> String? {
        guard token.utf8.count <= 500, let dot = token.lastIndex(of: "."), let signature = Base64URL.data(token[token.index(after: dot)...]) else {
            return nil
        }
        let text = String(token[..<dot])
        return HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Data(text.utf8), using: key) ? text : nil
    }
}
