import Domain
import Foundation
import Messaging
import NIOCore
import NIOPosix
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("The self-check", .timeLimit(.minutes(10)))
struct DoctorTests {
    /// What the doctor says of an instance with a folder of its own and these settings.
    private func report(
        _ settings: [String: String] = [:], prepare: (URL) async throws -> Void = { _ in }
    ) async throws -> DoctorReport {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postiz-doctor-\(UUID())", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // The system empties its folder for temporary files anyway.
        try await prepare(folder)
        // Nobody listens where nobody may: the port is looked at in a test of its own.
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        // Nobody answers there either: clocks are compared in a test of their own.
        let environment = ["POSTIZ_DATA": folder.path, "PORT": "1", "HOST": "127.0.0.1", "PATH": path, "MASTODON_URL": "http://127.0.0.1:1"].merging(
            settings
        ) { _, own in own }
        return await Doctor(version: "1.2.3", environment: environment).report()
    }

    private func found(_ subject: String, _ report: DoctorReport) throws -> Diagnosis {
        try #require(report.diagnoses.first { $0.subject == subject }, "nothing about \(subject)")
    }

    private func migrate(_ folder: URL, _ steps: [Migration] = schema) async throws {
        let database = try SQLiteDatabase(path: folder.appending(path: "postiz.sqlite").path)
        try await Migrator.migrate(database, steps)
        await database.close()
    }

    @Test("A clock that differs from a platform's is told, and what to do", arguments: [Int64(0), 90, -600])
    func clock(minusTheirs seconds: Int64) async throws {
        let verdict: Diagnosis.Verdict = seconds == 0 ? .ok : seconds == 90 ? .warning : .problem
        try await DocumentServer.with { server in
            server.put("/", .init(headers: [("Date", "Tue, 24 Nov 2026 09:00:00 GMT")]))
            let configuration = try Configuration.load(environment: ["MASTODON_URL": server.base])
            let theirs = try #require(Timestamp("2026-11-24T09:00:00Z"))
            let found = await NetworkExaminations(configuration, version: "1.2.3").clock(at: theirs + .seconds(seconds))
            #expect(found.map(\.verdict) == [verdict])
            #expect(found.first?.advice?.contains("timedatectl") == (verdict == .ok ? nil : true))
        }
    }

    @Test("A language model is asked where one is set; a server that does not tell its models is well where one is named")
    func languageModel() async throws {
        func found(_ settings: [String: String]) async throws -> [Diagnosis] {
            await NetworkExaminations(try Configuration.load(environment: settings), version: "1.2.3").languageModel()
        }
        #expect(try await found([:]).isEmpty)
        try await DocumentServer.with { server in
            server.put("/v1/models", .init(body: #"{"data": [{"id": "writer-1"}]}"#))
            server.put("/silent/models", .init(status: .notFound))
            server.put("/closed/models", .init(status: .unauthorized))
            let well = try await found(["OPENAI_BASE_URL": "\(server.base)/v1"])
            #expect(well.map(\.verdict) == [.ok] && well[0].finding.contains("writer-1"))
            #expect(try await found(["OPENAI_BASE_URL": "\(server.base)/silent"]).map(\.verdict) == [.warning])
            #expect(try await found(["OPENAI_BASE_URL": "\(server.base)/silent", "OPENAI_MODEL": "m"]).map(\.verdict) == [.ok])
            let closed = try await found(["OPENAI_BASE_URL": "\(server.base)/closed", "OPENAI_MODEL": "m"])
            #expect(closed.map(\.verdict) == [.warning] && closed[0].finding.contains("OPENAI_API_KEY"))
        }
    }

    @Test("Health tells a clock that differs from a platform's, from the answers that come anyway", arguments: [Int64(0), 90, -600])
    func clockInHealth(minusTheirs seconds: Int64) async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let folder = FileManager.default.temporaryDirectory
            let (database, time) = (world.workspace.database, world.workspace.time)
            let health = HealthCheck(
                database: database, queue: DatabaseJobQueue(database: database, time: time), time: time, dataFolder: folder,
                uploadDirectory: folder, version: "0", clock: world.platforms.clock)
            #expect(world.platforms.clock.difference == nil)
            time.advance(by: .now - time.now + .seconds(seconds))
            try await world.connect("linkedin", as: "ada")
            let report = await health.report()
            #expect(report.clock.ok == (seconds != -600))
            #expect(report.status == (seconds == -600 ? .degraded : .ok))
            #expect(report.clock.message?.contains(seconds < 0 ? "behind" : "ahead of") == (seconds == 0 ? nil : true))
        }
    }

