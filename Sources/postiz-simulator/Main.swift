import ArgumentParser
import Foundation
import Hummingbird
import Logging
import PlatformSimulator

@main
struct SimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postiz-simulator",
        abstract: "Impersonates Bluesky, LinkedIn, Mastodon and X, so that everything can be tried without an account at any of them.",
        discussion: """
            Open the printed address in a browser to see accounts and what they published. Scripts tell it to misbehave under /_control.

            EXAMPLE
              postiz-simulator --port 5600
              curl -d '{"path":"x.createPost","kind":"dropAfter","times":1}' http://127.0.0.1:5600/_control/faults
              curl http://127.0.0.1:5600/_control/publications?platform=x
            """)

    @Option(help: "Port to listen on; 0 picks a free one.")
    var port = 5600

    @Option(help: "Address to listen on. The control API answers loopback callers only.")
    var host = "127.0.0.1"

    @Flag(help: "Print the address only.")
    var quiet = false

    @Flag(help: "Consent pages answer Allow without a person.")
    var autoApprove = false

    @Flag(help: "Do not refuse calls over the platforms' own limits (for benchmarks).")
    var noRateLimits = false

    func run() async throws {
        var options = SimulatorOptions(host: host, port: port, autoApprove: autoApprove, enforceRateLimits: !noRateLimits)
        options.logger = Logger(label: "postiz-simulator")
        options.logger.logLevel = .warning
        let platforms = SimulatedPlatforms(options: options)
        let address = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
        let isQuiet = quiet
        try await platforms.application { port in
            let origin = "http://\(address):\(port)"
            defer { fflush(nil) }  // output to a file or pipe would wait for a full buffer
            print("The simulator is at \(origin)")
            if isQuiet { return }
            print("Start the product with:\n")
            for line in platforms.environment(origin: origin) { print("\(line.name)=\(line.value)") }
            print("\nStop it with Ctrl-C.")
        }.runService()
    }
}
