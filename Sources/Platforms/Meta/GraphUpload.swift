import Domain
import Foundation

extension GraphAPI {
    /// Sends a film to the address that Meta named for it (`rupload.facebook.com`), from `offset` on, read while it is sent.
    ///
    /// A byte more or less than announced is refused, so an upload that broke goes on from where Meta says that it stands.
    func sendFilm(_ media: OutgoingMedia, to address: String, from offset: Int = 0, token: String) async throws {
        let size = media.media.size
        let address = try api.uploadAddress(address, at: hosts, ["facebook.com"])
        guard offset < size else { return }
        let call = HTTPCall(
            "POST", address,
            headers: [("Authorization", "OAuth \(token)"), ("offset", String(offset)), ("file_size", String(size))],
            body: .media(media, range: offset..<size, contentType: "application/octet-stream"), secrets: [token])
        let answer = try await api.send(call)
        let document: JSONValue = try api.decode(answer, to: call)
        guard document["success"]?.bool == true else { throw api.unreadable(answer, to: call) }
    }
}
