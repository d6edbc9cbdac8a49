import Crypto
import Domain
import Foundation

/// What a client of the stateless era brings back when it repeats a request with answers: the answers it gave before. It is authenticated and
/// bound to the peer, the request and a time, because the client could write anything.
struct RequestState: Sendable {
    static let lifetime = Duration.hours(1)
    private static let refused = RPCError.invalidParams("requestState does not belong to this request or has expired: repeat the request without it.")

    private struct Payload: Codable {
        let peer: String
        let request: Data
        let expiresAt: Int64
        let answers: [String: JSONValue]
    }

    private let key: SymmetricKey
    private let time: any TimeSource

    init(secret: [UInt8], time: any TimeSource) {
        key = HKDF<SHA256>.deriveKey(inputKeyMaterial: SymmetricKey(data: secret), info: Data("mcp request state".utf8), outputByteCount: 32)
        self.time = time
    }

    func seal(_ answers: [String: JSONValue], for request: Message.Request, of peer: String) throws -> String {
        let expiresAt = (time.now + Self.lifetime).milliseconds
        let payload = try JSON.data(Payload(peer: peer, request: Self.digest(request), expiresAt: expiresAt, answers: answers))
        let code = Data(HMAC<SHA256>.authenticationCode(for: payload, using: key))
        return payload.base64EncodedString() + "." + code.base64EncodedString()
    }

    /// Every answer that the client has given to this request so far. Throws `RPCError` for a state that is not ours.
    func answers(to request: Message.Request, of peer: String) throws -> [String: JSONValue] {
        let given = request.params["inputResponses"] ?? [:]
        guard let given = given.object else { throw RPCError.invalidParams("inputResponses is an object.") }
        guard let state = request.params["requestState"] else { return given }
        return try open(state, for: request, of: peer).merging(given) { $1 }
    }

    private func open(_ state: JSONValue, for request: Message.Request, of peer: String) throws -> [String: JSONValue] {
        let parts = (state.string ?? "").split(separator: ".").map { Data(base64Encoded: String($0)) }
        guard parts.count == 2, let body = parts[0], let code = parts[1],
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: body, using: key)
        else { throw Self.refused }
        let payload = try JSON.decode(Payload.self, from: body)
        guard payload.peer == peer, payload.request == Self.digest(request), payload.expiresAt > time.now.milliseconds else { throw Self.refused }
        return payload.answers
    }

    /// Of what stays the same when the request is repeated.
    private static func digest(_ request: Message.Request) -> Data {
        let changing: Set<String> = ["_meta", "inputResponses", "requestState"]
        let same = (request.params.object ?? [:]).filter { !changing.contains($0.key) }
        return Data(SHA256.hash(data: Data((request.method + "\n" + JSONWriter.text(.object(same))).utf8)))
    }
}
