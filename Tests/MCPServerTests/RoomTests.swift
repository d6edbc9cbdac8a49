import MCPServer
