import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// What stands between the network and every face of the product.
public enum FrontDoor {
    /// Files that are the same for everybody are below this path: no session is looked up for them.
    public static let assetPath = "/assets/"

    /// A router that already does what all faces share; faces add their routes to it, then `application` serves it. `refusedForm` is shown
    /// to a person whose form did not prove that it came from a page of ours.
    public static func router(services: Services, refusedForm: ErrorPage? = nil) -> Router<AppRequestContext> {
        let router = Router(context: AppRequestContext.self, options: .autoGenerateHeadEndpoints)
        let configuration = services.configuration
        let main = configuration.mainURL
        let origins = Set(configuration.corsOrigins)
        let time = services.time
        let shortLinks = ShortLinkDomain(services: services)
        router.addMiddleware {
            RequestIdentity(
                proxies: TrustedProxies(configuration.trustedProxies), family: configuration.proxiesSetForwarded ? .standard : .extended,
                defaultHost: main.host() ?? "localhost", watch: main.scheme == "https" ? services.health.proxies : nil)
            AccessLog()
            RequestTrace()
            SecurityHeaders(
                policy: ContentPolicy(configuration), strictTransport: !configuration.notSecured, alwaysSecure: main.scheme == "https")
            Compression()
            CrossOrigin(
                origins: origins, assistantOrigins: origins.union(configuration.mcpAllowedOrigins))
            ErrorAnswers(now: { time.now })
            if let shortLinks { shortLinks }
            CallerIdentity(
                accounts: services.accounts, keys: services.keys, authorization: services.authorization, wrongKeys: WrongKeys(services.rates),
                ownOrigin: origin(of: main), origins: origins, refusedForm: refusedForm)
        }
        return router
    }

    /// The server: call it after all faces have added their routes.
    public static func application(
        router: Router<AppRequestContext>, services: Services, logger: Logger
    ) -> Application<TaskPerRequest<RouterResponder<AppRequestContext>>> {
        closeOtherMethods(on: router)
        return Application(
            responder: TaskPerRequest(responder: router.buildResponder()),
            server: LoopBoundChannel.server(largestBody: services.configuration.maxUploadBytes),
            configuration: .init(
                address: .hostname(services.configuration.host, port: services.configuration.port), serverName: nil, backlog: 1024),
            logger: logger)
    }

    /// A known path with another method is answered with what it allows.
    static func closeOtherMethods(on router: Router<AppRequestContext>) {
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"]
            .compactMap { HTTPRequest.Method(rawValue: $0) }
        for (path, routes) in Dictionary(grouping: router.routes, by: \.path.description) {
            var allowed = Set(routes.map(\.method))
            if allowed.contains(.get) { allowed.insert(.head) }
            let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            for method in methods where !allowed.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    if method == .options { return Response(status: .noContent, headers: [.allow: list]) }
                    throw AnsweredProblem(
                        ProblemReport(.methodNotAllowed, "This address does not know \(method.rawValue). It allows: \(list)."),
                        headers: [.allow: list])
                }
            }
        }
    }

    /// `https://social.example.com:8443`, as browsers write it in `Origin`.
    private static func origin(of url: URL) -> String {
        let standard = (url.scheme == "https" ? 443 : 80)
        let port = url.port.map { $0 == standard ? "" : ":\($0)" } ?? ""
        return "\(url.scheme ?? "http")://\(url.host() ?? "")\(port)"
    }
}
