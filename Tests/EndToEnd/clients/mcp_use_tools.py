"""mcp-use with its LangChain tools: null for whatever the model leaves out. A header of one's own makes it sign in; `auth` takes the key."""
from __future__ import annotations

import contextlib
import json

from conversation import speak
from mcp_use import MCPClient
from mcp_use.agents.adapters import LangChainAdapter


@contextlib.asynccontextmanager
async def connect(base: str, key: str):
    client = MCPClient(config={"mcpServers": {"postiz": {"url": base + "/mcp", "auth": key}}})
    await client.create_all_sessions()
    try:
        tools = {tool.name: tool for tool in await LangChainAdapter().create_tools(client)}

        async def call(name: str, arguments: dict) -> str:
            read = await tools[name].ainvoke(arguments)
            return read if isinstance(read, str) else json.dumps(read, default=str)

        yield {name: tool.args_schema.model_json_schema() for name, tool in tools.items() if name[0] != "_"}, call
    finally:
        await client.close_all_sessions()


speak(connect)
