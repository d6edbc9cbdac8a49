import Crypto
import CryptoExtras
import Domain
import Foundation

/// A provider's key for signatures (RFC 7517). Only what we check with it is kept.
struct JSONWebKey: Sendable {
    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
    }

    let id: String?
    private let material: Material

    /// Nil for keys of other kinds and purposes, and for those too weak to be trusted.
    init?(_ json: JSONValue) {
        if let use = json["use"]?.string, use != "sig" { return nil }
        if let uses = json["key_ops"]?.array, !uses.contains("verify") { return nil }
        id = json["kid"]?.string
        let part = { (name: String) in json[name]?.string.flatMap(Base64URL.data) }
        let algorithm = json["alg"]?.string
        switch json["kty"]?.string {
        case "RSA":
            // Keys of less than 2048 bits are refused by the library.
            guard algorithm == nil || algorithm == "RS256", let n = part("n"), let e = part("e"), n.count <= 1024, e.count <= 8,
                let key = try? _RSA.Signing.PublicKey(n: n, e: e)
            else { return nil }
            material = .rsa(key)
        case "EC":
            guard algorithm == nil || algorithm == "ES256", json["crv"]?.string == "P-256", let x = part("x"), let y = part("y"),
                x.count == 32, y.count == 32, let key = try? P256.Signing.PublicKey(rawRepresentation: x + y)
            else { return nil }
            material = .p256(key)
        default: return nil
        }
    }

    /// Whether `signature` is this key's for `signed`, by the algorithm that the token names. The kind of key decides what that may be.
    func verifies(_ signature: Data, of signed: Data, by algorithm: String) -> Bool {
        switch (material, algorithm) {
        case (.rsa(let key), "RS256"):
            key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: signed), padding: .insecurePKCS1v1_5)
        case (.p256(let key), "ES256"):
            (try? P256.Signing.ECDSASignature(rawRepresentation: signature)).map { key.isValidSignature($0, for: signed) } ?? false
        default: false
        }
    }
}
