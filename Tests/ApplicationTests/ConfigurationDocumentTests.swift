import Application
import Foundation
import Testing

@Suite struct ConfigurationDocumentTests {
    @Test func theDocumentationIsWhatTheTableSays() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let written = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        #expect(written == ConfigurationDocument.markdown, "Run: postiz config --markdown > docs/configuration.md")
    }

    @Test func theTableOfPlatformsIsWhatTheirDescriptorsSay() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "docs/platforms/README.md")
        #expect(
            try String(contentsOf: file, encoding: .utf8) == PlatformDocument.markdown,
            "Run: postiz config --platforms > docs/platforms/README.md")
    }

    @Test(arguments: ConfigurationVariable.all.map(\.name))
    func everyVariableIsDocumented(_ name: String) {
        #expect(ConfigurationDocument.markdown.contains("| `\(name)`"))
    }
}
