import Crypto
import Foundation

/// What an authenticator says of an answer and signs (WebAuthn §6.1). Everything up to a new key has fixed places.
struct AuthenticatorData {
    private enum Flag {
        static let present: UInt8 = 1 << 0
        static let verified: UInt8 = 1 << 2
        static let mayBeBackedUp: UInt8 = 1 << 3
        static let isBackedUp: UInt8 = 1 << 4
        static let hasKey: UInt8 = 1 << 6
        static let hasExtensions: UInt8 = 1 << 7
    }

    /// A key that was made for this answer.
    struct NewKey {
        let credential: Data
        /// COSE_Key, and extensions after it.
        let rest: Data
    }

    private let siteHash: Data
    private let flags: UInt8
    /// How often the passkey has signed; 0 where it does not count.
    let counter: Int
    let key: NewKey?

    var isVerified: Bool { flags & Flag.verified != 0 }
    /// Whether a password store may carry the key elsewhere.
    var isSynced: Bool { flags & Flag.mayBeBackedUp != 0 }
    var hasExtensions: Bool { flags & Flag.hasExtensions != 0 }

    init(_ data: Data) throws(PasskeyFault) {
        let bytes = [UInt8](data)
        guard bytes.count >= 37 else { throw PasskeyFault("the authenticator data is cut off") }
        siteHash = Data(bytes[0..<32])
        flags = bytes[32]
        counter = bytes[33..<37].reduce(0) { $0 << 8 | Int($1) }
        let rest = bytes[37...]
        guard flags & Flag.hasKey != 0 else {
            guard rest.isEmpty || flags & Flag.hasExtensions != 0 else { throw PasskeyFault("the authenticator data has more than it says") }
            key = nil
            return
        }
        // The model's number (16 bytes), the length, the credential.
        guard rest.count > 18 else { throw PasskeyFault("the authenticator data is cut off") }
        let length = Int(bytes[53]) << 8 | Int(bytes[54])
        guard (1...1023).contains(length), bytes.count > 55 + length else { throw PasskeyFault("the authenticator data names no credential") }
        key = NewKey(credential: Data(bytes[55..<(55 + length)]), rest: Data(bytes[(55 + length)...]))
    }

    /// That it was made for `site` by somebody who touched the device, and whom it has recognised where `verified` asks for that.
    func check(for site: PasskeySite, verified: Bool) throws(PasskeyFault) {
        guard siteHash == Data(SHA256.hash(data: Data(site.id.utf8))) else { throw PasskeyFault("it is of another site") }
        guard flags & Flag.present != 0 else { throw PasskeyFault("nobody was there") }
        guard !verified || isVerified else { throw PasskeyFault("the device did not recognise its person") }
        guard flags & Flag.isBackedUp == 0 || isSynced else { throw PasskeyFault("it is backed up and must not be") }
    }
}

/// What a browser says it has asked a passkey (WebAuthn §5.8.1).
enum PasskeyClientData {
    enum Purpose: String {
        case create = "webauthn.create"
        case get = "webauthn.get"
    }

    private struct Members: Decodable {
        let type: String
        let challenge: String
        let origin: String
        let crossOrigin: Bool?
        let topOrigin: String?
    }

    static func check(_ data: Data, _ purpose: Purpose, challenge: String, at site: PasskeySite) throws(PasskeyFault) {
        let members: Members
        do {
            members = try JSONDecoder().decode(Members.self, from: data)
        } catch {
            throw PasskeyFault("the client data is no JSON of its kind")
        }
        guard members.type == purpose.rawValue else { throw PasskeyFault("it was made for something else") }
        guard members.challenge == challenge else { throw PasskeyFault("it answers another challenge") }
        guard members.origin == site.origin else { throw PasskeyFault("it was made at \(members.origin.prefix(100)) and not at \(site.origin)") }
        guard members.crossOrigin != true, members.topOrigin == nil else { throw PasskeyFault("it was made inside of another site's page") }
    }
}
