extension ConfigurationVariable {
    /// All variables, in the order of the documentation, under the names Postiz uses where it has one.
    public static let all: [ConfigurationVariable] = server + storage + backups + security + signIn + publishing + mail + platforms + ai + logging

    private static let server: [ConfigurationVariable] = [
        .init("PORT", .number(0...65535), default: "5000", .server, "The port the server listens on; `0` takes a free one."),
        .init("HOST", .text, default: "127.0.0.1", .server, "The address it listens on. `0.0.0.0` opens it to the network."),
        .init(
            "MAIN_URL", .webAddress, .server,
            """
            The address people open, without a path: links in mails and the callback addresses of platforms begin with it. \
            Without it `FRONTEND_URL` is used, else `http://localhost:PORT`.
            """),
        .init(
            "SHORT_LINK_URL", .webAddress, .server,
            """
            The address of a domain for short links, such as `https://go.example.com`, without a path: links are `SHORT_LINK_URL/CODE`, and nothing \
            else is served there. Without it `MAIN_URL/l/CODE`. See docs/links.md.
            """),
        .init("FRONTEND_URL", .webAddress, .server, "Used when `MAIN_URL` is not set. Both are one here: pages and API share one address."),
        .init(
            "NEXT_PUBLIC_BACKEND_URL", .webAddress, .server,
            "Accepted so that existing files keep working; the API is always at `MAIN_URL/api`."),
        .init(
            "POSTIZ_APPS", .choices(["frontend", "backend", "worker", "cron"]), default: "frontend,backend,worker,cron", .server,
            "What this process does: pages, API, publishing, finding what is due."),
        .init(
            "POSTIZ_ZONEINFO", .text, .server,
            """
            A folder of time zone files (TZif), such as `/usr/share/zoneinfo`. Without it the newer of that one, which the system's package \
            `tzdata` keeps up to date, and the one that ships with the release.
            """),
        .init(
            "TRUSTED_PROXIES", .addressRanges, default: "127.0.0.0/8,::1", .server,
            """
            Addresses or CIDR ranges of proxies whose `X-Forwarded-…` headers are believed. A proxy in another container or on another machine \
            must be listed, or all clients count as one address.
            """),
        .init(
            "TRUSTED_PROXY_HEADERS", .choice(["x-forwarded", "forwarded"]), default: "x-forwarded", .server,
            """
            Which headers trusted proxies set: the `X-Forwarded-…` family, or `Forwarded` (RFC 7239). The other is never believed: most proxies \
            pass on what a client wrote there.
            """),
        .init("CORS_ORIGINS", .list, .server, "Origins of other sites whose pages may call the API, such as `https://app.example.com`."),
        .init(
            "RATE_LIMIT_PER_MINUTE", .number(0...1_000_000), default: "100", .server,
            "Calls a minute for each user or key. `0` switches the limit off."),
        .init(
            "CREATE_LIMIT_PER_MINUTE", .number(0...1_000_000), default: "10", .server,
            "Posts created a minute by each user or key. `0` switches the limit off."),
        .init(
            "API_LIMIT", .number(0...1_000_000), default: "0", .server,
            "Posts created an hour by each workspace, as Postiz counts them. `0` switches the limit off."),
        .init(
            "OTEL_EXPORTER_OTLP_ENDPOINT", .webAddress, .server,
            """
            A collector of OpenTelemetry, such as `http://localhost:4318`: traces are sent to `/v1/traces` there, by HTTP in JSON. Without it none \
            are made. See docs/monitoring.md.
            """),
        .init(
            "OTEL_EXPORTER_OTLP_HEADERS", .text, secret: true, .server,
            "What the collector wants to be sent besides: `name=value` pairs, separated by commas, values percent-encoded."),
        .init("OTEL_SERVICE_NAME", .text, default: "postiz", .server, "What this installation is called in traces."),
        .init(
            "OTEL_TRACES_SAMPLER_ARG", .text, default: "1", .server,
            "How many traces are kept, from `0` to `1`; where a caller has decided, that counts."),
        .init(
            "METRICS_TOKEN", .text, secret: true, .server,
            """
            Lets `/metrics` be read with this bearer token. Without it, they can be read from the private network alone, and only when \
            `MAIN_URL` is local and no proxy stands in between.
            """),
        .init(
            "MCP_KEY_IN_URL", .flag, default: "true", .server,
            "`false` switches off the addresses `/api/mcp/KEY…`, which hold a key that proxies may log. `/mcp` stays."),
        .init(
            "MCP_ALLOWED_ORIGINS", .list, .server,
            """
            Origins of pages and names of hosts, besides `MAIN_URL` and `CORS_ORIGINS`, that may reach the addresses for assistants, such as \
            `https://assistant.example.com`.
            """),
        .init(
            "MCP_MAX_BODY_BYTES", .number(65_536...268_435_456), default: "16777216", .server,
            "The longest message an assistant may send; files in base64 count."),
        .init(
            "MCP_FIXTURES", .flag, default: "false", .server,
            """
            `true` shows assistants the fixtures that the official MCP conformance suite drives, instead of the product. Only while `MAIN_URL` is \
            on localhost.
            """),
    ]

