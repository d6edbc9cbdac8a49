/// A browser and its system, as far as what it sends of itself tells: `Chrome`, `Linux`.
struct Device: Equatable {
    let program: String
    let system: String

    /// Many claim to be others too: the more special mark comes first.
    private static let programs = [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ]
    private static let systems = [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"), ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]

    /// Nil for what is no browser that we know.
    init?(_ userAgent: String) {
        guard let program = Self.programs.first(where: { userAgent.contains($0.0) })?.1,
            let system = Self.systems.first(where: { userAgent.contains($0.0) })?.1
        else { return nil }
        (self.program, self.system) = (program, system)
    }

    init(program: String, system: String) { (self.program, self.system) = (program, system) }
}
