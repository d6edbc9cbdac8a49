"""The official Python server with one trivial tool: what an assistant's call costs when nothing stands behind it."""
import logging
import sys

from mcp.server.mcpserver import MCPServer
from starlette.responses import PlainTextResponse

logging.disable(logging.INFO)
server = MCPServer("peer", log_level="WARNING")


@server.tool()
def echo(text: str) -> str:
    """Gives the text back."""
    return text


@server.custom_route("/health", methods=["GET"])
async def health(_):
    return PlainTextResponse("ok")


if __name__ == "__main__":
    server.run("streamable-http", port=int(sys.argv[1]), json_response=True)
