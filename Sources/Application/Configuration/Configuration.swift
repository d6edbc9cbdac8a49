import Domain
import Foundation
import Messaging
import Persistence
import Platforms

/// What the operator has set, read once at start. The table of variables is `ConfigurationVariable.all`.
public struct Configuration: Sendable {
    /// What a process may do, by its names in `POSTIZ_APPS`.
    public enum App: String, Sendable, CaseIterable { case frontend, backend, worker, cron }
    public enum LogFormat: String, Sendable { case json, text }

    /// Where people open the product, without a slash at the end.
    public let mainURL: URL
    /// Where short links are, without a slash at the end; nil: below `mainURL`.
    public let shortLinkURL: URL?
    public let host: String
    public let port: Int
    public let apps: Set<App>
    /// Where the rules of time zones are looked for.
    public let zoneFolders: [ZoneFolder]
    /// Addresses or CIDR ranges.
    public let trustedProxies: [String]
    /// Whether they tell of clients in `Forwarded` rather than in the `X-Forwarded-…` family.
    public let proxiesSetForwarded: Bool
    public let corsOrigins: [String]
    /// Calls a minute for each caller; 0 = no limit.
    public let rateLimitPerMinute: Int
    /// Posts created a minute by each caller; 0 = no limit.
    public let createLimitPerMinute: Int
    /// Posts created an hour by each organization; 0 = no limit.
    public let createLimitPerHour: Int
    /// The bearer token with which public addresses may read `/metrics`; nil: they may not.
    public let metricsToken: String?
    /// Where traces go; nil: none are made.
    public let traces: TraceSettings?
    /// Whether assistants may have their key in the address.
    public let mcpKeyInURL: Bool
    /// Origins of pages that may talk to assistants' addresses, besides our own.
    public let mcpAllowedOrigins: [String]
    public let mcpMaxBodyBytes: Int
    /// Whether assistants see the fixtures of conformance tests instead of the product.
    public let mcpFixtures: Bool

    public let dataFolder: URL
    public let uploadDirectory: URL
    /// PostgreSQL; nil means `databaseFile`.
    public let databaseURL: String?
    public let databaseDirectURL: String?
    public let databasePooler: PostgresPooler
    public let databaseConnections: Int
    /// Replicas of `databaseURL`; none is asked where there are none.
    public let databaseReadURLs: [String]
    /// To each of them.
    public let databaseReadConnections: Int
    /// The Redis that carries hints of work, limits and events; nil: the database and each process do.
    public let redis: RedisAddress?
    /// A PEM file of who may vouch for it, besides the system's.
    public let redisAuthorities: String?
    public let maxUploadBytes: Int
    public let storageProvider: MediaStores.Provider
    /// Nil when no bucket is set.
    public let s3: S3Settings?

    /// Where the daily backup goes; nil: there is none.
    public let backupTarget: BackupTarget?
    /// Minutes after midnight UTC.
    public let backupMinute: Int
    public let backupsKept: Int
    public let backupPassphrase: String?
    public let backupWithSecrets: Bool

    /// Nil when it is to be made and kept: `Secrets.loadOrCreate`.
    public let jwtSecret: String?
    /// Nil when it is to be made and kept: `Secrets.loadOrCreate`.
    public let encryptionKey: String?
    public let oldEncryptionKeys: [String]
    public let registrationDisabled: Bool
    /// Whether people who register have to show that their address is theirs.
    public let requiresActivation: Bool
    /// How long somebody who has deleted their account can keep it.
    public let accountDeletionDelay: Duration
    /// By whom people sign in besides a password, in the order of their buttons.
    public let openIDProviders: [OpenIDProvider]
    public let notSecured: Bool
    public let allowedPrivateHosts: Set<String>

    public let workerConcurrency: Int
    public let latePostLimit: Duration
    public let trashKept: Duration
    public let keepsBudgets: Bool
    /// Nil: nobody is told of late posts.
    public let overdueAlarm: Duration?
    public let retryLimit: Duration
    public let lookupSettleTime: Duration
    public let publishLease: Duration

    /// Nil when mail is off.
    public let smtp: SMTPServer?
    /// Nil when no server of a language model is set: there is no help with writing.
    public let ai: AISettings?
    public let hiddenPlatforms: Set<PlatformID>
    /// What the platforms read, by the variable's name.
    public let platformValues: [String: String]
    public let logLevel: String
    public let logFormat: LogFormat

    /// The variables with the values in force, in the order of the table.
    public let settings: [ConfigurationSetting]
    /// What the operator should know: near misses in names, settings that have no effect. Said at start.
    public let warnings: [String]

