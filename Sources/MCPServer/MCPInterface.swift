import Application
import Domain
import Foundation
import Gateway
import Hummingbird
import Logging
import MCPProtocol

/// Everything assistants reach: the product's tools, resources and prompts behind the protocol's transports.
public struct MCPInterface: Sendable {
    let services: Services
    let transports: MCPTransports
    private let catalogue: Catalogue
    /// What conformance tests want to see instead of the product; nil: they are not under way.
    private let fixtures: ConformanceContext?

    /// Throws when a type of a tool does not tell its shape.
    public init(services: Services, version: String, logger: Logger) throws {
        self.services = services
        catalogue = try Catalogue(version: version, website: services.configuration.mainURL.absoluteString)
        fixtures = services.configuration.mcpFixtures ? ConformanceContext(version: version) : nil
        var configuration = MCPTransportConfiguration(origins: OriginPolicy(services.configuration))
        configuration.maximumBodyBytes = services.configuration.mcpMaxBodyBytes
        transports = MCPTransports(configuration: configuration, secret: services.assistantSecret, time: services.time, logger: logger)
    }

    /// The product as `caller` sees it. `isStillAuthorized` is asked while streams are open.
    public func context(
        for caller: Caller, requestId: String, isStillAuthorized: @escaping @Sendable () async -> Bool = { true }
    ) -> any ModelContext {
        if let fixtures { return fixtures }
        return WorkspaceContext(
            services: services, caller: caller.through(.mcp), requestId: requestId, catalogue: catalogue, stillAuthorized: isStillAuthorized)
    }

    /// One end of a conversation over HTTP.
    func peer(for caller: Caller, requestId: String, isStillAuthorized: @escaping @Sendable () async -> Bool) -> Peer {
        Peer(
            id: caller.subject, context: context(for: caller, requestId: requestId, isStillAuthorized: isStillAuthorized),
            sessions: services.assistants.store(for: caller))
    }
}

extension OriginPolicy {
    /// Our own addresses, those that may call the API, and those named for assistants. This machine's own name is nobody else's.
    init(_ configuration: Configuration) {
        let allowed = [configuration.mainURL.absoluteString] + configuration.corsOrigins + configuration.mcpAllowedOrigins
        self.init(origins: allowed, hosts: ["localhost"] + allowed.compactMap { URL(string: $0)?.host() })
    }
}

extension Caller {
    /// The same caller coming by another way.
    func through(_ origin: Origin) -> Caller {
        Caller(
            organizationId: organizationId, identity: identity, role: role, instanceRole: instanceRole, scopes: scopes, origin: origin,
            timeZone: timeZone, draftOnly: draftOnly)
    }
}
