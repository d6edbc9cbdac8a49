import Domain
import Foundation
import Messaging
import NIOCore
import NIOPosix
import Persistence
import Platforms

/// Whether people, mail and platforms can be reached, and reach us.
struct NetworkExaminations: Sendable {
    let configuration: Configuration
    let version: String

    init(_ configuration: Configuration, version: String) {
        self.configuration = configuration
        self.version = version
    }

    // MARK: The address

    func mainURL() -> [Diagnosis] {
        let (address, host) = (configuration.mainURL.absoluteString, configuration.mainURL.host()?.lowercased() ?? "")
        let isHere = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host)
        if configuration.mainURL.scheme == "https" {
            guard !configuration.notSecured else {
                return [
                    Diagnosis(
                        "MAIN_URL", .warning, "\(address) is encrypted, but NOT_SECURED lets cookies travel without encryption.",
                        advice: "Remove NOT_SECURED.")
                ]
            }
            return [Diagnosis("MAIN_URL", .ok, address)]
        }
        if isHere {
            return [
                Diagnosis(
                    "MAIN_URL", .warning, "\(address) can be opened on this machine only.",
                    advice: "For others, and for platforms that demand https, put a proxy with TLS in front and set MAIN_URL to its address.")
            ]
        }
        return [
            Diagnosis(
                "MAIN_URL", .warning, "\(address) is not encrypted: passwords can be read on the way, and most platforms refuse it.",
                advice: "Put a proxy with TLS in front (Caddy does it by itself) and set MAIN_URL to its https address.")
        ]
    }

    // MARK: The port

    func port() async -> [Diagnosis] {
        let place = configuration.localPlace
        if let running = await runningServer(at: place) {
            let proxy = Self.proxy(running.proxy)
            guard running.version == version else {
                return [
                    Diagnosis(
                        "port", .warning, "Postiz \(running.version) runs at \(place); this is \(version).",
                        advice: "Restart the server to run this version.")
                ] + proxy
            }
            guard running.status == .ok else {
                let reasons = [running.database.message, running.queue.message, running.publishing?.message, running.storage.message].compactMap {
                    $0
                }
                return [
                    Diagnosis(
                        "port", running.status == .down ? .problem : .warning,
                        "Postiz runs at \(place) and is \(running.status.rawValue): \(reasons.joined(separator: " "))",
                        advice: "Look into its log.")
                ] + proxy
            }
            return [Diagnosis("port", .ok, "Postiz \(running.version) runs at \(place) and is well.")] + proxy
        }
        do {
            let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: configuration.host, port: configuration.port).get()
            try await server.close()
            return [Diagnosis("port", .ok, "\(place) is free for 'postiz serve'.")]
        } catch {
            return [
                Diagnosis(
                    "port", .problem,
                    "\(place) cannot be listened at: another program uses it, or the host is not this machine's: \(ConnectionWords.of(error)).",
                    advice: "Stop the other program ('ss -ltnp' names it), or set PORT and HOST.")
            ]
        }
    }

    /// What the running server has seen of the proxy in front of it.
    private static func proxy(_ seen: HealthReport.Part?) -> [Diagnosis] {
        guard let seen else { return [] }
        guard let message = seen.message else { return [Diagnosis("proxy", .ok, "It says who calls, and that it is by HTTPS.")] }
        return [Diagnosis("proxy", .warning, message, advice: "Change the proxy's configuration as said, and open a page through it.")]
    }

    private func runningServer(at place: String) async -> HealthReport? {
        // Whatever does not answer with a health report is no server of ours.
        let answer = try? await HTTPTransport.briefly(patience) { try await $0.platform.send(HTTPCall("GET", "http://\(place)/api/health")) }
        return answer.flatMap { try? JSON.decode(HealthReport.self, from: $0.body) }
    }

    // MARK: Mail

    /// With an address, sends a mail there, now; without one looks whether the server answers.
    func mail(sendingTo address: String? = nil) async -> [Diagnosis] {
        guard let server = configuration.smtp else {
            let off = "Mail is off: links to set a new password come from 'postiz user reset-link' only."
            return [
                Diagnosis("mail", address == nil ? .ok : .problem, off, advice: address.map { _ in "Set EMAIL_HOST and the settings beside it." })
            ]
        }
        if let address { return [await send(to: address, through: server)] }
        let place = "\(server.host):\(server.port)"
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connectTimeout(.seconds(5))
                .connect(host: server.host, port: server.port).get()
            try? await channel.close()  // It may have hung up already: it was there.
            return [Diagnosis("mail", .ok, "\(place) takes connections; mails are from \(server.fromAddress).")]
        } catch {
            return [
                Diagnosis(
                    "mail", .problem, "\(place) does not answer: \(ConnectionWords.of(error)).",
                    advice: "Check EMAIL_HOST and EMAIL_PORT, and that the provider of this machine lets mail out (many block port 25).")
            ]
        }
    }

    private func send(to address: String, through server: SMTPServer) async -> Diagnosis {
        guard let address = EmailAddress(address)?.text else {
            return Diagnosis("mail", .problem, "No mail was sent.", advice: "Give an e-mail address such as ada@example.com.")
        }
        let place = "\(server.host):\(server.port)"
        let message = MailKind.test.draft.message(to: MailReader(address: address, locale: "en", timeZone: "UTC"), by: .plain)
        do {
            try await server.send(MailDocument(message, id: MailID().text, from: server, at: .now), to: address)
            return Diagnosis("mail", .ok, "\(place) has taken a mail to \(address). Look whether it arrives, and not among the unwanted ones.")
        } catch {
            let failure = error as? MailFailure
            return Diagnosis(
                "mail", .problem, "\(place) has not taken a mail to \(address). \(failure?.reason ?? "\(error)")",
                advice: failure?.advice ?? "Check the EMAIL_ settings.")
        }
    }

    // MARK: Platforms

    func platforms() -> [Diagnosis] {
        let offered = PlatformRegistry.descriptors.filter { !configuration.hiddenPlatforms.contains($0.id) }
        let settings = configuration.platformConfiguration(version: version)
        var (ready, absent, diagnoses): ([String], [String], [Diagnosis]) = ([], [], [])
        for descriptor in offered {
            let variables = PlatformRegistry.appVariables(of: descriptor, in: settings)
            let missing = settings.missing(variables)
            if missing.isEmpty {
                ready.append(descriptor.name)
            } else if missing.count == variables.count {
                absent.append(descriptor.name)
            } else {
                diagnoses.append(
                    Diagnosis(
                        "platforms", .warning, "\(descriptor.name) is set up by half: \(missing.joined(separator: ", ")) is missing.",
                        advice: descriptor.documentation))
            }
        }
        let others = absent.isEmpty ? "" : "; not set up: \(absent.joined(separator: ", ")) (docs/platforms)"
        let working = offered.filter { ready.contains($0.name) }
        diagnoses += Self.reach(of: working, filesReachable: configuration.mainURL.mayBePublic)
        diagnoses.append(Diagnosis("platforms", .ok, "Ready: \(ready.joined(separator: ", "))\(others)."))
        return diagnoses
    }

    /// Platforms that fetch files from an address that they cannot reach.
    static func reach(of platforms: [PlatformDescriptor], filesReachable: Bool) -> [Diagnosis] {
        platforms.compactMap { $0.reachWarning(filesReachable: filesReachable) }.map {
            Diagnosis("platforms", .warning, $0, advice: "Posts without files go out. For others put a proxy with TLS in front and set MAIN_URL.")
        }
    }

    // MARK: The clock

    /// Where the time can be asked: a variable that says that the platform is used, the one for its base, and its home without one.
    private static let clocks = [
        (used: "X_API_KEY", base: "X_API_BASE_URL", home: "https://api.x.com"),
        (used: "LINKEDIN_CLIENT_ID", base: "LINKEDIN_API_BASE_URL", home: "https://api.linkedin.com"),
        (used: "MASTODON_URL", base: "MASTODON_URL", home: "https://mastodon.social"),
    ]

    /// Compares the clock with the `Date` of whichever platform answers first: posts go out by this clock, and signatures carry its time.
    func clock(at now: Timestamp) async -> [Diagnosis] {
        let set = configuration.platformValues.filter { !$0.value.isEmpty }
        let used = Self.clocks.filter { set[$0.used] != nil || set[$0.base] != nil }
        let addresses = (used.isEmpty ? Self.clocks.suffix(1) : used[...]).map { set[$0.base] ?? $0.home }
        let patience = TransportSettings(
            userAgent: "Postiz/\(version)", connectTimeout: .seconds(2), readTimeout: .seconds(3), deadline: .seconds(3))
        let found = await HTTPTransport.briefly(patience) { transport in
            await withTaskGroup(of: PlatformClock.Difference?.self) { group -> PlatformClock.Difference? in
                for address in addresses {
                    group.addTask {
                        // No answer, or one without a time, tells nothing.
                        guard let date = try? await transport.platform.send(HTTPCall("GET", address)).date else { return nil }
                        return PlatformClock.Difference(name: address, seconds: (now - date).milliseconds / 1000)
                    }
                }
                for await answer in group {
                    if let answer {
                        group.cancelAll()
                        return answer
                    }
                }
                return nil
            }
        }
        guard let found else { return [Diagnosis("clock", .ok, "Not compared: no platform answers.")] }
        guard found.isNotable else { return [Diagnosis("clock", .ok, "As \(found.name) has it.")] }
        return [
            Diagnosis(
                "clock", found.isGrave ? .problem : .warning, found.words,
                advice: "Let the clock be set from the network: 'timedatectl set-ntp true', or install chrony.")
        ]
    }
}