    private static let storage: [ConfigurationVariable] = [
        .init("POSTIZ_DATA", .text, default: "./data", .storage, "The folder for the embedded database, files and generated secrets."),
        .init(
            "DATABASE_URL", .address(schemes: ["postgresql", "postgres"]), secret: true, .storage,
            "A PostgreSQL server: `postgresql://user:password@host:5432/name`. Without it SQLite in `POSTIZ_DATA` is used."),
        .init(
            "DATABASE_DIRECT_URL", .address(schemes: ["postgresql", "postgres"]), secret: true, .storage,
            """
            The same database past a pooler that pools by transaction: one connection a process listens there to what other processes tell. \
            Without it `DATABASE_URL`.
            """),
        .init(
            "DATABASE_POOLER", .choice(["auto", "session", "transaction"]), default: "auto", .storage,
            """
            What stands between here and PostgreSQL. `auto` finds out. `session`: nothing, or a pooler in session mode; statements are then \
            prepared once. `transaction`: a pooler that pools by transaction. See docs/postgresql.md.
            """),
        .init(
            "DATABASE_CONNECTIONS", .number(1...100), default: "8", .storage,
            "How many connections to PostgreSQL a process opens at most."),
        .init(
            "DATABASE_READ_URL", .addresses(schemes: ["postgresql", "postgres"]), secret: true, .storage,
            """
            Streaming replicas of the server of `DATABASE_URL`, one address each, separated by commas. Lists, calendar and figures are read there \
            while they keep up. See docs/scaling-out.md.
            """),
        .init(
            "DATABASE_READ_CONNECTIONS", .number(1...100), default: "8", .storage,
            "How many connections a process opens at most to each server of `DATABASE_READ_URL`."),
        .init(
            "REDIS_URL", .redisAddress, secret: true, .storage,
            """
            A Redis 6.2 or newer, or Valkey, for hints of work, limits and live events of all processes: `redis://user:password@host:6379/0`. \
            Without it the database does that too. What must not be lost is in the database either way. See docs/redis.md.
            """),
        .init(
            "REDIS_CA_FILE", .text, .storage,
            "A PEM file of the authorities that may vouch for a Redis with TLS, for one with a certificate of your own, besides the system's."),
        .init(
            "UPLOAD_DIRECTORY", .text, .storage,
            "The folder for uploaded files, and for those that are just arriving whatever the store. Without it `uploads` in `POSTIZ_DATA`."),
        .init(
            "STORAGE_PROVIDER", .choice(["local", "s3"]), default: "local", .storage,
            "Where files are kept: in `UPLOAD_DIRECTORY`, or in the bucket `S3_BUCKET`. `postiz media move` moves them. See docs/storage.md."),
        .init(
            "S3_ENDPOINT", .webAddress, .storage,
            "The address of the S3 store, without a path, such as `https://s3.example.com`. Without it Amazon's, of `S3_REGION`."),
        .init("S3_BUCKET", .text, .storage, "The bucket. It has to be there, and is for one installation alone."),
        .init("S3_REGION", .text, default: "us-east-1", .storage, "The region that the store expects in signatures."),
        .init("S3_ACCESS_KEY_ID", .text, .storage, "The key's name. It needs the right to list, read, write and delete in the bucket."),
        .init("S3_SECRET_ACCESS_KEY", .text, secret: true, .storage, "The key's secret."),
        .init(
            "S3_PREFIX", .text, .storage,
            "What all keys begin with, such as `team-a`: so several installations keep their files in one bucket."),
        .init(
            "S3_PATH_STYLE", .flag, default: "true", .storage,
            "`false` writes the bucket before the host (`https://bucket.s3.example.com`) instead of into the path."),
        .init(
            "MAX_UPLOAD_BYTES", .number(1...1_099_511_627_776), default: "2147483648", .storage, "The largest file that can be uploaded."),
        .init(
            "TRASH_DAYS", .number(1...3650), default: "30", .storage,
            "How long deleted posts, files and channels stay in the trash, from which they can come back, before they are removed for good."),
    ]

