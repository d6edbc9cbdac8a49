import Crypto
import Foundation

/// OAuth 1.0a signatures (HMAC-SHA1) as a server checks them.
enum OAuth1Signature {
    /// `METHOD&enc(address)&enc(sorted parameters)`; `address` without query.
    static func baseString(method: String, address: String, parameters: [(String, String)]) -> String {
        let encoded: [(String, String)] = parameters.map { (Encoding.percent($0.0), Encoding.percent($0.1)) }
        let joined = encoded.sorted(by: <).map { $0.0 + "=" + $0.1 }.joined(separator: "&")
        return [method.uppercased(), Encoding.percent(address), Encoding.percent(joined)].joined(separator: "&")
    }

    /// Base64 of HMAC-SHA1 with `enc(consumer secret)&enc(token secret)`.
    static func sign(
        method: String, address: String, parameters: [(String, String)], consumerSecret: String, tokenSecret: String
    ) -> String {
        let key = SymmetricKey(data: Data((Encoding.percent(consumerSecret) + "&" + Encoding.percent(tokenSecret)).utf8))
        let base = baseString(method: method, address: address, parameters: parameters)
        return Data(HMAC<Insecure.SHA1>.authenticationCode(for: Data(base.utf8), using: key)).base64EncodedString()
    }

    /// The `oauth_*` values of an `Authorization: OAuth …` header; nil when it is another kind of header.
    static func header(_ value: String?) -> [(String, String)]? {
        guard let value, value.lowercased().hasPrefix("oauth ") else { return nil }
        return value.dropFirst(6).split(separator: ",").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            let text = parts[1].trimmingCharacters(in: .whitespaces)
            guard text.hasPrefix("\""), text.hasSuffix("\""), text.count >= 2 else { return nil }
            return (Encoding.decode(parts[0].trimmingCharacters(in: .whitespaces)), Encoding.decode(text.dropFirst().dropLast()))
        }
    }
}

/// What an OAuth 1.0a server remembers: used nonces and request tokens on their way.
struct OAuth1Desk: Sendable {
    struct RequestToken: Sendable {
        let secret: String
        let appID: String
        let callback: String
        var accountID: String?
        var verifier: String?
    }

    enum Failure: Error {
        case malformed, unknownConsumer, staleTimestamp, usedNonce, unknownToken, revokedToken, wrongSignature
    }

    static let skew: Double = 300

    var requestTokens: [String: RequestToken] = [:]
    private var nonces: Set<String> = []
    private var nonceQueue: [(nonce: String, at: Date)] = []
    private var queueHead = 0

    /// Notes a nonce; false when it was used before. Nonces too old for their timestamp to pass are forgotten.
    mutating func use(nonce: String, now: Date) -> Bool {
        while queueHead < nonceQueue.count, now.timeIntervalSince(nonceQueue[queueHead].at) > 2 * Self.skew {
            nonces.remove(nonceQueue[queueHead].nonce)
            queueHead += 1
        }
        if queueHead > 4096 {
            nonceQueue.removeFirst(queueHead)
            queueHead = 0
        }
        guard nonces.insert(nonce).inserted else { return false }
        nonceQueue.append((nonce, now))
        return true
    }
}

extension PlatformState {
    /// Verifies a signed call and returns its `oauth_*` values. `tokenSecret` finds the secret of `oauth_token` and throws when there is none.
    mutating func verifyOAuth1(_ call: Call, tokenSecret: (PlatformState, String?) throws -> String) throws -> [String: String] {
        guard let header = OAuth1Signature.header(call.request.headers[.authorization]) else { throw OAuth1Desk.Failure.malformed }
        let values = Dictionary(header) { $1 }
        guard let consumer = values["oauth_consumer_key"], let nonce = values["oauth_nonce"], let signature = values["oauth_signature"],
            values["oauth_signature_method"] == "HMAC-SHA1", values["oauth_version"] ?? "1.0" == "1.0",
            let timestamp = values["oauth_timestamp"].flatMap(Double.init)
        else { throw OAuth1Desk.Failure.malformed }
        guard let app = apps[consumer] else { throw OAuth1Desk.Failure.unknownConsumer }
        guard abs(call.now.timeIntervalSince1970 - timestamp) <= OAuth1Desk.skew else { throw OAuth1Desk.Failure.staleTimestamp }
        let secret = try tokenSecret(self, values["oauth_token"])
        let parameters = header.filter { $0.0 != "oauth_signature" && $0.0 != "realm" } + call.query + call.form
        let expected = OAuth1Signature.sign(
            method: call.request.method.rawValue, address: call.address, parameters: parameters, consumerSecret: app.secret,
            tokenSecret: secret)
        guard expected == signature else { throw OAuth1Desk.Failure.wrongSignature }
        guard oauth1.use(nonce: consumer + "\n" + nonce, now: call.now) else { throw OAuth1Desk.Failure.usedNonce }
        return values
    }
}
