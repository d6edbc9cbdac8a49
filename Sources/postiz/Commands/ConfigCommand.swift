import Application
import ArgumentParser
import Domain
import Foundation

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check the settings and show those in force, secrets hidden.",
        discussion: "Example: PORT=8080 postiz config")

    @Flag(help: "Print the documentation of all settings as Markdown instead.")
    var markdown = false
    @Flag(help: "Print the table of all platforms as Markdown instead.")
    var platforms = false
    @OptionGroup var output: Output

    private struct Row: Encodable {
        let name: String
        let group: String
        let value: String?
        let source: String
        let meaning: String
    }

    func run() async throws {
        if markdown { return print(ConfigurationDocument.markdown, terminator: "") }
        if platforms { return print(PlatformDocument.markdown, terminator: "") }
        let configuration = try Configuration.load(environment: ProcessInfo.processInfo.environment)
        let rows = configuration.settings.map {
            Row(
                name: $0.variable.name, group: $0.variable.group.rawValue, value: $0.shownValue, source: $0.source.rawValue,
                meaning: $0.variable.meaning)
        }
        try output.show(rows) {
            Output.table(["NAME", "VALUE", "SOURCE"], rows.map { [$0.name, $0.value ?? "", $0.value == nil ? "" : $0.source] })
        }
        for warning in configuration.warnings { Output.note("warning: \(warning)") }
    }
}