    private static let backups: [ConfigurationVariable] = [
        .init(
            "BACKUP_FOLDER", .text, .backups,
            """
            Where the role `worker` puts an archive of everything once a day, best on another disk. Without it, and without `BACKUP_S3_BUCKET`, \
            there is no daily backup; `postiz backup` makes one at any time. See docs/backup-and-restore.md.
            """),
        .init(
            "BACKUP_S3_BUCKET", .text, .backups,
            """
            A bucket that archives go to instead, with a prefix where they are to have one: `BUCKET` or `BUCKET/PREFIX`. Each is made in \
            `BACKUP_FOLDER` first (without it `backups` in `POSTIZ_DATA`).
            """),
        .init("BACKUP_S3_ENDPOINT", .webAddress, .backups, "The store of that bucket. Without it `S3_ENDPOINT`."),
        .init("BACKUP_S3_REGION", .text, .backups, "Without it `S3_REGION`."),
        .init("BACKUP_S3_ACCESS_KEY_ID", .text, .backups, "Without it `S3_ACCESS_KEY_ID`."),
        .init("BACKUP_S3_SECRET_ACCESS_KEY", .text, secret: true, .backups, "Without it `S3_SECRET_ACCESS_KEY`."),
        .init("BACKUP_S3_PATH_STYLE", .flag, .backups, "Without it `S3_PATH_STYLE`."),
        .init("BACKUP_TIME", .text, default: "03:00", .backups, "When it is made, in UTC."),
        .init("BACKUP_KEEP", .number(1...1000), default: "7", .backups, "How many archives stay."),
        .init(
            "BACKUP_PASSPHRASE", .text, secret: true, .backups,
            "Encrypts archives; at least 16 characters. Keep a copy elsewhere: without it nobody can open them."),
        .init(
            "BACKUP_SECRETS", .flag, default: "false", .backups,
            "`true` puts the secrets into the daily archive, too. Encrypt it then: whoever has it can act for all channels."),
    ]