    /// The embedded database.
    public var databaseFile: URL { dataFolder.appendingPathComponent("postiz.sqlite") }

    /// Reads `environment`; a variable may come from the file that `NAME_FILE` names instead, read by `readFile`. Throws all mistakes at
    /// once, each with its mend.
    public static func load(
        environment: [String: String],
        readFile: (String) throws -> String = { try String(contentsOfFile: $0, encoding: .utf8) }
    ) throws(ConfigurationError) -> Configuration {
        // Each provider that is named has variables of its own.
        var first = ConfigurationReader([.openIDProviders], environment: environment, readFile: readFile)
        var providers: [String] = []
        for name in first.list("OIDC_PROVIDERS") where OpenIDProvider.isName(name) && !providers.contains(name) { providers.append(name) }
        let variables = ConfigurationVariable.all + providers.flatMap(ConfigurationVariable.ofProvider)
        var reader = ConfigurationReader(variables, environment: environment, readFile: readFile)
        let configuration = Configuration(&reader, environment: environment, variables, providers: providers)
        guard reader.mistakes.isEmpty else { throw ConfigurationError(mistakes: reader.mistakes) }
        return configuration
    }

    /// Of use only when the reader has found no mistake.
    private init(
        _ reader: inout ConfigurationReader, environment: [String: String], _ variables: [ConfigurationVariable], providers: [String]
    ) {
        host = reader.text("HOST") ?? ""
        port = reader.number("PORT")
        mainURL = Self.mainURL(&reader, port: port)
        shortLinkURL = Self.shortLinkURL(&reader, mainURL: mainURL)
        apps = Set(reader.list("POSTIZ_APPS").compactMap(App.init))
        zoneFolders = reader.text("POSTIZ_ZONEINFO").map { [ZoneFolder(path: $0)] } ?? [.system, .shipped]
        trustedProxies = reader.list("TRUSTED_PROXIES")
        proxiesSetForwarded = reader.text("TRUSTED_PROXY_HEADERS") == "forwarded"
        corsOrigins = Self.origins("CORS_ORIGINS", &reader)
        rateLimitPerMinute = reader.number("RATE_LIMIT_PER_MINUTE")
        createLimitPerMinute = reader.number("CREATE_LIMIT_PER_MINUTE")
        createLimitPerHour = reader.number("API_LIMIT")
        metricsToken = reader.text("METRICS_TOKEN")
        traces = TraceSettings(&reader)
        mcpKeyInURL = reader.flag("MCP_KEY_IN_URL")
        mcpAllowedOrigins = Self.origins("MCP_ALLOWED_ORIGINS", &reader)
        mcpMaxBodyBytes = reader.number("MCP_MAX_BODY_BYTES")
        mcpFixtures = Self.fixtures(&reader, mainURL: mainURL)

        dataFolder = URL(fileURLWithPath: reader.text("POSTIZ_DATA") ?? "", isDirectory: true)
        let uploads = reader.text("UPLOAD_DIRECTORY").map { URL(fileURLWithPath: $0, isDirectory: true) }
        uploadDirectory = uploads ?? dataFolder.appendingPathComponent("uploads", isDirectory: true)
        databaseURL = reader.text("DATABASE_URL")
        databaseDirectURL = reader.text("DATABASE_DIRECT_URL")
        databasePooler = reader.text("DATABASE_POOLER").flatMap(PostgresPooler.init) ?? .automatic
        databaseConnections = reader.number("DATABASE_CONNECTIONS")
        databaseReadURLs = Self.replicas(&reader)
        databaseReadConnections = reader.number("DATABASE_READ_CONNECTIONS")
        redis = Self.redis(&reader)
        redisAuthorities = Self.authorities("REDIS_CA_FILE", &reader)
        maxUploadBytes = reader.number("MAX_UPLOAD_BYTES")
        storageProvider = reader.text("STORAGE_PROVIDER").flatMap(MediaStores.Provider.init) ?? .local
        s3 = Self.s3(&reader, isNeeded: storageProvider == .s3)
        backupTarget = Self.backups(&reader, data: dataFolder)
        backupMinute = Self.minute("BACKUP_TIME", &reader)
        backupsKept = reader.number("BACKUP_KEEP")
        backupPassphrase = Self.secret("BACKUP_PASSPHRASE", &reader)
        backupWithSecrets = reader.flag("BACKUP_SECRETS")

        jwtSecret = Self.secret("JWT_SECRET", &reader)
        encryptionKey = Self.secret("ENCRYPTION_KEY", &reader)
        oldEncryptionKeys = reader.list("OLD_ENCRYPTION_KEYS")
        registrationDisabled = reader.flag("DISABLE_REGISTRATION")
        accountDeletionDelay = .days(Int64(reader.number("ACCOUNT_DELETION_DAYS")))
        openIDProviders = OpenIDProvider.all(providers, &reader, registrationDisabled: registrationDisabled)
        notSecured = reader.flag("NOT_SECURED")
        allowedPrivateHosts = Set(reader.list("ALLOWED_PRIVATE_HOSTS").map { $0.lowercased() })

        workerConcurrency = reader.number("WORKER_CONCURRENCY")
        keepsBudgets = reader.flag("PLATFORM_BUDGETS")
        let alarm = reader.number("OVERDUE_ALARM_MINUTES")
        overdueAlarm = alarm > 0 ? .minutes(Int64(alarm)) : nil
        latePostLimit = .hours(Int64(reader.number("LATE_POST_LIMIT_HOURS")))
        trashKept = .days(Int64(reader.number("TRASH_DAYS")))
        retryLimit = .hours(Int64(reader.number("RETRY_LIMIT_HOURS")))
        lookupSettleTime = .seconds(reader.number("LOOKUP_SETTLE_SECONDS"))
        publishLease = .seconds(reader.number("PUBLISH_LEASE_SECONDS"))

        smtp = SMTPServer(&reader, mainURL: mainURL)
        requiresActivation = reader.flag("REQUIRE_ACTIVATION")
        if requiresActivation, smtp == nil { reader.refuse("REQUIRE_ACTIVATION", "set EMAIL_HOST as well: the link is mailed") }
        ai = AISettings(&reader)
        hiddenPlatforms = Self.hiddenPlatforms(&reader)
        var values: [String: String] = [:]
        for variable in ConfigurationVariable.platforms { values[variable.name] = reader.text(variable.name) }
        platformValues = values
        logLevel = reader.text("LOG_LEVEL") ?? ""
        logFormat = reader.text("LOG_FORMAT").flatMap(LogFormat.init) ?? .json

        settings = variables.compactMap { reader[$0.name] }
        warnings = Self.withoutEffect(&reader) + NearMisses.warnings(for: environment.keys.sorted(), values: environment, among: variables)
    }

