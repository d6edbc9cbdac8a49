import Application
import ArgumentParser
import Domain
import Foundation
import Gateway
import Hummingbird
import Logging
import MCPServer
import Metrics
import Observability
import Persistence
import RestAPI
import ServiceLifecycle
import WebUI

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the roles of POSTIZ_APPS until stopped.",
        discussion: "Example: PORT=8080 MAIN_URL=https://posts.example.com postiz serve")

    /// How long what is under way may take to end once the process is told to stop. Whoever tells it kills it after thirty seconds (deploy/).
    private static let grace = Duration.seconds(20)

    func run() async throws {
        let configuration = try Configuration.load(environment: ProcessInfo.processInfo.environment)
        let level = Logger.Level(rawValue: configuration.logLevel) ?? .info
        bootstrapLogging(level: level, format: configuration.logFormat == .text ? .text : .json)
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        let logger = Logger(label: "postiz")
        let traces = TraceService(configuration, logger: logger)

        try await Bootstrap.withInstance(configuration) { try await run($0, traces: traces, metrics: metrics, logger: logger) }
        logger.info("stopped")
    }

    private func run(_ instance: Instance, traces: TraceService?, metrics: PrometheusMetrics, logger: Logger) async throws {
        for notice in instance.notices { logger.notice("\(notice)") }
        for remark in await Bootstrap.remarks(on: instance.configuration) { logger.notice("\(remark)") }
        if instance.configuration.redis == nil, let silence = try await Bootstrap.silence(of: instance.services.database) {
            logger.warning("\(silence)")
        }
        try await lookAtStore(instance, logger: logger)
        await instance.services.broadcast.open()
        let lock = try await takeOver(instance, logger: logger)
        defer { lock?.release() }
        var group = ServiceGroupConfiguration(
            services: try services(of: instance, traces: traces, metrics: metrics, logger: logger), gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        group.maximumGracefulShutdownDuration = Self.grace
        do {
            try await ServiceGroup(configuration: group).run()
        } catch is CancellationError {
            logger.warning("what had not ended \(Self.grace) after the signal was given back")
        }
    }

    /// What only a change of settings mends keeps the server from starting. A store that is away for a while does not.
    private func lookAtStore(_ instance: Instance, logger: Logger) async throws {
        guard let (problem, isFinal) = await instance.services.stores.problem() else { return }
        guard isFinal else { return logger.error("\(problem)") }
        throw StartProblem(problem)
    }

    /// When no other worker shares the data folder, takes back at once what a dead one held.
    private func takeOver(_ instance: Instance, logger: Logger) async throws -> FolderLock? {
        guard instance.configuration.apps.contains(.worker), instance.configuration.databaseURL == nil else { return nil }
        guard let lock = try FolderLock.take(in: instance.configuration.dataFolder, name: "worker.lock") else {
            logger.notice("another worker uses this data folder; they share the work")
            return nil
        }
        try await instance.services.publishing.releaseOrphans()
        try await instance.services.assistants.endStreams()
        try await instance.services.idempotency.abandonAll()
        return lock
    }

    private func services(
        of instance: Instance, traces: TraceService?, metrics: PrometheusMetrics, logger: Logger
    ) throws -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let (services, apps) = (instance.services, instance.configuration.apps)
        // The first to start is the last to stop: it keeps what the others say at the end.
        var running: [any Service] = [
            services.eventLog.writer, StorageWatch(health: services.health, time: services.time, logger: logger),
            OverdueWatch(
                mainURL: instance.configuration.mainURL, database: services.database, mail: services.mail, time: services.time,
                patience: instance.configuration.overdueAlarm, logger: logger),
            PlatformKeysWatch(keys: services.platformKeys, time: services.time, logger: logger), StartedCode(time: services.time),
        ]
        if let traces { running.insert(traces, at: 0) }
        if apps.contains(.worker) {
            running += [services.publishing.worker, services.choreWorker, services.webhookWorker]
        }
        if apps.contains(.cron) {
            running += [services.publishing.dueScan, services.publishing.reconciler]
            running.append(ChoreSchedule(queue: services.queue, database: services.database, time: services.time, logger: logger))
        }
        running.append(
            ZoneWatch(
                folders: instance.configuration.zoneFolders, replanning: apps.contains(.cron) ? services.replanning : nil, time: services.time,
                logger: logger))
        // Every process answers health checks and shows its figures; only the faces differ.
        running.append(try server(of: instance, metrics: metrics, logger: logger))
        // The last to start is the first to be told to stop.
        if let database = services.database as? PostgresDatabase {
            if let watch = ReplicaWatch(database, time: services.time, logger: logger) { running.append(watch) }
            running.append(Haste(database: database))
        }
        return running.map { .init(service: Discreet(service: $0), successTerminationBehavior: .gracefullyShutdownGroup) }
    }

    private func server(of instance: Instance, metrics: PrometheusMetrics, logger: Logger) throws -> some Service {
        let (services, apps) = (instance.services, instance.configuration.apps)
        let web = apps.contains(.frontend) ? try WebInterface(services: services, words: instance.words) : nil
        let router = FrontDoor.router(services: services, refusedForm: web?.refusedForm)
        web?.speak(on: router)
        MetricsPage(services: services) { metrics.render() }.register(on: router)
        if apps.contains(.backend) || apps.contains(.frontend) { ShortLinkPage(services: services).register(on: router) }
        let rest = RESTInterface(services: services, version: Version.current)
        if apps.contains(.backend) || apps.contains(.frontend) { try rest.register(on: router) } else { try rest.registerHealth(on: router) }
        if apps.contains(.backend) {
            MCPRoutes(try MCPInterface(services: services, version: Version.current, logger: logger)).register(on: router)
        }
        web?.register(on: router)
        return FrontDoor.application(router: router, services: services, logger: logger)
    }
}

/// A service whose description is its type alone: a group of services describes them in its log, with all that they hold, passwords too.
private struct Discreet: Service, CustomStringConvertible, CustomDebugStringConvertible {
    let service: any Service

    func run() async throws { try await service.run() }
    var description: String { "\(type(of: service))" }
    var debugDescription: String { description }
}

/// Once the process is to stop, nobody waits long for a database that does not answer: whoever stops us kills us after ten seconds.
private struct Haste: Service {
    let database: PostgresDatabase

    func run() async throws {
        try? await gracefulShutdown()  // Cancelled: it is time as well.
        database.hurry()
    }
}
