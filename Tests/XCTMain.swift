import Testing

/// Starts the tests, all of which use Swift Testing. SwiftPM would write this from an index, which costs a fifth of the build's time.
@main struct Runner {
    static func main() async {
        // `swift test` first asks for XCTest's tests: there are none.
        if CommandLine.arguments.contains("--dump-tests-json") {
            print(#"{"name": "All tests", "tests": []}"#)
            return
        }
        guard CommandLine.arguments.contains("swift-testing") else { return }
        await Testing.__swiftPMEntryPoint() as Never
    }
}
