import Application
import Domain
import Foundation
import Hummingbird

/// The cookie that holds a browser's session token.
public enum SessionCookie {
    public static let name = "postiz_session"
    /// Seconds: seven days, as long as the session itself.
    static let lifetime = 7 * 24 * 3600

    /// The `Set-Cookie` values that sign a browser in and make it known.
    public static func values(_ signedIn: SignedIn, for context: AppRequestContext, _ configuration: Configuration) -> [String] {
        [cookie(name, signedIn.token, seconds: lifetime, context, configuration)]
            + (signedIn.device.map { [DeviceCookie.value($0, for: context, configuration)] } ?? [])
    }

    /// The `Set-Cookie` value that signs it out.
    public static func cleared(for context: AppRequestContext, _ configuration: Configuration) -> String {
        cookie(name, "", seconds: 0, context, configuration)
    }

    /// `Secure` when the client came by HTTPS or `MAIN_URL` says that people do, unless the operator has said otherwise.
    static func cookie(
        _ name: String, _ value: String, seconds: Int, _ context: AppRequestContext, _ configuration: Configuration
    ) -> String {
        let secure = (context.origin.scheme == "https" || configuration.mainURL.scheme == "https") && !configuration.notSecured
        return "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "")
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

/// The cookie of a browser that was sent to a provider of identities: what it has to bring back.
public enum ProviderCookie {
    public static let name = "postiz_provider"

    /// The `Set-Cookie` value that keeps it, for as long as somebody may need to sign in there.
    public static func value(_ sealed: String, for context: AppRequestContext, _ configuration: Configuration) -> String {
        SessionCookie.cookie(name, sealed, seconds: 600, context, configuration)
    }

    /// The `Set-Cookie` value that forgets it.
    public static func cleared(for context: AppRequestContext, _ configuration: Configuration) -> String {
        SessionCookie.cookie(name, "", seconds: 0, context, configuration)
    }
}

/// The cookie of a browser that was asked for a passkey: what it has to bring back with the answer.
public enum PasskeyCookie {
    public static let name = "postiz_passkey"

    /// The `Set-Cookie` value that keeps it, for as long as somebody may need to answer.
    public static func value(_ sealed: String, for context: AppRequestContext, _ configuration: Configuration) -> String {
        SessionCookie.cookie(name, sealed, seconds: 300, context, configuration)
    }

    /// The `Set-Cookie` value that forgets it.
    public static func cleared(for context: AppRequestContext, _ configuration: Configuration) -> String {
        SessionCookie.cookie(name, "", seconds: 0, context, configuration)
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
        let value = try JSON.data(self).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        response.headers[values: .setCookie].append(SessionCookie.cookie(Self.cookie, value, seconds: 60, context, configuration))
    }

    /// The message that `request` carries, if any. Whoever shows it sends `taken` along.
    public init?(_ request: Request) {
        guard let text = request.cookies[Self.cookie]?.value, text.utf8.count < 4096 else { return nil }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        // A cookie that somebody has tampered with is no message.
        guard let data = Data(base64Encoded: padded), let flash = try? JSON.decode(Flash.self, from: data) else { return nil }
        self = flash
    }

    /// The `Set-Cookie` value that forgets the message.
    public static func taken(for context: AppRequestContext, _ configuration: Configuration) -> String {
        SessionCookie.cookie(cookie, "", seconds: 0, context, configuration)
    }
}
