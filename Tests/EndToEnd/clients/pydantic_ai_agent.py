"""Pydantic AI: an agent of its own, whose model follows a script. It reads the structured part of results alone."""
from __future__ import annotations

import asyncio
import contextlib
import json

from conversation import speak
from fastmcp.client.transports import StreamableHttpTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel


@contextlib.asynccontextmanager
async def connect(base: str, key: str):
    asked: asyncio.Queue = asyncio.Queue()
    answers: asyncio.Queue = asyncio.Queue()
    shown: asyncio.Future = asyncio.get_running_loop().create_future()

    async def model(messages, info) -> ModelResponse:
        if not shown.done():
            shown.set_result({tool.name: tool.parameters_json_schema for tool in info.function_tools})
        else:
            part = messages[-1].parts[0]
            answers.put_nowait(part.model_response() if hasattr(part, "model_response") else json.dumps(part.content, default=str))
        call = await asked.get()
        return ModelResponse(parts=[TextPart("Done.") if call is None else ToolCallPart(*call)])

    async def call(tool: str, arguments: dict) -> str:
        asked.put_nowait((tool, arguments))
        getting = asyncio.ensure_future(answers.get())
        await asyncio.wait([getting, running], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        answer = getting.result()
        return answer if isinstance(answer, str) else json.dumps(answer, default=str)

    transport = StreamableHttpTransport(base + "/mcp", headers={"Authorization": f"Bearer {key}"})
    agent = Agent(FunctionModel(model), toolsets=[MCPToolset(transport)], retries=3)
    running = asyncio.ensure_future(agent.run("Do as the script says."))
    await asyncio.wait([shown, running], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    yield shown.result(), call
    asked.put_nowait(None)
    assert (await running).output == "Done."


speak(connect)
