import Application
import Domain
import Foundation
import Hummingbird

/// The cookie that holds a browser's session token.
public enum SessionCookie {
    static let name = "postiz_session"
    /// Seconds: seven days, as long as the session itself.
    static let lifetime = 7 * 24 * 3600

    /// The `Set-Cookie` values that sign a browser in and make it known.
    public static func values(_ signedIn: SignedIn, for context: AppRequestContext, _ configuration: Configuration) -> [String] {
        [cookie(name, signedIn.token, seconds: lifetime, context, configuration)]
            + (signedIn.device.map { [DeviceCookie.value($0, for: context, configuration)] } ?? [])
    }

    /// Whether `request` brings a session, in force or not: signing out takes the cookie away.
    public static func isIn(_ request: Request) -> Bool { request.cookies[name] != nil }

    /// The `Set-Cookie` value that signs it out.
    public static func cleared(for context: AppRequestContext, _ configuration: Configuration) -> String {
        cookie(name, "", seconds: 0, context, configuration)
    }

    /// `Secure` when the client came by HTTPS or `MAIN_URL` says that people do, unless the operator has said otherwise.
    static func cookie(
        _ name: String, _ value: String, seconds: Int, path: String = "/", _ context: AppRequestContext, _ configuration: Configuration
    ) -> String {
        let secure = (context.origin.scheme == "https" || configuration.mainURL.scheme == "https") && !configuration.notSecured
        return "\(name)=\(value); Path=\(path); Max-Age=\(seconds); HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "")
    }
}

/// The cookie of a browser in which somebody has signed in before. It stays when they sign out.
public enum DeviceCookie {
    static let name = "postiz_device"
    /// Seconds: as long as browsers keep a cookie at most.
    private static let lifetime = 400 * 24 * 3600

    /// The `Set-Cookie` value that makes a browser known.
    public static func value(_ device: String, for context: AppRequestContext, _ configuration: Configuration) -> String {
        SessionCookie.cookie(name, device, seconds: lifetime, context, configuration)
    }
}

/// The cookie of a browser in which something was begun that goes on elsewhere: what it has to bring back, sealed.
public struct PendingCookie: Sendable {
    /// For as long as somebody may need to sign in at a provider of identities.
    public static let provider = PendingCookie(name: "postiz_provider", seconds: 600)
    /// For as long as somebody may need to show a passkey.
    public static let passkey = PendingCookie(name: "postiz_passkey", seconds: 300)

    private let name: String
    private let seconds: Int

    /// What `request` brings back.
    public func value(in request: Request) -> String? { request.cookies[name]?.value }

    /// Has the browser keep `sealed`.
    public func put(_ sealed: String, on response: inout Response, for context: AppRequestContext, _ configuration: Configuration) {
        response.headers[values: .setCookie].append(SessionCookie.cookie(name, sealed, seconds: seconds, context, configuration))
    }

    /// Has the browser forget it.
    public func clear(on response: inout Response, for context: AppRequestContext, _ configuration: Configuration) {
        response.headers[values: .setCookie].append(SessionCookie.cookie(name, "", seconds: 0, context, configuration))
    }
}

/// The cookie of a browser in which a client has opened their link. It goes back to that link's pages alone.
public enum PortalCookie {
    private static let name = "postiz_portal"

    /// The secret that `request` brings back.
    public static func value(in request: Request) -> String? { request.cookies[name]?.value }

    /// Has the browser keep the secret of `link` for `time`. Only what was found to be one may be put: it stands in a header.
    public static func put(
        _ secret: String, until time: Duration, for link: PortalLinkID, on response: inout Response, _ context: AppRequestContext,
        _ configuration: Configuration
    ) {
        let seconds = Int(max(1, time.components.seconds))
        response.headers[values: .setCookie].append(
            SessionCookie.cookie(name, secret, seconds: seconds, path: "/portal/\(link)", context, configuration))
    }
}

/// One message that survives a redirect: how connecting ended, for the page that follows.
public struct Flash: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable { case success, failure }
    public let kind: Kind
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    static let cookie = "postiz_flash"

    /// Adds the message to `response`; the next page shows it within a minute or never.
    public func put(on response: inout Response, for context: AppRequestContext, _ configuration: Configuration) throws {
        let value = Base64URL.text(try JSON.data(self))
        response.headers[values: .setCookie].append(SessionCookie.cookie(Self.cookie, value, seconds: 60, context, configuration))
    }

    /// The message that `request` carries, if any. Whoever shows it sends `taken` along.
    public init?(_ request: Request) {
        guard let text = request.cookies[Self.cookie]?.value, text.utf8.count < 4096 else { return nil }
        // A cookie that somebody has tampered with is no message.
        guard let data = Base64URL.data(text), let flash = try? JSON.decode(Flash.self, from: data) else { return nil }
        self = flash
    }

    /// The `Set-Cookie` value that forgets the message.
    public static func taken(for context: AppRequestContext, _ configuration: Configuration) -> String {
        SessionCookie.cookie(cookie, "", seconds: 0, context, configuration)
    }
}
