"""An assistant with the official client, by every way to the product."""
from __future__ import annotations

import contextlib

import httpx2
from mcp.client.client import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from programs import Program, binary

WAYS = ["sse", "streamable", "keyed", "stateless", "bridge", "stdio"]


class Refused(Exception):
    """A tool's answer that says what is wrong."""

    def __init__(self, result):
        self.structured = result.structured_content or {}
        super().__init__(result.content[0].text)


class Assistant:
    def __init__(self, client: Client):
        self.client = client

    async def call(self, tool: str, **arguments: object) -> dict:
        """The structured result; raises `Refused` for an error result."""
        result = await self.client.call_tool(tool, arguments)
        if result.is_error:
            raise Refused(result)
        assert result.structured_content and result.content[0].type == "text"
        return result.structured_content


def local_server(program: Program, *arguments: str, **environment: str) -> StdioServerParameters:
    """`postiz mcp` on this machine."""
    return StdioServerParameters(
        command=binary("POSTIZ_BINARY", "postiz"), args=["mcp", *arguments], env=program.environment | environment)


@contextlib.asynccontextmanager
async def assistant(way: str, program: Program, key: str, **options: object):
    """An open conversation. `options` are the client's: callbacks and the like."""
    async with contextlib.AsyncExitStack() as stack:
        mode, base = "legacy", program.base
        match way:
            case "sse": server = sse_client(f"{base}/api/mcp/{key}/sse")
            case "keyed": server = f"{base}/api/mcp/{key}"
            case "bridge": server = local_server(program, "--url", base, POSTIZ_API_KEY=key)
            case "stdio": server = local_server(program, POSTIZ_API_KEY=key)
            case "streamable" | "stateless":
                http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60)
                server = streamable_http_client(f"{base}/mcp", http_client=await stack.enter_async_context(http))
                mode = "2026-07-28" if way == "stateless" else "legacy"
            case _: raise ValueError(way)
        yield Assistant(await stack.enter_async_context(Client(server, **({"mode": mode} | options))))
