import Domain
import Foundation

/// What the operator has set for the platforms.
public struct PlatformConfiguration: Sendable {
    /// By the variable's name: `X_API_KEY`, `X_API_BASE_URL`, `LINKEDIN_VERSION`, `MASTODON_URL`, …
    public var values: [String: String]
    /// How long after a lost create a look-up that finds nothing is not yet believed.
    public var settleTime: Duration
    /// `host` or `host:port` of servers inside the operator's network that users may name.
    public var allowedPrivateHosts: Set<String>
    public var transport: TransportSettings

    public init(
        values: [String: String], settleTime: Duration = .seconds(15), allowedPrivateHosts: Set<String> = [], transport: TransportSettings
    ) {
        self.values = values
        self.settleTime = settleTime
        self.allowedPrivateHosts = allowedPrivateHosts
        self.transport = transport
    }

    /// The value of `name`; nil when missing or blank.
    func value(_ name: String) -> String? {
        let value = values[name]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        return value.isEmpty ? nil : value
    }

    /// The value of `name`; empty when missing.
    func text(_ name: String) -> String { value(name) ?? "" }

    /// The words of `name`, separated by spaces or commas; nil when missing or blank.
    func words(_ name: String) -> [String]? { value(name).map(Self.words) }

    static func words(_ text: String) -> [String] { text.split { $0 == " " || $0 == "," }.map(String.init) }

    func flag(_ name: String) -> Bool { ["1", "true", "yes", "on"].contains(value(name)?.lowercased() ?? "") }

    /// Those of `variables` that are not set.
    public func missing(_ variables: [String]) -> [String] { variables.filter { value($0) == nil } }
}

/// What every adapter works with.
struct PlatformContext: Sendable {
    var configuration: PlatformConfiguration
    let http: any HTTPSender
    let guarded: GuardedHTTP
    let apps: any PlatformAppStore
    let time: any TimeSource

    /// Sleeps without holding a thread.
    func pause(_ duration: Duration) async throws { try await time.sleep(until: time.now + duration) }
}

/// Where a platform's hosts really are: at home, or all of them behind one base address with their paths kept.
struct PlatformHosts: Sendable {
    private let base: String?

    init(base: String?) {
        self.base = base.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    /// `address`, an absolute address of the real platform, moved to the base where one is set.
    func url(_ address: String) -> String {
        guard let base, let scheme = address.firstRange(of: "://") else { return address }
        let path = address[scheme.upperBound...].drop { $0 != "/" }
        return base + path
    }

    /// Whether a file may be uploaded to `address`, which the platform handed out: to its own domains over https, or to the base's host.
    func owns(_ address: String, domains: [String]) -> Bool {
        guard let url = URL(string: address), let host = url.host()?.lowercased() else { return false }
        if let base = base.flatMap({ URL(string: $0) }) { return host == base.host()?.lowercased() && url.port == base.port }
        return url.scheme == "https" && domains.contains { host == $0 || host.hasSuffix(".\($0)") }
    }
}

/// An app that was registered with a server of a federated platform.
public struct RegisteredApp: Codable, Sendable, Equatable {
    public let clientId: String
    public let clientSecret: String

    init(clientId: String, clientSecret: String) {
        self.clientId = clientId
        self.clientSecret = clientSecret
    }
}

/// Remembers registered apps. Secrets are stored encrypted.
public protocol PlatformAppStore: Sendable {
    func app(platform: PlatformID, instance: String, callbackURL: String, scopes: [String]) async throws -> RegisteredApp?
    /// Replaces what was there for the same platform, instance, callback address and scopes.
    func save(_ app: RegisteredApp, platform: PlatformID, instance: String, callbackURL: String, scopes: [String]) async throws
}
