import Application
import Domain
import Foundation
import Hummingbird
import Logging
import NIOCore

/// What is known about one request: shared by REST, the web interface and MCP. Middlewares fill it from the outside in.
public struct AppRequestContext: RequestContext, Sendable {
    public var coreContext: CoreRequestContextStorage
    /// Names the request in the answer, in the log and in error messages.
    public internal(set) var requestId: String
    /// Where the request came from and how it was addressed, seen through trusted proxies.
    public internal(set) var origin: RequestOrigin
    /// Who asks.
    public internal(set) var authentication: Authentication = .anonymous

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        requestId = ""
        // Without an address the peer is on this machine: a Unix domain socket.
        origin = RequestOrigin(address: source.channel.remoteAddress?.ipAddress ?? "127.0.0.1", scheme: "http", host: "")
    }

    public var requestDecoder: JSONDecoder { Self.decoder }
    public var responseEncoder: JSONEncoder { Self.encoder }
    private static let decoder = JSONDecoder()
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    /// The caller; nil for an anonymous request or one whose key or session is unknown.
    public var caller: Caller? {
        switch authentication {
        case .anonymous, .refused, .misdirected: nil
        case .key(let caller): caller
        case .session(let signedIn): signedIn.caller
        }
    }

    /// The browser session, where the request carries one.
    public var signedIn: SignedIn? { if case .session(let signedIn) = authentication { signedIn } else { nil } }

    /// The caller. Throws `UNAUTHENTICATED` when there is none.
    func requireCaller() throws -> Caller {
        if let caller { return caller }
        switch authentication {
        case .refused:
            throw ProblemReport(.unauthenticated, "This API key is unknown, revoked or expired. Make a new one in Settings → API keys.")
        case .misdirected:
            throw ProblemReport(
                .forbidden, "This access token is for \(AuthorizationAddresses.resourcePath) alone. Make an API key in Settings → API keys for this.")
        default: break
        }
        throw ProblemReport(.unauthenticated, "Sign in, or send an API key: Authorization: Bearer ptz_…")
    }

    /// What use cases keep about a sign-in.
    public func client(_ request: Request) -> ClientInfo {
        ClientInfo(
            address: origin.address, userAgent: String((request.headers[.userAgent] ?? "").prefix(300)),
            device: request.cookies[DeviceCookie.name]?.value)
    }
}

/// Who asks, as far as the request tells.
public enum Authentication: Sendable {
    case anonymous
    /// An `Authorization` header whose key or token is not valid.
    case refused
    /// An assistant's access token at an address that it is not for. Whether it is valid was not looked up.
    case misdirected
    /// By API key, or by an assistant's access token.
    case key(Caller)
    case session(SignedIn)
}

/// Where a request came from and how it was addressed.
public struct RequestOrigin: Sendable, Equatable {
    /// The client's IP address.
    public var address: String
    /// `http` or `https`, as the client sees it.
    public var scheme: String
    /// Host and port as the client wrote them.
    public var host: String

    /// Whether somebody says that the request came through a proxy: then its peer's address tells nothing about who sent it.
    public internal(set) var isForwarded = false

    init(address: String, scheme: String, host: String) {
        self.address = address
        self.scheme = scheme
        self.host = host
    }

    /// `https://social.example.com`, to be compared with an `Origin` header.
    public var base: String { "\(scheme)://\(host)" }
}
