import CCrypt
import Crypto
import Foundation
import NIOPosix

/// Bcrypt, on threads of its own: a check takes a fifth of a second of a core on purpose.
public struct PasswordHasher: Sendable {
    /// What stands in place of a hash for an account that has no password: no password is right for it.
    static let none = "!"

    /// The base-2 logarithm of the number of rounds.
    private let cost: Int
    private let threads: NIOThreadPool

    /// `cost` is from 4, for tests, to 31. `threads` should be few, so that sign-ins never take all cores.
    public init(cost: Int = 12, threads: NIOThreadPool) {
        self.cost = min(max(cost, 4), 31)
        self.threads = threads
    }

    public func hash(_ password: String) async throws -> String {
        let setting = "$2b$\(Self.twoDigits(cost))$\(Self.salt())"
        return try await threads.runIfActive {
            guard let hash = Self.crypt(password, setting) else { throw PasswordHashingError.unavailable }
            return hash
        }
    }

    /// Whether `password` is the one of `hash`. Without a hash it takes as long and is false, so that nobody learns who has an account.
    public func verify(_ password: String, against hash: String?) async throws -> Bool {
        let hash = hash == Self.none ? nil : hash
        // A hash of the same cost that belongs to no password.
        let expected = hash ?? "$2b$\(Self.twoDigits(cost))$" + String(repeating: ".", count: 53)
        return try await threads.runIfActive {
            guard let actual = Self.crypt(password, expected) else { return false }
            return actual.utf8.isEqualInConstantTime(to: expected.utf8) && hash != nil
        }
    }

    /// Nil when the setting is not one libcrypt knows.
    private static func crypt(_ password: String, _ setting: String) -> String? {
        // 32 KB: too much for the stack of a small thread.
        let memory = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        defer { memory.deallocate() }
        memset(memory, 0, MemoryLayout<crypt_data>.size)
        guard let result = crypt_rn(prepared(password), setting, memory, Int32(MemoryLayout<crypt_data>.size)) else { return nil }
        let text = String(cString: result)
        return text.hasPrefix("*") ? nil : text
    }

    /// Bcrypt looks at 72 bytes and stops at a NUL. Shorter passwords go in as they are, so that hashes from elsewhere verify.
    private static func prepared(_ password: String) -> String {
        guard password.utf8.count > 72 || password.utf8.contains(0) else { return password }
        return Data(SHA256.hash(data: Data(password.utf8))).base64EncodedString()
    }

    /// 22 characters of bcrypt's own base64 alphabet.
    private static func salt() -> String {
        let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var generator = SystemRandomNumberGenerator()
        let free = (0..<21).map { _ in alphabet[Int(generator.next(upperBound: UInt64(64)))] }
        // The last character carries two bits of the 128.
        return String(free) + String([".", "O", "e", "u"][Int(generator.next(upperBound: UInt64(4)))])
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// Why no password can be checked.
public enum PasswordHashingError: Error, Equatable, Sendable {
    /// libcrypt does not know bcrypt.
    case unavailable
}
