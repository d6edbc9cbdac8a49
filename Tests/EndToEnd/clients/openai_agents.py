"""OpenAI's agents library with strict schemas: every argument is required, and none may be null."""
from __future__ import annotations

import contextlib
import json

from agents import Agent
from agents.mcp import MCPServerStreamableHttp, MCPUtil
from agents.run_context import RunContextWrapper
from agents.tool_context import ToolContext
from conversation import speak


@contextlib.asynccontextmanager
async def connect(base: str, key: str):
    params = {"url": base + "/mcp", "headers": {"Authorization": f"Bearer {key}"}}
    async with MCPServerStreamableHttp(params, client_session_timeout_seconds=30) as server:
        agent = Agent(name="example", mcp_servers=[server])
        listed = await MCPUtil.get_function_tools(server, True, RunContextWrapper(None), agent)
        tools = {tool.name: tool for tool in listed}

        async def call(name: str, arguments: dict) -> str:
            given = json.dumps(arguments)
            context = ToolContext(None, tool_name=name, tool_call_id="call", tool_arguments=given)
            read = await tools[name].on_invoke_tool(context, given)
            return read if isinstance(read, str) else json.dumps(read, default=str)

        strict = {name: tool.params_json_schema | {"strict": tool.strict_json_schema} for name, tool in tools.items()}
        yield strict, call


speak(connect)
