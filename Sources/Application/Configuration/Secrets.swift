import Crypto
import Domain
import Foundation
import Glibc

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
            .prefix(6).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    public var box: SecretBox { SecretBox(encryptionKey: encryptionKey, oldKeys: oldEncryptionKeys) }

    /// The secrets of the configuration; those it leaves out come from `secrets.json` in the data folder, which is made on first start.
    /// `notice` says so when it was. Throws `SecretsError`.
    public static func loadOrCreate(for configuration: Configuration) throws -> (secrets: Secrets, notice: String?) {
        if let jwt = configuration.jwtSecret, let key = configuration.encryptionKey {
            return (Secrets(jwtSecret: jwt, encryptionKey: key, oldEncryptionKeys: configuration.oldEncryptionKeys), nil)
        }
        let (kept, made) = try loadOrCreate(in: configuration.dataFolder)
        let secrets = Secrets(
            jwtSecret: configuration.jwtSecret ?? kept.jwtSecret, encryptionKey: configuration.encryptionKey ?? kept.encryptionKey,
            oldEncryptionKeys: configuration.oldEncryptionKeys)
        let path = configuration.dataFolder.appendingPathComponent(fileName).path
        let notice = "Secrets were made and stored in \(path). Keep a copy: without it all channels must be connected again."
        return (secrets, made ? notice : nil)
    }

    static let fileName = "secrets.json"

    private struct Kept: Codable {
        let jwtSecret: String
        let encryptionKey: String
    }

    /// Reads the file in `folder`, or makes it with mode 600. Of several processes that start together all get the same secrets.
    private static func loadOrCreate(in folder: URL) throws -> (kept: Kept, made: Bool) {
        let file = folder.appendingPathComponent(fileName)
        if let kept = try load(file) { return (kept, false) }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let draft = folder.appendingPathComponent(".\(fileName).\(UUID().uuidString)")
            defer { unlink(draft.path) }
            try writeDurably(try JSON.data(Kept(jwtSecret: RandomToken.make(), encryptionKey: RandomToken.make())), to: draft)
            // Unlike a rename, a link never replaces what another process has put there.
            if link(draft.path, file.path) != 0 && errno != EEXIST { throw SecretsError.unwritable(file.path) }
        } catch {
            throw SecretsError.unwritable(file.path)
        }
        guard let kept = try load(file) else { throw SecretsError.unwritable(file.path) }
        return (kept, true)
    }

    private static func load(_ file: URL) throws -> Kept? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do {
            return try JSON.decode(from: try Data(contentsOf: file))
        } catch {
            throw SecretsError.unreadable(file.path)
        }
    }

    private static func writeDurably(_ data: Data, to file: URL) throws {
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw SecretsError.unwritable(file.path) }
        defer { close(descriptor) }
        let written = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == data.count, fsync(descriptor) == 0 else { throw SecretsError.unwritable(file.path) }
    }
}

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
        base64url(SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) })
    }

    /// SHA-256 as lower-case hex. Enough for text of 256 random bits; never for passwords.
    static func hash(_ token: String) -> String {
        SHA256.hash(data: Data(token.utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    static func base64url(_ data: some DataProtocol) -> String {
        Data(data).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
