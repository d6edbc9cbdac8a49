"""AutoGen's tools: arguments go through models that it makes of the schemas, and lose what those do not name."""
from __future__ import annotations

import contextlib

from autogen_core import CancellationToken
from autogen_ext.tools.mcp import StreamableHttpServerParams, mcp_server_tools
from conversation import speak


@contextlib.asynccontextmanager
async def connect(base: str, key: str):
    params = StreamableHttpServerParams(url=base + "/mcp", headers={"Authorization": f"Bearer {key}"})
    tools = {tool.name: tool for tool in await mcp_server_tools(params)}

    async def call(name: str, arguments: dict) -> str:
        try:
            return tools[name].return_value_as_string(await tools[name].run_json(arguments, CancellationToken()))
        except BaseExceptionGroup as group:
            return str(group)

    yield {name: dict(tool.schema["parameters"]) for name, tool in tools.items()}, call


speak(connect)
