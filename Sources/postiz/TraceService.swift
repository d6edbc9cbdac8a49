import Application
import Domain
import Foundation
import Logging
import Observability
import Platforms
import ServiceLifecycle
import Tracing

/// Makes traces where the settings name a collector, and sends them there.
struct TraceService: Service {
    private let export: TraceExport
    private let transport: HTTPTransport
    /// How long the end waits for a collector.
    private static let lastWait = Duration.seconds(3)

    /// Nil when no collector is named. Call it once, before anything is traced.
    init?(_ configuration: Configuration, logger: Logger) {
        guard let settings = configuration.traces else { return nil }
        let transport = HTTPTransport(
            settings: TransportSettings(
                userAgent: "Postiz/\(Version.current)", connectTimeout: .seconds(3), readTimeout: .seconds(10), deadline: .seconds(10)))
        let resource = [
            "service.name": settings.service, "service.version": Version.current, "service.instance.id": UUID().uuidString.lowercased(),
        ]
        let (http, headers) = (transport.platform, settings.headers)
        export = TraceExport(resource: resource, version: Version.current, logger: logger) { body in
            let call = HTTPCall(
                "POST", settings.address, headers: headers, body: .bytes(body, contentType: "application/json"), secrets: headers.map(\.value))
            do {
                let answer = try await http.send(call)
                return TraceExport.Answer(status: answer.status, body: answer.body)
            } catch let failure as TransportFailure {
                throw StartProblem(failure.reason)
            }
        }
        self.transport = transport
        InstrumentationSystem.bootstrap(RecordingTracer(export: export, share: settings.share))
    }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await export.run() }
            try? await gracefulShutdown()  // Cancelled: it is time as well.
            group.cancelAll()
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await export.flush() }
            group.addTask { try? await Task.sleep(for: Self.lastWait) }  // Cancelled: the other was quicker.
            await group.next()
            group.cancelAll()
        }
        try await transport.shutdown()
    }
}
