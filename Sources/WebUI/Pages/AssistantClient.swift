import Domain
import Foundation

/// A program that assistants live in, and what a person pastes there. Facts of other people's programs: docs/mcp.md says how they were found.
struct AssistantClient: Sendable {
    /// Something to paste. `{base}` stands for the instance's address and `{key}` for the key.
    struct Snippet: Sendable {
        /// Its heading in the catalogue.
        let title: String
        /// The file or menu it belongs in.
        var place: String?
        let text: String

        /// Whether the key becomes part of an address, which logs remember.
        var putsKeyInAddress: Bool { text.contains("/api/mcp/{key}") }

        func filled(base: String, key: String) -> String { text.replacing("{base}", with: base).replacing("{key}", with: key) }
    }

    /// Names it in addresses, and its texts in the catalogue.
    let id: String
    let name: String
    /// It connects from its maker's servers: only a public address with https will do.
    var hosted = false
    /// The link by which it adds a server at an address by itself. No key is in it: it asks its person to sign in.
    var install: (@Sendable (_ address: String) throws -> String)?
    let snippets: [Snippet]

    static let all: [AssistantClient] = [
        AssistantClient(
            id: "claudeDesktop", name: "Claude Desktop",
            snippets: [
                Snippet(
                    title: "mcp_file", place: "claude_desktop_config.json",
                    text: """
                        {
                          "mcpServers": {
                            "postiz": {
                              "command": "postiz",
                              "args": ["mcp", "--url", "{base}"],
                              "env": { "POSTIZ_API_KEY": "{key}" }
                            }
                          }
                        }
                        """),
                Snippet(
                    title: "mcp_fileWithNode", place: "claude_desktop_config.json",
                    text: """
                        {
                          "mcpServers": {
                            "postiz": {
                              "command": "npx",
                              "args": ["-y", "mcp-remote", "{base}/mcp", "--header", "Authorization:${POSTIZ_AUTH}"],
                              "env": { "POSTIZ_AUTH": "Bearer {key}" }
                            }
                          }
                        }
                        """),
            ]),
        AssistantClient(
            id: "claudeCode", name: "Claude Code",
            snippets: [
                Snippet(
                    title: "mcp_command",
                    text: #"claude mcp add --transport http postiz {base}/mcp --header "Authorization: Bearer {key}""#),
                Snippet(
                    title: "mcp_projectFile", place: ".mcp.json",
                    text: """
                        {
                          "mcpServers": {
                            "postiz": {
                              "type": "http",
                              "url": "{base}/mcp",
                              "headers": { "Authorization": "Bearer ${POSTIZ_API_KEY}" }
                            }
                          }
                        }
                        """),
            ]),
        AssistantClient(
            id: "claudeAI", name: "Claude.ai", hosted: true,
            snippets: [Snippet(title: "mcp_address", text: "{base}/mcp"), Snippet(title: "mcp_keyedAddress", text: "{base}/api/mcp/{key}")]),
        AssistantClient(
            id: "cursor", name: "Cursor",
            install: { address in
                let server = try JSON.data(["url": address])
                return "cursor://anysphere.cursor-deeplink/mcp/install?name=postiz&config=\(server.base64EncodedString().queryEncoded)"
            },
            snippets: [
                Snippet(
                    title: "mcp_file", place: "~/.cursor/mcp.json",
                    text: """
                        {
                          "mcpServers": {
                            "postiz": {
                              "url": "{base}/mcp",
                              "headers": { "Authorization": "Bearer {key}" }
                            }
                          }
                        }
                        """)
            ]),
        AssistantClient(
            id: "vsCode", name: "VS Code",
            install: { "vscode:mcp/install?\(try JSON.text(["name": "postiz", "type": "http", "url": $0]).queryEncoded)" },
            snippets: [
                Snippet(
                    title: "mcp_file", place: ".vscode/mcp.json",
                    text: """
                        {
                          "servers": {
                            "postiz": {
                              "type": "http",
                              "url": "{base}/mcp",
                              "headers": { "Authorization": "Bearer ${input:postiz-key}" }
                            }
                          },
                          "inputs": [
                            { "type": "promptString", "id": "postiz-key", "description": "Postiz key", "password": true }
                          ]
                        }
                        """),
                Snippet(title: "mcp_keyWhenAsked", text: "{key}"),
            ]),
        AssistantClient(
            id: "chatGPT", name: "ChatGPT", hosted: true,
            snippets: [Snippet(title: "mcp_address", text: "{base}/mcp"), Snippet(title: "mcp_keyedAddress", text: "{base}/api/mcp/{key}")]),
        AssistantClient(
            id: "other", name: "",
            snippets: [
                Snippet(title: "mcp_address", text: "{base}/mcp"), Snippet(title: "mcp_header", text: "Authorization: Bearer {key}"),
                Snippet(title: "mcp_keyedAddress", text: "{base}/api/mcp/{key}"), Snippet(title: "mcp_keyedStream", text: "{base}/api/mcp/{key}/sse"),
            ]),
    ]

    static func named(_ id: String) -> AssistantClient { all.first { $0.id == id } ?? all[0] }
}
