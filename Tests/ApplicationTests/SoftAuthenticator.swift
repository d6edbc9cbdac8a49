import Crypto
import CryptoExtras
import Domain
import Foundation

@testable import Application

/// An authenticator whose every answer a test can spoil. It writes what WebAuthn §6.1 and §6.5.1 say by itself.
struct SoftAuthenticator: Sendable {
    enum Key: Sendable {
        case es256(P256.Signing.PrivateKey)
        case edDSA(Curve25519.Signing.PrivateKey)
        case rs256(_RSA.Signing.PrivateKey)
    }

    /// What is said otherwise than it is.
    struct Lie: Sendable {
        var type: String?
        var challenge: String?
        var origin = "https://posts.example.com"
        var crossOrigin = false
        var site = "posts.example.com"
        /// Present, recognised, may be copied and was.
        var flags: UInt8 = 0b0001_1101
        var counter: UInt32 = 0
        var more = Data()
        var handle: String?
        var omitsHandle = false
        var spoilsSignature = false
    }

    let key: Key
    let credential: Data

    init(_ key: Key = .es256(P256.Signing.PrivateKey()), credential: Data = Data((0..<32).map { _ in UInt8.random(in: 0...255) })) {
        self.key = key
        self.credential = credential
    }

    var id: String { Base64URL.text(credential) }

    func make(_ options: PasskeyCreation, name: String? = nil, _ lie: Lie = Lie()) throws -> NewPasskey {
        let (info, algorithm, cose) = try publicKey()
        let length = Data([UInt8(credential.count >> 8), UInt8(credential.count & 0xFF)])
        let data = head(lie, flags: lie.flags | 0b0100_0000) + Data(count: 16) + length + credential + cose + lie.more
        return NewPasskey(
            name: name, id: id, clientDataJSON: Base64URL.text(client(lie, "webauthn.create", options.challenge)),
            authenticatorData: Base64URL.text(data), publicKey: Base64URL.text(info), publicKeyAlgorithm: algorithm,
            transports: ["internal", "No such"])
    }

    func answer(_ options: PasskeyRequest, for user: UserID, invitation: String? = nil, _ lie: Lie = Lie()) throws -> PasskeyAnswer {
        let (data, client) = (head(lie, flags: lie.flags) + lie.more, client(lie, "webauthn.get", options.challenge))
        var signature = try sign(data + Data(SHA256.hash(data: client)))
        if lie.spoilsSignature { signature[signature.count - 1] ^= 1 }
        let handle = lie.handle ?? Base64URL.text(Data(user.text.utf8))
        return PasskeyAnswer(
            id: id, clientDataJSON: Base64URL.text(client), authenticatorData: Base64URL.text(data),
            signature: Base64URL.text(signature), userHandle: lie.omitsHandle ? nil : handle, invitation: invitation)
    }

    private func head(_ lie: Lie, flags: UInt8) -> Data {
        Data(SHA256.hash(data: Data(lie.site.utf8))) + [flags] + withUnsafeBytes(of: lie.counter.bigEndian) { Data($0) }
    }

    private func client(_ lie: Lie, _ type: String, _ challenge: String) -> Data {
        let (type, challenge) = (lie.type ?? type, lie.challenge ?? challenge)
        return Data(
            #"{"type":"\#(type)","challenge":"\#(challenge)","origin":"\#(lie.origin)","crossOrigin":\#(lie.crossOrigin),"other":1}"#.utf8)
    }

    private func publicKey() throws -> (info: Data, algorithm: Int, cose: Data) {
        switch key {
        case .es256(let key):
            let point = key.publicKey.x963Representation.dropFirst()
            let cose = Data([0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]) + point.prefix(32) + [0x22, 0x58, 32] + point.suffix(32)
            return (key.publicKey.derRepresentation, -7, cose)
        case .edDSA(let key):
            let raw = key.publicKey.rawRepresentation
            let info = Data([0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0]) + raw
            return (info, -8, Data([0xA4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32]) + raw)
        case .rs256(let key):
            let parts = try key.publicKey.getKeyPrimitives()
            let cose = Data([0xA4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, 1, 0]) + parts.modulus + [0x21, 0x43] + parts.publicExponent
            return (key.publicKey.derRepresentation, -257, cose)
        }
    }

    private func sign(_ data: Data) throws -> Data {
        switch key {
        case .es256(let key): try key.signature(for: data).derRepresentation
        case .edDSA(let key): try key.signature(for: data)
        case .rs256(let key): try key.signature(for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5).rawRepresentation
        }
    }
}
