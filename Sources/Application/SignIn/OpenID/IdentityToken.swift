import Domain
import Foundation

/// A provider's statement of who has signed in (OpenID Connect Core 1.0 §2), in the compact form of RFC 7515. Nothing of it counts before
/// `check`.
struct IdentityToken {
    /// Of those that sign with a key that the provider alone has. `none` and secrets that are shared are not among them.
    static let algorithms: Set = ["RS256", "ES256"]
    private static let largest = 64 * 1024
    /// How far the provider's clock may be off.
    private static let skew = Duration.minutes(2)

    let keyID: String?
    let algorithm: String
    private let claims: JSONValue
    private let signed: Data
    private let signature: Data

    init(_ text: String) throws(OpenIDFault) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.largest, parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]),
            let signature = Base64URL.data(parts[2]), !signature.isEmpty
        else { throw OpenIDFault("its ID token is not a signed JSON Web Token") }
        guard let algorithm = header["alg"]?.string, Self.algorithms.contains(algorithm) else {
            throw OpenIDFault("its ID token is signed with \(header["alg"]?.string ?? "nothing"); set it to RS256 or ES256")
        }
        // RFC 7515 §4.1.11: what must be understood and is not ends it.
        guard header["crit"] == nil else { throw OpenIDFault("its ID token needs extensions that are not known here") }
        keyID = header["kid"]?.string
        self.algorithm = algorithm
        self.claims = claims
        self.signature = signature
        signed = Data("\(parts[0]).\(parts[1])".utf8)
    }

    private static func json(_ part: Substring) -> JSONValue? {
        guard let data = Base64URL.data(part), let value = try? JSON.decode(JSONValue.self, from: data), value.object != nil else { return nil }
        return value
    }

    /// Whether one of `keys` has signed it: that of the name it gives, or any where it names none.
    func isSigned(byOneOf keys: [JSONWebKey]) -> Bool {
        keys.contains { (keyID == nil || keyID == $0.id) && $0.verifies(signature, of: signed, by: algorithm) }
    }

    /// Who has signed in. Throws unless it was made by `issuer`, for `clientID`, in answer to `nonce`, and now (§3.1.3.7).
    func check(issuer: String, clientID: String, nonce: String, now: Timestamp) throws(OpenIDFault) -> ClaimedIdentity {
        guard claims["iss"]?.string == issuer else { throw OpenIDFault("its ID token is of another issuer than \(issuer)") }
        let audiences = claims["aud"]?.string.map { [$0] } ?? claims["aud"]?.array?.compactMap(\.string) ?? []
        guard audiences.contains(clientID) else { throw OpenIDFault("its ID token is for another client than \(clientID)") }
        let party = claims["azp"]?.string
        guard party == clientID || claims["azp"] == nil && audiences.count == 1 else {
            throw OpenIDFault("its ID token was made for another party")
        }
        guard claims["nonce"]?.string == nonce else { throw OpenIDFault("its ID token answers another request") }
        guard let end = instant("exp"), let begin = instant("iat") else { throw OpenIDFault("its ID token says no time") }
        guard end + Self.skew > now else { throw OpenIDFault("its ID token has expired; check the clocks") }
        guard begin - Self.skew <= now, instant("nbf").map({ $0 - Self.skew <= now }) ?? true else {
            throw OpenIDFault("its ID token is of the future; check the clocks")
        }
        return try ClaimedIdentity(claims)
    }

    /// Seconds since 1970, with or without fractions. What no time can hold counts as none.
    private func instant(_ name: String) -> Timestamp? {
        guard let seconds = claims[name]?.number, (0...100_000_000_000).contains(seconds) else { return nil }
        return Timestamp(milliseconds: Int64(seconds * 1000))
    }
}

/// Who somebody is, as a provider says.
struct ClaimedIdentity: Sendable, Equatable {
    /// Unique at the provider, and never given to somebody else (§2).
    let subject: String
    var email: String?
    /// Nil where nothing is said of it.
    var emailVerified: Bool?
    var name: String?
    var zone: String?
    var locale: String?

    init(_ claims: JSONValue) throws(OpenIDFault) {
        guard let subject = claims["sub"]?.string, (1...255).contains(subject.utf8.count) else { throw OpenIDFault("it does not say who came (sub)") }
        self.subject = subject
        email = claims["email"]?.string.flatMap { EmailAddress($0)?.text }
        // Some write it as text.
        emailVerified = claims["email_verified"]?.bool ?? claims["email_verified"]?.string.map { $0 == "true" }
        name = claims["name"]?.string
        zone = claims["zoneinfo"]?.string
        locale = claims["locale"]?.string
    }

    /// With what `other`, of the same person, says besides.
    func completed(by other: ClaimedIdentity) -> ClaimedIdentity {
        var whole = self
        // What is verified is one address.
        if email == nil || emailVerified == nil && email == other.email {
            (whole.email, whole.emailVerified) = (other.email, other.emailVerified)
        }
        whole.name = name ?? other.name
        whole.zone = zone ?? other.zone
        whole.locale = locale ?? other.locale
        return whole
    }
}