    private static func secret(_ name: String, _ reader: inout ConfigurationReader) -> String? {
        guard let secret = reader.text(name) else { return nil }
        if secret.utf8.count < 16 { reader.refuse(name, "use at least 16 characters, such as the output of: openssl rand -base64 32") }
        return secret
    }

    private static func hiddenPlatforms(_ reader: inout ConfigurationReader) -> Set<PlatformID> {
        let known = Set(PlatformRegistry.descriptors.map(\.id))
        // Platforms of Postiz that this version does not have are hidden already.
        return Set(reader.list("HIDDEN_PROVIDERS").map { PlatformID(rawValue: $0.lowercased()) }).intersection(known)
    }

    /// What the platforms and the way to them need.
    func platformConfiguration(version: String) -> PlatformConfiguration {
        PlatformConfiguration(
            values: platformValues, settleTime: lookupSettleTime, allowedPrivateHosts: allowedPrivateHosts,
            transport: TransportSettings(userAgent: "Postiz/\(version) (+\(mainURL.absoluteString))"))
    }

    private static func withoutEffect(_ reader: inout ConfigurationReader) -> [String] {
        _ = (reader.text("NEXT_PUBLIC_BACKEND_URL"), reader.text("EMAIL_PROVIDER"))
        var notes: [String] = []
        for name in ["S3_ENDPOINT", "BACKUP_S3_ENDPOINT"] {
            guard let endpoint = reader.address(name), endpoint.scheme == "http", endpoint.mayBePublic else { continue }
            notes.append("\(name) is not encrypted: files can be read on the way to the store")
        }
        if let address = reader.address("OPENAI_BASE_URL"), address.scheme == "http", address.mayBePublic {
            notes.append("OPENAI_BASE_URL is not encrypted: texts, pictures and the key can be read on the way")
        }
        if reader["OPENAI_MODEL"]?.value != nil, reader["OPENAI_BASE_URL"]?.value == nil, reader["OPENAI_API_KEY"]?.value == nil {
            notes.append("OPENAI_MODEL is set but neither OPENAI_BASE_URL nor OPENAI_API_KEY is: help with writing is off")
        }
        if reader.text("EMAIL_PROVIDER") != nil, reader.text("EMAIL_HOST") == nil {
            notes.append("EMAIL_PROVIDER is set but EMAIL_HOST is not: mail is off")
        }
        if reader.flag("MCP_FIXTURES") { notes.append("MCP_FIXTURES is on: assistants see the fixtures of conformance tests, not the product") }
        return notes
    }
}