    @Test("Nothing is made by looking, and a first start is announced")
    func firstStart() async throws {
        let report = try await report(prepare: { _ in })
        for subject in ["time zones", "cryptography", "settings", "data folder", "secrets", "database", "platforms", "mail"] {
            #expect(try found(subject, report).verdict == .ok, "\(subject)")
        }
        #expect(try found("database", report).finding.contains("will be made"))
        var left: [String] = []
        _ = try await self.report(prepare: { left.append($0.path) })
        #expect(!FileManager.default.fileExists(atPath: "\(left[0])/postiz.sqlite"))
    }

    @Test("A migrated database is sound and up to date; an older one is told apart from one of a newer version")
    func schemas() async throws {
        let current = try await report { try await migrate($0) }
        #expect(try found("database", current).verdict == .ok)
        #expect(try found("database", current).finding.hasPrefix("SQLite 3."))
        #expect(try found("schema", current).verdict == .ok)
        let older = try await report { try await migrate($0, Array(schema.prefix(2))) }
        #expect(try found("schema", older).verdict == .warning)
        #expect(try found("schema", older).advice?.contains("postiz migrate") == true)
        let newer = try await report { try await migrate($0, schema + [Migration(number: 9999, name: "tomorrow", sql: "CREATE TABLE t (a TEXT)")]) }
        #expect(try found("schema", newer).verdict == .problem)
        #expect(newer.verdict == .problem)
    }

    @Test("A connection that ends soon is told with the posts that depend on it")
    func connections() async throws {
        let quiet = try await report { try await migrate($0) }
        #expect(try found("connections", quiet).verdict == .ok)
        let ending = try await report { folder in
            try await migrate(folder)
            let database = try SQLiteDatabase(path: folder.appending(path: "postiz.sqlite").path)
            let workspace = try await Workspace(database)
            let now = workspace.time.now
            let channel = Integration(
                id: IntegrationID(at: now), organizationId: workspace.organization, platform: "linkedin", platformAccountId: "1", username: "ada",
                displayName: "Ada Example", createdAt: now, updatedAt: now)
            let tokens = StoredCredentials(sealed: Data([0]), scopes: [], expiresAt: now + .minutes(30), refreshable: false, refreshAfter: nil)
            try await database.write { try IntegrationRepository.insert(channel, credentials: tokens, in: $0) }
            _ = try await workspace.addPost(on: [channel.id], status: .scheduled, publications: .scheduled)
            await database.close()
        }
        let told = try found("connections", ending)
        #expect(told.verdict == .warning && told.advice?.contains("Channels") == true)
        #expect(told.finding.contains("Ada Example ends at") && told.finding.contains("1 planned post would wait: \"Hello\""))
    }

