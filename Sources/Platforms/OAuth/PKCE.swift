import Crypto
import Foundation

/// Proof Key for Code Exchange (RFC 7636), method S256.
struct PKCE: Sendable {
    let verifier: String

    /// A new verifier of 256 random bits.
    init() { self.init(verifier: SymmetricKey(size: .bits256).withUnsafeBytes { Self.base64URL(Data($0)) }) }
    init(verifier: String) { self.verifier = verifier }

    var challenge: String { Self.base64URL(Data(SHA256.hash(data: Data(verifier.utf8)))) }

    /// What the consent page is told (§4.3).
    var fields: [(String, String)] { [("code_challenge", challenge), ("code_challenge_method", "S256")] }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
