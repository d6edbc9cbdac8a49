import Foundation

/// RFC 4648 §5 without padding, as tokens, keys, cookies and addresses are written.
public enum Base64URL {
    public static func text(_ data: some DataProtocol) -> String {
        Data(data).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Nil for anything else.
    public static func data(_ text: some StringProtocol) -> Data? {
        let isPlain = text.utf8.allSatisfy { (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
        guard isPlain, text.utf8.count % 4 != 1 else { return nil }
        let plain = String(text).replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }
}
