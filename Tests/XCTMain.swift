import Testing

/// Starts all tests. SwiftPM would write this itself, but from an index that only costs time here: every test uses Swift Testing.
@main struct Runner {
    static func main() async { await Testing.__swiftPMEntryPoint() as Never }
}
