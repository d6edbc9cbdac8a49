import Crypto
import Foundation

/// Encrypts what must not be read from the database or a backup: AES-256-GCM, bound to its place by `context`.
///
/// Sealed text is one byte that names the key, the nonce, the ciphertext and the tag. Older keys still open what they sealed.
public struct SecretBox: Sendable {
    private struct Key: Sendable {
        let id: UInt8
        let symmetric: SymmetricKey

        init(_ secret: String) {
            let material = SymmetricKey(data: Data(secret.utf8))
            symmetric = HKDF<SHA256>.deriveKey(inputKeyMaterial: material, info: Data("postiz secret box".utf8), outputByteCount: 32)
            let id = HKDF<SHA256>.deriveKey(inputKeyMaterial: material, info: Data("postiz key id".utf8), outputByteCount: 1)
            self.id = id.withUnsafeBytes { $0[0] }
        }
    }

    private let current: Key
    private let old: [Key]

    public init(encryptionKey: String, oldKeys: [String] = []) {
        current = Key(encryptionKey)
        old = oldKeys.map(Key.init)
    }

    /// `context` says where the result is kept, such as `integrations:<id>:credentials`; it must be given again to open it.
    public func seal(_ plain: Data, context: String) throws -> Data {
        let box = try AES.GCM.seal(plain, using: current.symmetric, authenticating: Data(context.utf8))
        return Data([current.id]) + box.nonce + box.ciphertext + box.tag
    }

    /// Throws `SecretBoxError.unreadable` when no key opens it: another key, another context, or changed bytes.
    public func open(_ sealed: Data, context: String) throws -> Data {
        // Two keys have the same id once in 256 times: try all that have it.
        for key in [current] + old where key.id == sealed.first {
            do {
                let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
                return try AES.GCM.open(box, using: key.symmetric, authenticating: Data(context.utf8))
            } catch {
                continue
            }
        }
        throw SecretBoxError.unreadable
    }

    /// Whether `sealed` was made by an older key and should be sealed again.
    public func isOutdated(_ sealed: Data) -> Bool { sealed.first != current.id }
}

public enum SecretBoxError: Error, Equatable, Sendable { case unreadable }
