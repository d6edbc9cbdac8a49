import Crypto
import CryptoExtras
import Foundation

/// The public half of a passkey.
struct PasskeyKey: Sendable {
    /// By its number in the IANA registry of COSE algorithms, in the order in which we ask for them.
    enum Algorithm: Int, CaseIterable, Sendable {
        case es256 = -7
        case edDSA = -8
        case rs256 = -257
    }

    private enum Material: Sendable {
        case p256(P256.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey)
    }

    /// `SubjectPublicKeyInfo` of an Ed25519 key up to its 32 bytes (RFC 8410 §4).
    private static let ed25519Prefix = Data([0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00])
    /// Bytes of a modulus. Longer ones would only cost time; the library refuses those under 2048 bits.
    private static let longestModulus = 512

    private let material: Material
    /// As COSE_Key in canonical CBOR, which is the one way to write it (WebAuthn §6.5.1): so nothing has to be read.
    let cose: Data

    /// From `SubjectPublicKeyInfo` in DER.
    init(_ info: Data, algorithm: Int) throws(PasskeyFault) {
        guard let algorithm = Algorithm(rawValue: algorithm) else { throw PasskeyFault("its algorithm was not asked for") }
        do {
            (material, cose) = try Self.read(info, algorithm)
        } catch {
            throw PasskeyFault("its key is none of its algorithm")
        }
    }

    private static func read(_ info: Data, _ algorithm: Algorithm) throws -> (Material, Data) {
        switch algorithm {
        case .es256:
            let key = try P256.Signing.PublicKey(derRepresentation: info)
            let point = key.rawRepresentation
            let cose = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20] + point.prefix(32) + [0x22, 0x58, 0x20] + point.suffix(32)
            return (.p256(key), Data(cose))
        case .edDSA:
            guard info.count == 44, info.starts(with: ed25519Prefix) else { throw PasskeyFault("no Ed25519") }
            let key = try Curve25519.Signing.PublicKey(rawRepresentation: info.suffix(32))
            return (.ed25519(key), Data([0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20] + info.suffix(32)))
        case .rs256:
            let key = try _RSA.Signing.PublicKey(derRepresentation: info)
            let (n, e) = try { ($0.modulus, $0.publicExponent) }(key.getKeyPrimitives())
            guard n.count <= longestModulus, e.count <= 8 else { throw PasskeyFault("a key of unusual size") }
            let length = [0x59, UInt8(n.count >> 8), UInt8(n.count & 0xFF)]
            let cose = [0xA4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20] + length + n + [0x21, 0x40 | UInt8(e.count)] + e
            return (.rsa(key), Data(cose))
        }
    }

    func verifies(_ signature: Data, of signed: Data) -> Bool {
        switch material {
        case .p256(let key):
            (try? P256.Signing.ECDSASignature(derRepresentation: signature)).map { key.isValidSignature($0, for: signed) } ?? false
        case .ed25519(let key): key.isValidSignature(signature, for: signed)
        case .rsa(let key):
            key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: signed), padding: .insecurePKCS1v1_5)
        }
    }
}
