import Crypto
import Foundation

/// Signs requests with HMAC-SHA1 (OAuth 1.0a, RFC 5849).
struct OAuth1Signer: Sendable {
    let consumerKey: String
    let consumerSecret: String
    var token: String?
    var tokenSecret: String?

    /// The value of the `Authorization` header. `form` holds the body's fields only if the body is `application/x-www-form-urlencoded`;
    /// JSON and multipart bodies are never signed. `extra` are further `oauth_*` parameters, such as `oauth_callback`.
    func authorization(
        method: String, url: String, form: [(String, String)] = [], extra: [(String, String)] = [],
        nonce: String = UUID().uuidString.replacing("-", with: ""), timestamp: Int64
    ) -> String {
        var oauth = [
            ("oauth_consumer_key", consumerKey), ("oauth_nonce", nonce), ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", String(timestamp)), ("oauth_version", "1.0"),
        ]
        if let token { oauth.append(("oauth_token", token)) }
        oauth += extra
        let base = Self.baseString(method: method, url: url, parameters: oauth + form)
        oauth.append(("oauth_signature", signature(of: base)))
        return "OAuth "
            + oauth.sorted { $0.0 < $1.0 }.map { "\(FormEncoding.escape($0.0))=\"\(FormEncoding.escape($0.1))\"" }.joined(separator: ", ")
    }

    /// RFC 5849 §3.4.1: method, address without query, and all parameters, encoded and sorted.
    static func baseString(method: String, url: String, parameters: [(String, String)]) -> String {
        let halves = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = halves.count > 1 ? FormEncoding.pairs(String(halves[1])) : []
        let encoded = (parameters + query).map { (FormEncoding.escape($0.0), FormEncoding.escape($0.1)) }.sorted { $0 < $1 }
        let list = encoded.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        return [method.uppercased(), String(halves[0]), list].map(FormEncoding.escape).joined(separator: "&")
    }

    private func signature(of base: String) -> String {
        let key = SymmetricKey(data: Data("\(FormEncoding.escape(consumerSecret))&\(FormEncoding.escape(tokenSecret ?? ""))".utf8))
        return Data(HMAC<Insecure.SHA1>.authenticationCode(for: Data(base.utf8), using: key)).base64EncodedString()
    }
}
