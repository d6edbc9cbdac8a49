import Crypto
import Domain
import Foundation

/// The two keys an instance cannot do without.
public struct Secrets: Sendable {
    public let jwtSecret: String
    public let encryptionKey: String
    /// Earlier encryption keys, newest first.
    public let oldEncryptionKeys: [String]

    public init(jwtSecret: String, encryptionKey: String, oldEncryptionKeys: [String] = []) {
        self.jwtSecret = jwtSecret
        self.encryptionKey = encryptionKey
        self.oldEncryptionKeys = oldEncryptionKeys
    }

    /// A secret of its own for what assistants are given to bring back.
    public var assistants: [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Data("assistants".utf8), using: SymmetricKey(data: Data(jwtSecret.utf8))))
    }

    /// What this installation is called where it shares a service with others: the same in all its processes, and nothing follows from it.
    public var installation: String {
        HMAC<SHA256>.authenticationCode(for: Data("installation".utf8), using: SymmetricKey(data: Data(jwtSecret.utf8)))
            .prefix(6).hexadecimal
    }

    /// Where the encryption keys come from, when that is `secrets.json`.
    private(set) var keyFile: KeyFile?

    public var box: SecretBox {
        guard let keyFile else { return SecretBox(encryptionKey: encryptionKey, oldKeys: oldEncryptionKeys) }
        return SecretBox { keyFile.keys }
    }

    /// The secrets of the configuration; those it leaves out come from `secrets.json` in the data folder, which is made on first start.
    /// `notice` says so when it was. Throws `SecretsError`.
    public static func loadOrCreate(for configuration: Configuration) throws -> (secrets: Secrets, notice: String?) {
        if let jwt = configuration.jwtSecret, let key = configuration.encryptionKey {
            return (Secrets(jwtSecret: jwt, encryptionKey: key, oldEncryptionKeys: configuration.oldEncryptionKeys), nil)
        }
        let (kept, made) = try KeptSecrets.loadOrCreate(in: configuration.dataFolder)
        let file = configuration.dataFolder.appendingPathComponent(fileName)
        var secrets = Secrets(
            jwtSecret: configuration.jwtSecret ?? kept.jwtSecret, encryptionKey: configuration.encryptionKey ?? kept.encryptionKey,
            oldEncryptionKeys: (configuration.encryptionKey == nil ? kept.oldEncryptionKeys ?? [] : []) + configuration.oldEncryptionKeys)
        if configuration.encryptionKey == nil { secrets.keyFile = try KeyFile(file, more: configuration.oldEncryptionKeys) }
        let notice = "Secrets were made and stored in \(file.path). Keep a copy: without it all channels must be connected again."
        return (secrets, made ? notice : nil)
    }

    static let fileName = KeptSecrets.fileName
}

/// Why `secrets.json` is of no use; holds its path.
public enum SecretsError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(String)
    case unwritable(String)

    public var description: String {
        switch self {
        case .unreadable(let path):
            "\(path) cannot be read: mend its permissions, restore it from a backup, or set JWT_SECRET and ENCRYPTION_KEY"
        case .unwritable(let path): "\(path) cannot be written: mend the folder's permissions, or set JWT_SECRET and ENCRYPTION_KEY"
        }
    }
}

/// Random text that cannot be guessed, and its fingerprint under which it is stored.
enum RandomToken {
    /// 32 random bytes as 43 characters of base64url.
    static func make() -> String {
        Base64URL.text(SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) })
    }

    /// SHA-256 as lower-case hex. Enough for text of 256 random bits; never for passwords.
    static func hash(_ token: String) -> String {
        SHA256.hash(data: Data(token.utf8)).hexadecimal
    }
}