    @Test("A platform that fetches files from an address that it cannot reach is told", arguments: [true, false])
    func reach(_ filesReachable: Bool) throws {
        let rules = try #require(PlatformRegistry.descriptors.first)
        let pulling = PlatformDescriptor(
            id: "pulling", name: "Example Network", mark: "e", connect: rules.connect, credentials: [], text: rules.text, thread: rules.thread,
            media: rules.media, settings: [],
            kinds: [ContentKind("post", "Post"), ContentKind("reel", "Reel", text: TextRule(limit: 20, counting: .utf8))], pullsMedia: true,
            analytics: [], documentation: "")
        let pushing = PlatformDescriptor(
            id: "pushing", name: "Another Network", mark: "a", connect: rules.connect, credentials: [], text: rules.text, thread: rules.thread,
            media: rules.media, settings: [], analytics: [], documentation: "")
        let told = NetworkExaminations.reach(of: [pulling, pushing], filesReachable: filesReachable)
        #expect(told.map(\.verdict) == (filesReachable ? [] : [.warning]))
        let warned = [pulling, pushing].map { PlatformView($0, missing: [], callbackUrl: "", filesReachable: filesReachable).warning != nil }
        #expect(warned == [!filesReachable, false])
        let limits = PlatformView(pulling, missing: [], callbackUrl: "").textLimits
        #expect(limits == ["post": rules.text.limit, "reel": 20])
        #expect(told.first.map { $0.finding.contains("Example Network") && $0.finding.contains("MAIN_URL") } ?? filesReachable)
    }

    @Test("A damaged database is a problem")
    func damage() async throws {
        let report = try await report { folder in
            try Data(repeating: 7, count: 8192).write(to: folder.appending(path: "postiz.sqlite"))
        }
        #expect(try found("database", report).verdict == .problem)
        #expect(try found("database", report).advice?.contains("backup") == true)
    }

    @Test("A PostgreSQL server is asked for its version and its durability", arguments: TestDatabase.postgresIfAny)
    func postgres(_: TestDatabase) async throws {
        let url = try #require(ProcessInfo.processInfo.environment["TEST_DATABASE_URL"])
        let report = try await report(["DATABASE_URL": url])
        let database = try found("database", report)
        #expect(database.verdict != .problem, "\(database)")
        #expect(database.finding.hasPrefix("PostgreSQL 1"))
        #expect(try found("notifications", report).verdict == .ok)
    }

    @Test("A PostgreSQL server that does not answer is a problem, told without the password")
    func noPostgres() async throws {
        let report = try await report(["DATABASE_URL": "postgresql://ada:open-sesame@127.0.0.1:1/postiz"])
        let database = try found("database", report)
        #expect(database.verdict == .problem)
        #expect(database.advice?.contains("DATABASE_URL") == true)
        #expect(!"\(report)".contains("open-sesame"))
    }

    @Test("Secrets are for their owner's eyes, and are missed where a database needs them")
    func secrets() async throws {
        func write(_ folder: URL, mode: Int) throws {
            let path = folder.appending(path: "secrets.json").path
            #expect(FileManager.default.createFile(atPath: path, contents: Data("{}".utf8), attributes: [.posixPermissions: mode]))
        }
        #expect(try found("secrets", try await report { try write($0, mode: 0o600) }).verdict == .ok)
        let open = try found("secrets", try await report { try write($0, mode: 0o644) })
        #expect(open.verdict == .problem)
        #expect(open.advice?.hasPrefix("chmod 600 ") == true)
        #expect(try found("secrets", try await report { try await migrate($0) }).verdict == .warning)
    }

    @Test("A data folder that cannot be is a problem")
    func noFolder() async throws {
        let report = try await report(["POSTIZ_DATA": "/dev/null/postiz"])
        #expect(try found("data folder", report).verdict == .problem)
    }

    @Test(
        "The public address is judged by who can use it",
        arguments: [
            (["MAIN_URL": "https://posts.example.com"], .ok), (["MAIN_URL": "http://localhost:5000"], .warning),
            (["MAIN_URL": "http://posts.example.com"], .warning), (["MAIN_URL": "https://posts.example.com", "NOT_SECURED": "true"], .warning),
        ] as [([String: String], Diagnosis.Verdict)])
    func mainURL(_ settings: [String: String], _ verdict: Diagnosis.Verdict) async throws {
        #expect(try found("MAIN_URL", try await report(settings)).verdict == verdict)
    }

