"""CAMEL: every argument required, nothing allowed beside the declared, and no tool whose argument is no name of Python's."""
from __future__ import annotations

import contextlib

from camel.toolkits import MCPToolkit
from conversation import speak


@contextlib.asynccontextmanager
async def connect(base: str, key: str):
    server = {"url": base + "/mcp", "mode": "streamable-http", "headers": {"Authorization": f"Bearer {key}"}}
    toolkit = MCPToolkit(config_dict={"mcpServers": {"postiz": server}})
    await toolkit.connect()
    try:
        tools = {tool.get_function_name(): tool for tool in toolkit.get_tools()}

        async def call(name: str, arguments: dict) -> str:
            # The tool's own async_call runs this in another event loop than the session's, where answers get lost until the call times out.
            return str(await tools[name].func.async_call(**arguments))

        yield {name: tool.get_openai_tool_schema()["function"]["parameters"] for name, tool in tools.items()}, call
    finally:
        await toolkit.disconnect()


speak(connect)
