import Crypto
import Domain
import Foundation

/// Codes that an authenticator app shows: six digits, another one every 30 seconds (RFC 6238 over RFC 4226, with SHA-1, as all apps know them).
struct OneTimeCode: Sendable {
    static let seconds: Int64 = 30
    private static let digits = 6

    let secret: Data

    /// With a new secret of 160 bits, which RFC 4226 recommends.
    static func make() -> OneTimeCode { OneTimeCode(secret: Data(SymmetricKey(size: .init(bitCount: 160)).withUnsafeBytes { Data($0) })) }

    static func step(at time: Timestamp) -> Int64 { time.milliseconds / 1000 / seconds }

    func text(at step: Int64) -> String {
        let counter = withUnsafeBytes(of: UInt64(bitPattern: step).bigEndian) { Data($0) }
        let mark = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let start = Int(mark[mark.count - 1] & 0x0F)
        let number = mark[start..<(start + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let code = String(number % 1_000_000)
        return String(repeating: "0", count: Self.digits - code.count) + code
    }

    /// The step whose code this is: that of `now`, the one before, for a slow hand, or the one after, for a fast clock. Nil when it is none.
    /// All three are compared, each in the same time wherever it differs.
    func step(of code: String, at now: Timestamp) -> Int64? {
        let current = Self.step(at: now)
        return [current - 1, current, current + 1].reduce(nil) { found, step in
            text(at: step).utf8.isEqualInConstantTime(to: code.utf8) ? step : found
        }
    }

    /// What apps read from the QR code, for the account `name` at `issuer`.
    func address(name: String, issuer: String) -> String {
        let escaped = { (text: String) in text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~"))) ?? "" }
        return "otpauth://totp/\(escaped(issuer)):\(escaped(name))?secret=\(Base32.text(secret))&issuer=\(escaped(issuer))"
    }
}

/// RFC 4648 §6, without padding.
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var (result, buffer, bits) = ("", 0, 0)
        for byte in bytes {
            (buffer, bits) = (buffer << 8 | Int(byte), bits + 8)
            while bits >= 5 {
                bits -= 5
                result.append(alphabet[buffer >> bits & 31])
            }
            buffer &= 31
        }
        if bits > 0 { result.append(alphabet[buffer << (5 - bits) & 31]) }
        return result
    }
}

/// Codes for the day on which the phone is gone: 80 random bits each, so that a hash keeps them.
enum RecoveryCode {
    static let count = 10

    static func make() -> String { shown(Base32.text(SymmetricKey(size: .init(bitCount: 80)).withUnsafeBytes { Data($0) })) }

    /// `ABCD-EFGH-…`: in fours, to be copied by hand.
    static func shown(_ text: String) -> String {
        let letters = Array(text)
        return stride(from: 0, to: letters.count, by: 4).map { String(letters[$0..<min($0 + 4, letters.count)]) }.joined(separator: "-")
    }

    /// However it was typed: in lower case, with blanks or without hyphens.
    static func hash(_ code: String, of user: UserID) -> String {
        RandomToken.hash("recovery:\(user):\(code.uppercased().filter { $0.isLetter || $0.isNumber })")
    }
}
