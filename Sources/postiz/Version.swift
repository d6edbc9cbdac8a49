/// The program's version, shown by `postiz version`, `/api/health` and to the platforms.
enum Version {
    static let current = "0.1.0"
}
