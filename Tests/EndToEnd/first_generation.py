"""A conversation by the official client's first generation, run by its own Python: prints what it saw as JSON."""
import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamablehttp_client


async def converse(way: str, base: str, key: str, text: str) -> dict:
    opening = (sse_client(f"{base}/api/mcp/{key}/sse") if way == "sse"
               else streamablehttp_client(f"{base}/mcp", headers={"Authorization": f"Bearer {key}"}))
    told = []

    async def hear(message) -> None:
        told.append(type(getattr(message, "root", message)).__name__)

    async with opening as streams, ClientSession(streams[0], streams[1], message_handler=hear) as session:
        opened = await session.initialize()
        await session.send_ping()
        tools = await session.list_tools()
        made = await session.call_tool("create_post", {"channels": ["x"], "text": text, "action": "publish_now"})
        wrong = await session.call_tool("create_post", {"channels": ["Myspace"], "text": text})
        resource = await session.read_resource(f"postiz://posts/{made.structuredContent['post']['id']}")
        prompt = await session.get_prompt("plan_week", {"topic": "Rain"})
        await session.subscribe_resource("postiz://queue")
        await session.call_tool("create_post", {"channels": ["x"], "text": text + " later", "action": "next_slot"})
        for _ in range(100):
            if "ResourceUpdatedNotification" in told:
                break
            await asyncio.sleep(0.05)
        return {
            "revision": opened.protocolVersion, "server": opened.serverInfo.name, "tools": [tool.name for tool in tools.tools],
            "made": made.structuredContent, "wrong": [wrong.isError, wrong.content[0].text], "resource": resource.contents[0].text,
            "prompt": prompt.messages[0].content.text, "told": told,
        }


print(json.dumps(asyncio.run(asyncio.wait_for(converse(*sys.argv[1:]), 60))))
