"""smolagents: tools as Python functions of which every argument is required."""
from __future__ import annotations

import contextlib
import keyword

from conversation import speak
from smolagents import MCPClient


@contextlib.asynccontextmanager
async def connect(base: str, key: str):
    server = {"url": base + "/mcp", "transport": "streamable-http", "headers": {"Authorization": f"Bearer {key}"}}
    client = MCPClient(server, structured_output=False)
    try:
        tools = {tool.name: tool for tool in client.get_tools()}
        for tool in tools.values():
            compile(f"def {tool.name}({', '.join(tool.inputs)}): pass", tool.name, "exec")
            assert not any(keyword.iskeyword(name) for name in tool.inputs)

        async def call(name: str, arguments: dict) -> str:
            return str(tools[name](**arguments))

        yield {name: {"properties": tool.inputs} for name, tool in tools.items()}, call
    finally:
        client.disconnect()


speak(connect)
