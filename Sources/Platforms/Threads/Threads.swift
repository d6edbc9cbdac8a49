import Domain
import Foundation

/// Threads (Meta): everything is a container first, which fetches its files by itself and is published when it is ready.
struct Threads: Platform {
    let context: PlatformContext
    let graph: GraphAPI
    let containers: GraphContainers

    init(_ context: PlatformContext) {
        self.context = context
        var graph = GraphAPI(
            name: "Threads", prefix: "THREADS", host: "https://graph.threads.net", base: "THREADS_API_BASE_URL",
            version: "THREADS_API_VERSION", default: "v1.0", rules: Self.errorRules, context)
        graph.tokenInQuery = true
        self.graph = graph
        containers = GraphContainers(
            graph: graph, names: .init(create: "threads", publish: "threads_publish", status: "status", reason: "error_message"))
    }

    var descriptor: PlatformDescriptor { Self.descriptor }
    var missingCredentials: [String] { context.configuration.missing(descriptor.credentials.map(\.variable)) }
    var client: OAuth2.Client {
        .init(id: context.configuration.text("THREADS_APP_ID"), secret: context.configuration.text("THREADS_APP_SECRET"))
    }

    func profileURL(_ username: String) -> String { graph.hosts.url("https://www.threads.net/@\(FormEncoding.escape(username))") }
}
