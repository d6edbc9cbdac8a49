import ArgumentParser

struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.", discussion: "Example: postiz version --json")

    @OptionGroup var output: Output

    func run() async throws {
        try output.show(["version": Version.current]) { Version.current }
    }
}