    @Test("A port that another program holds is a problem; a mail server that listens is fine")
    func ports() async throws {
        let other = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { $0.close() }.bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(other.localAddress?.port)
        let taken = try await report(["PORT": "\(port)", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": "\(port)"])
        #expect(try found("port", taken).verdict == .problem)
        #expect(try found("mail", taken).verdict == .ok)
        try await other.close()
        let free = try await report(["PORT": "\(port)", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": "\(port)"])
        #expect(try found("mail", free).verdict == .problem)
    }

    @Test("A platform that is set up by half is named with what is missing")
    func halfAPlatform() async throws {
        let half = try await report(["X_API_KEY": "key"])
        #expect(try found("platforms", half).verdict == .warning)
        #expect(try found("platforms", half).finding.contains("X_API_SECRET"))
        let whole = try await report(["X_API_KEY": "key", "X_API_SECRET": "secret"])
        #expect(try found("platforms", whole).finding.contains("Ready: Bluesky, Discord Webhook, Mastodon, X"))
    }

    @Test("Pages on LinkedIn are judged by the app that they use")
    func pageApp() async throws {
        let first = ["LINKEDIN_CLIENT_ID": "app", "LINKEDIN_CLIENT_SECRET": "secret"]
        let shared = try await report(first)
        #expect(try found("platforms", shared).finding.contains("Ready: Bluesky, Discord Webhook, LinkedIn, LinkedIn Page, Mastodon"))
        let half = try await report(first.merging(["LINKEDIN_PAGE_CLIENT_ID": "page-app"]) { $1 })
        #expect(try found("platforms", half).finding == "LinkedIn Page is set up by half: LINKEDIN_PAGE_CLIENT_SECRET is missing.")
        let own = try await report(["LINKEDIN_PAGE_CLIENT_ID": "page-app", "LINKEDIN_PAGE_CLIENT_SECRET": "page-secret"])
        #expect(try found("platforms", own).finding.contains("Ready: Bluesky, Discord Webhook, LinkedIn Page, Mastodon"))
    }

    @Test("Mistakes in settings are told one by one, with all that can be looked at without them")
    func mistakes() async throws {
        let report = try await report(["PORT": "many", "MAIN_URL": "posts"])
        #expect(report.diagnoses.filter { $0.subject == "settings" && $0.verdict == .problem }.count == 2)
        #expect(try found("time zones", report).verdict == .ok)
    }

    @Test("Programs that are missing are warned of")
    func tools() async throws {
        let report = try await report(["PATH": "/nowhere"])
        #expect(try found("ffprobe", report).verdict == .warning)
        #expect(try found("vipsthumbnail", report).advice?.contains("libvips-tools") == true)
    }

    @Test("Every finding says why it matters and where it is explained")
    func subjects() async throws {
        for settings in [
            [:], ["DATABASE_URL": "postgresql://ada@127.0.0.1:1/postiz", "REDIS_URL": "redis://127.0.0.1:1", "PATH": "/nowhere"], ["PORT": "x"],
        ] {
            for found in try await report(settings, prepare: { try await migrate($0) }).diagnoses {
                #expect(found.why != nil && found.page != nil, "\(found.subject)")
            }
        }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        for (subject, told) in DoctorSubject.all {
            #expect(FileManager.default.fileExists(atPath: root.appending(path: told.page).path), "\(subject): \(told.page)")
        }
    }

    @Test("Secrets that no key opens are a problem, and named")
    func unreadableSecrets() async throws {
        func told(_ key: String) async throws -> Diagnosis {
            try found(
                "keys",
                try await report(["JWT_SECRET": "a signing secret for tests", "ENCRYPTION_KEY": key]) { folder in
                    try await migrate(folder)
                    let database = try SQLiteDatabase(path: folder.appending(path: "postiz.sqlite").path)
                    let workspace = try await Workspace(database)
                    let now = workspace.time.now
                    let channel = Integration(
                        id: IntegrationID(at: now), organizationId: workspace.organization, platform: "linkedin", platformAccountId: "1",
                        username: "ada", displayName: "Ada Example", createdAt: now, updatedAt: now)
                    let tokens = try CredentialVault(secrets: SecretBox(encryptionKey: "the key of this test")).seal(
                        Credentials(accessToken: "a token"), of: channel.id, now: now)
                    try await database.write { try IntegrationRepository.insert(channel, credentials: tokens, in: $0) }
                    await database.close()
                })
        }
        #expect(try await told("the key of this test").verdict == .ok)
        let lost = try await told("another key than that")
        #expect(lost.verdict == .problem && lost.finding.contains("linkedin Ada Example") && lost.advice?.contains("OLD_ENCRYPTION_KEYS") == true)
    }

    @Test("What is due and waits is a problem")
    func queue() async throws {
        let late = try await report { folder in
            try await migrate(folder)
            let database = try SQLiteDatabase(path: folder.appending(path: "postiz.sqlite").path)
            let workspace = try await Workspace(database)
            let now = workspace.time.now
            let channel = Integration(
                id: IntegrationID(at: now), organizationId: workspace.organization, platform: "x", platformAccountId: "1", username: "ada",
                displayName: "Ada Example", createdAt: now, updatedAt: now)
            let tokens = StoredCredentials(sealed: Data([0]), scopes: [], expiresAt: nil, refreshable: false, refreshAfter: nil)
            try await database.write { try IntegrationRepository.insert(channel, credentials: tokens, in: $0) }
            let post = try await workspace.addPost(on: [channel.id], status: .scheduled, publications: .scheduled)
            try await database.write { try $0.execute("UPDATE publications SET due_at = $2 WHERE post_id = $1", post, now - .minutes(10)) }
            await database.close()
        }
        #expect(try found("queue", late).verdict == .problem)
        #expect(try found("queue", try await report { try await migrate($0) }).verdict == .ok)
    }

    @Test("The database's clock is compared to the second", arguments: [(Int64(0), Diagnosis.Verdict.ok), (5, .warning), (-600, .problem)])
    func databaseClock(_ seconds: Int64, _ verdict: Diagnosis.Verdict) {
        let now = Timestamp.now
        #expect(StorageExaminations.compared(now - .seconds(seconds), with: now).verdict == verdict)
    }

    @Test("A request of our own through MAIN_URL shows how it arrives")
    func wayIn() async throws {
        try await DocumentServer.with { server in
            func told(_ seen: RequestSeen?) async throws -> Diagnosis? {
                server.put("/api/health/request", .init(body: try seen.map { try JSON.text($0) } ?? "<h1>Welcome</h1>"))
                let configuration = try Configuration.load(environment: ["MAIN_URL": server.base])
                return await NetworkExaminations(configuration, version: "1.2.3").wayIn().first { $0.subject == "way in" }
            }
            let host = try #require(URL(string: server.base)).host() ?? ""
            let port = try #require(URL(string: server.base)?.port)
            let right = try await told(RequestSeen(host: "\(host):\(port)", scheme: "http", address: "192.0.2.7", version: "1.2.3"))
            #expect(right?.verdict == .ok && right?.finding.contains("192.0.2.7") == true)
            let renamed = try await told(RequestSeen(host: "backend:5000", scheme: "https", address: "192.0.2.7", version: "1.2.3"))
            #expect(renamed?.verdict == .warning && renamed?.finding.contains("backend:5000") == true)
            #expect(try await told(nil)?.finding.contains("does not lead to this server") == true)
        }
    }

    @Test("A mail that is asked for is sent, or the server's words are told")
    func mailNow() async throws {
        let off = await NetworkExaminations(try Configuration.load(environment: [:]), version: "1.2.3").mail(sendingTo: "ada@example.com")
        #expect(off.map(\.verdict) == [.problem])
        let gone = try Configuration.load(environment: ["EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": "1", "EMAIL_FROM_ADDRESS": "postiz@example.com"])
        let told = await NetworkExaminations(gone, version: "1.2.3").mail(sendingTo: "ada@example.com")
        #expect(told.first?.verdict == .problem && told.first?.finding.contains("has not taken") == true)
    }
}
