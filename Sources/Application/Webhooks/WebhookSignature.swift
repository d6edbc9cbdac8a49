import Crypto
import Domain
import Foundation

/// The secret of a webhook, and what deliveries are signed with, as Standard Webhooks 1.0 has it.
public struct WebhookSecret: Sendable, Equatable {
    private static let mark = "whsec_"

    let bytes: Data

    /// 32 random bytes.
    init() { bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) } }

    init(bytes: Data) { self.bytes = bytes }

    /// As receivers' libraries take it: `whsec_` and base64.
    public var text: String { Self.mark + bytes.base64EncodedString() }

    /// The value of `webhook-signature` for these bytes: HMAC-SHA256 over id, seconds and body with points between them.
    func signature(id: String, at time: Timestamp, body: Data) -> String {
        let signed = Data("\(id).\(time.seconds).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: bytes))
        return "v1,\(Data(code).base64EncodedString())"
    }
}

extension Timestamp {
    /// Whole seconds since 1970.
    fileprivate var seconds: Int64 { milliseconds / 1000 }
}
