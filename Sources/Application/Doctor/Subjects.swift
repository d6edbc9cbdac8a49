/// What the doctor looks at: why it matters, and where it is explained.
public struct DoctorSubject: Sendable {
    public let why: String
    /// A page of the documentation, from the root of the repository.
    public let page: String

    private init(_ why: String, _ page: String) { (self.why, self.page) = (why, "docs/\(page).md") }

    /// What a name is called in catalogues of words, after what it is about: `why_time_zones`.
    public static func key(_ prefix: String, _ subject: String) -> String { "\(prefix)_\(subject.replacing(" ", with: "_"))" }

    /// By the names that diagnoses have. A test holds that none is missing.
    public static let all: [String: DoctorSubject] = [
        "settings": .init("A setting that is not read as it was meant makes the server do something else.", "configuration"),
        "time zones": .init("Posts are planned by the clock on the wall: with old rules they go out an hour early or late.", "operations"),
        "cryptography": .init("With wrong results no token could be read and no signature would be believed.", "operations"),
        "prlimit": .init("Programs that look at files of strangers run within bounds.", "media"),
        "vipsthumbnail": .init("Pictures are shown small, and made to fit what a platform takes.", "media"),
        "ffprobe": .init("The size and length of films decide what a platform takes.", "media"),
        "ffmpeg": .init("Films are made to fit what a platform takes.", "media"),
        "web interface": .init("Without its files no page can be shown.", "operations"),
        "data folder": .init("What cannot be stored is not published.", "operations"),
        "uploads": .init("What cannot be stored cannot be attached.", "operations"),
        "file system": .init("A database is as safe as the file system under it: some lose what they said was written, or vanish.", "storage"),
        "secrets": .init("Whoever reads them can act for all channels; without them all must be connected again.", "operations"),
        "keys": .init("A token that cannot be decrypted is lost: its channel must be connected again.", "operations"),
        "S3 store": .init("Files in a bucket that cannot be reached cannot be published.", "storage"),
        "database": .init("Every plan is in it: what it loses never goes out.", "operations"),
        "schema": .init("The program and the database must know the same tables.", "operations"),
        "notifications": .init("Processes tell each other by them what happened: without them it shows late.", "postgresql"),
        "replicas": .init("What a replica could answer, the database answers itself while it is not used.", "scaling-out"),
        "queue": .init("What is due and waits goes out late, or not at all.", "publishing"),
        "connections": .init("When a connection ends, what is planned on its channel waits.", "operations"),
        "publishing": .init("While something is paused nothing of it goes out.", "publishing"),
        "backup": .init("A disk dies one day, and a mistake is made sooner.", "backup-and-restore"),
        "redis": .init("It carries hints and limits for all processes; the database does it more slowly where it fails.", "redis"),
        "MAIN_URL": .init("Links in mails, cookies, and the addresses that platforms send people back to are made of it.", "proxies"),
        "way in": .init("What the server sees of a request decides about cookies, sign-in and limits by address.", "proxies"),
        "files": .init("Some platforms fetch pictures and films from here: what they cannot fetch they do not publish.", "proxies"),
        "port": .init("Without a port of its own the server does not start.", "operations"),
        "proxy": .init("What the proxy in front does not say, the server cannot know: who calls, and that it is by HTTPS.", "proxies"),
        "mail": .init("By mail come links for a new password, and warnings of what does not go out.", "operations"),
        "platforms": .init("A platform without its keys cannot be connected.", "platforms/README"),
        "language model": .init("Without it there is no help with writing; everything else works.", "ai"),
        "clock": .init("Posts go out by this machine's clock, and platforms refuse what is signed with a wrong time.", "operations"),
    ]
}