    private static let security: [ConfigurationVariable] = [
        .init(
            "JWT_SECRET", .text, secret: true, .security,
            "Signs form tokens; at least 16 characters. Without it one is made on first start and kept in `POSTIZ_DATA/secrets.json`."),
        .init(
            "ENCRYPTION_KEY", .text, secret: true, .security,
            """
            Encrypts the tokens of channels; at least 16 characters. Without it one is made on first start and kept in \
            `POSTIZ_DATA/secrets.json`. Keep a copy: without it all channels must be connected again.
            """),
        .init(
            "OLD_ENCRYPTION_KEYS", .list, secret: true, .security,
            "Earlier values of `ENCRYPTION_KEY`, newest first: what they encrypted can still be read."),
        .init(
            "ACCOUNT_DELETION_DAYS", .number(0...90), default: "7", .security,
            "How long somebody who has deleted their account can still keep it by signing in. `0`: it goes at once."),
        .init(
            "REQUIRE_ACTIVATION", .flag, default: "false", .security,
            "`true` has whoever registers open a mailed link before the account can do anything. It needs `EMAIL_HOST`."),
        .init(
            "DISABLE_REGISTRATION", .flag, default: "false", .security,
            "`true` lets nobody register once the first account exists. `postiz user create` still makes accounts."),
        .init(
            "NOT_SECURED", .flag, default: "false", .security,
            "`true` never marks the session cookie `Secure`. Plain HTTP works without it; it is for proxies that claim HTTPS and have none."
        ),
        .init(
            "ALLOWED_PRIVATE_HOSTS", .list, .security,
            """
            Hosts (`name` or `name:port`) inside your network that users may name, such as a Mastodon server of your own. \
            All other private addresses are refused.
            """),
    ]

    private static let signIn = [openIDProviders] + postizProvider

    private static let publishing: [ConfigurationVariable] = [
        .init("WORKER_CONCURRENCY", .number(1...1000), default: "32", .publishing, "How many publications a process sends at once."),
        .init(
            "LATE_POST_LIMIT_HOURS", .number(1...8760), default: "24", .publishing,
            "How late a post may still go out, after an outage or when its channel was on hold."),
        .init(
            "PLATFORM_BUDGETS", .flag, default: "true", .publishing,
            "Whether what platforms document that they take of an account or app is kept to; `false` for simulators that take more."),
        .init(
            "OVERDUE_ALARM_MINUTES", .number(0...1440), default: "5", .publishing,
            "How late the oldest due post may be before the administrators of the server are told; 0: they are not."),
        .init("RETRY_LIMIT_HOURS", .number(1...8760), default: "24", .publishing, "For how long a failing publication is tried again."),
        .init(
            "LOOKUP_SETTLE_SECONDS", .number(0...3600), default: "15", .publishing,
            "How long after a lost answer a platform may need to show a post, before its absence is believed."),
        .init(
            "PUBLISH_LEASE_SECONDS", .number(1...3600), default: "15", .publishing,
            "How long a worker that went silent keeps what it was publishing, before another one takes over."),
    ]

    private static let mail: [ConfigurationVariable] = [
        .init("EMAIL_HOST", .text, .mail, "The SMTP server. Setting it switches mail on."),
        .init("EMAIL_PORT", .number(1...65535), .mail, "Its port. Without it 465 when `EMAIL_SECURE` is `true`, else 587."),
        .init("EMAIL_USER", .text, .mail, "The user name to sign in with; without it mail is sent without signing in."),
        .init("EMAIL_PASS", .text, secret: true, .mail, "The password to sign in with."),
        .init(
            "EMAIL_SECURE", .flag, .mail,
            """
            `true`: TLS from the first byte. `false`: STARTTLS, without which no password goes to a server on another network. \
            Without it: `true` on port 465, else `false`.
            """),
        .init(
            "EMAIL_CA_FILE", .text, .mail,
            "A PEM file of the authorities that may vouch for the SMTP server, for one with a certificate of your own. Without it the system's."),
        .init(
            "EMAIL_FROM_ADDRESS", .emailAddress, .mail,
            "The sender. Without it `EMAIL_USER`, else `postiz@` and the host of `MAIN_URL`."),
        .init("EMAIL_FROM_NAME", .text, default: "Postiz", .mail, "The sender's name."),
        .init(
            "EMAIL_PROVIDER", .choice(["nodemailer", "smtp"]), .mail, "Accepted so that existing files keep working: mail goes by SMTP."),
    ]

    private static let logging: [ConfigurationVariable] = [
        .init(
            "LOG_LEVEL", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]), default: "info", .logging,
            "The least important lines that are written."),
        .init("LOG_FORMAT", .choice(["json", "text"]), default: "json", .logging, "One JSON object a line, or lines for people."),
    ]
}
