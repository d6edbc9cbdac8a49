import Crypto
import Domain
import Foundation
import Platforms
import TestSupport

@testable import Application

/// Made by joserfc 1.8.0, for somebody called `ada` who has signed in at `2026-11-23T12:00:00Z`.
enum TokenSamples {
    static let rsaKey = """
        {\"n\": \"zR4tT53WTp8yUt2MMDRKx_zQw_WOkXzicf89AVn-qRNtjAStIarSckWGiMug9O7AZiAlqlgF-rOSQVFLb_vi9fOb390BfL0Y4LJPTR7tm6niz_K6U\
        Gv6T3qKi0xFeYF70urjHrqzSH3to2gewD068pe-V7Evf9_M7xZm1F3Gl2XuIijGmjoM-O7Mv1YFOE-ly6LTPYzZN1bbEJfaNoTS1WRpBgjzPFpIsoQ633Oks\
        T_0ndwSBT5wmHqkB_BMSIB4cFe9UtP_N8Kuf02ZOInMaU6rbXx3f__HO6qh6qdRtC5bv5uIBkPrTwcBToy2IdEQFbdoY5oR39vpN73FCVsoXQ\", \"e\": \"AQ\
        AB\", \"kid\": \"r\", \"kty\": \"RSA\"}
        """
    static let rsaToken = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwiYXVkIjoicG9zdGl6Iiwic3ViI\
        joiYWRhIiwibm9uY2UiOiJuLTEiLCJpYXQiOjE3OTU0MzUyMDAsImV4cCI6MTc5NTQzNTUwMH0.upw8EJmKPnR2HbWqeoX-Pj1TpcfddKKOIJUNqoiB10tw3\
        4PT6X7D57x43AaANRqzPz2I9AHS3_Tlh36MQAdqSi0jaNuaNg_hHYUE9ilzN6EYDdzB2xbrBdJfN8sGUH6X9-eQ1LD4fmFRmZSSCtjs01ljgWFRnfzafxWi0\
        HiisLZGIxHH29jcig_fD8ZJW0jt3g0zThb8m8hjGHdRd8TUqA4uMQgjpqtI5OGOU74aSlxJhQhQVDvJF5GB6jcG5gLW26aFoUGLtQ2k1dDZvR663VssT1zIm\
        MdM9CAPzMHktCMwe23uND9RvjM7buxGxB_5nfNLufOUt1NkUJeJiYAHcg
        """
    static let curveKey = """
        {\"crv\": \"P-256\", \"x\": \"bQkyCMcwDfLkkMVJVJmCEc8kz3BZ5Z1M74RGvyb5mOg\", \"y\": \"TWfi5hl12bu-v1dMOrh09uPe5jIixkKVowiSp9yHjdY\",\
         \"kid\": \"e\", \"kty\": \"EC\"}
        """
    static let curveToken = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIsImtpZCI6ImUifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwiYXVkIjoicG9zdGl6Iiwic3ViI\
        joiYWRhIiwibm9uY2UiOiJuLTEiLCJpYXQiOjE3OTU0MzUyMDAsImV4cCI6MTc5NTQzNTUwMH0.bAkmdKWpeA8bgl97yfvKdutGLOaNKLx9c_4kJFcah-zf7\
        WEDi20eKkoSWpBsQO6urTMP0RSos5TdT__oNRc7TA
        """
    static let all = [(rsaKey, rsaToken), (curveKey, curveToken)]
    static let time = Timestamp(milliseconds: 1_795_435_200_000)
}

/// A provider of identities in memory, which lets in whoever it is told.
actor IdentityServer: HTTPSender {
    static let issuer = "https://id.example.com"

    private let time: ManualTime
    private var key = P256.Signing.PrivateKey()
    private var keyName = "first"
    private var nonce = ""
    private var changes: [String: JSONValue] = [:]
    private var user: [String: JSONValue] = [:]
    private var metadata: [String: JSONValue] = [:]
    private var isDown = false
    private(set) var fetchedKeys = 0

    init(time: ManualTime) { self.time = time }

    /// Who signs in next. `changes` to the token make it one that nobody should take; `null` leaves a claim out.
    func letIn(_ user: [String: JSONValue], nonce: String, changes: [String: JSONValue] = [:]) {
        (self.user, self.nonce, self.changes) = (user, nonce, changes)
    }

    func replaceKey() { (key, keyName) = (P256.Signing.PrivateKey(), "next") }
    func describe(_ changes: [String: JSONValue]) { metadata = changes }
    func stop() { isDown = true }

    func send(_ call: HTTPCall) throws -> HTTPAnswer {
        guard !isDown else { throw TransportFailure(mayHaveArrived: false, reason: "The connection was refused") }
        switch call.url {
        case "\(Self.issuer)/.well-known/openid-configuration":
            let own: [String: JSONValue] = [
                "issuer": .string(Self.issuer), "authorization_endpoint": .string("\(Self.issuer)/authorize?tenant=1"),
                "token_endpoint": .string("\(Self.issuer)/token"), "userinfo_endpoint": .string("\(Self.issuer)/me"),
                "jwks_uri": .string("\(Self.issuer)/keys"),
            ]
            return try answer(.object(own.merging(metadata) { $1 }))
        case "\(Self.issuer)/keys":
            fetchedKeys += 1
            let point = key.publicKey.rawRepresentation
            let own: JSONValue = [
                "kty": "EC", "crv": "P-256", "kid": .string(keyName), "use": "sig",
                "x": .string(Base64URL.text(point.prefix(32))), "y": .string(Base64URL.text(point.suffix(32))),
            ]
            return try answer(["keys": [["kty": "oct", "kid": "other", "k": "AA"], own]])
        case "\(Self.issuer)/token":
            return try answer(["access_token": "access", "token_type": "Bearer", "id_token": .string(try token())])
        case "\(Self.issuer)/me": return try answer(.object(user.merging(["email_verified": true]) { $1 }))
        default: return HTTPAnswer(status: 404, headers: [:], body: Data())
        }
    }

    private func token() throws -> String {
        let now = time.now.milliseconds / 1000
        let usual: [String: JSONValue] = [
            "iss": .string(Self.issuer), "aud": "client", "nonce": .string(nonce), "iat": .number(Double(now)), "exp": .number(Double(now + 300)),
        ]
        var claims = usual.merging(user) { $1 }.merging(changes) { $1 }
        let header: JSONValue = ["alg": claims.removeValue(forKey: "alg") ?? "ES256", "kid": .string(keyName)]
        let signed = "\(Base64URL.text(try JSON.data(header))).\(Base64URL.text(try JSON.data(claims.filter { $0.value != .null })))"
        return "\(signed).\(Base64URL.text(try key.signature(for: Data(signed.utf8)).rawRepresentation))"
    }

    private func answer(_ json: JSONValue) throws -> HTTPAnswer { HTTPAnswer(status: 200, headers: [:], body: try JSON.data(json)) }
}
