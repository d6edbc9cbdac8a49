import Crypto
import Foundation

/// Encrypts what must not be read from the database or a backup: AES-256-GCM, bound to its place by `context`.
///
/// Sealed text is one byte that names the key, the nonce, the ciphertext and the tag. Older keys still open what they sealed.
public struct SecretBox: Sendable {
    struct Key: Sendable {
        fileprivate let id: UInt8
        fileprivate let symmetric: SymmetricKey
        /// What people call it: eight hexadecimal digits, from which nothing follows.
        let name: String

        init(_ secret: String) {
            let material = SymmetricKey(data: Data(secret.utf8))
            let derived = { (purpose: String, count: Int) in
                HKDF<SHA256>.deriveKey(inputKeyMaterial: material, info: Data(purpose.utf8), outputByteCount: count)
            }
            symmetric = derived("postiz secret box", 32)
            id = derived("postiz key id", 1).withUnsafeBytes { $0[0] }
            name = derived("postiz key name", 4).withUnsafeBytes { $0.hexadecimal }
        }
    }

    /// The key that seals, and those that open beside it, newest first.
    struct Keys: Sendable {
        let current: Key
        let old: [Key]

        init(_ current: String, old: [String]) { self.init(Key(current), old: old.map(Key.init)) }
        init(_ current: Key, old: [Key] = []) { (self.current, self.old) = (current, old) }
    }

    /// The keys in force now: others may come while the program runs.
    let keys: @Sendable () -> Keys

    public init(encryptionKey: String, oldKeys: [String] = []) {
        let keys = Keys(encryptionKey, old: oldKeys)
        self.init { keys }
    }

    init(_ keys: @escaping @Sendable () -> Keys) { self.keys = keys }

    /// `context` says where the result is kept, such as `integrations:<id>:credentials`; it must be given again to open it.
    public func seal(_ plain: Data, context: String) throws -> Data { try Self.seal(plain, context, with: keys().current) }

    /// Throws `SecretBoxError.unreadable` when no key opens it: another key, another context, or changed bytes.
    public func open(_ sealed: Data, context: String) throws -> Data { try opened(sealed, context: context).plain }

    /// With the key that opened it.
    func opened(_ sealed: Data, context: String) throws -> (plain: Data, key: Key) {
        let keys = keys()
        // Two keys have the same id once in 256 times: try all that have it.
        for key in [keys.current] + keys.old where key.id == sealed.first {
            do {
                let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
                return (try AES.GCM.open(box, using: key.symmetric, authenticating: Data(context.utf8)), key)
            } catch {
                continue
            }
        }
        throw SecretBoxError.unreadable
    }

    static func seal(_ plain: Data, _ context: String, with key: Key) throws -> Data {
        let box = try AES.GCM.seal(plain, using: key.symmetric, authenticating: Data(context.utf8))
        return Data([key.id]) + box.nonce + box.ciphertext + box.tag
    }
}

public enum SecretBoxError: Error, Equatable, Sendable { case unreadable }
