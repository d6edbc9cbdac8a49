import Domain
import Foundation
import Hummingbird

/// What was just done, for the next page to say, with a way to undo it. Carried by a cookie that lives a minute.
struct Toast: Codable, Sendable, Equatable {
    let message: String
    /// The address that a form posts to in order to undo it.
    var undo: String?

    static let cookie = "postiz_toast"

    init(_ message: String, undo: String? = nil) {
        self.message = message
        self.undo = undo
    }

    /// The message that `request` carries, if any.
    init?(_ request: Request) {
        guard let text = request.cookies[Self.cookie]?.value.removingPercentEncoding, !text.isEmpty,
            // A cookie that somebody has tampered with is no message.
            let toast = try? JSON.decode(Toast.self, from: text)
        else { return nil }
        self.init(toast.message, undo: toast.undo?.localPath(or: "").unlessEmpty)
    }

    func setCookie() throws -> String {
        let value = try JSON.text(self).queryEncoded
        // Browsers drop what is longer: then it is at least said.
        if undo != nil, value.utf8.count > 3900 { return try Toast(message).setCookie() }
        return "\(Self.cookie)=\(value); Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
    }
    static let clearedCookie = "\(cookie)=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"

    var model: Model { ["message": message, "undo": undo] }
}
