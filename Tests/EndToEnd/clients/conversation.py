"""The conversation that every client library has with the product, through its own objects, and what its model would have read of it.

Each library's module here gives `speak` an asynchronous context manager that yields the schemas by the tools' names, as the library would show
them to a model, and a function that makes one call and returns what the model would read.
"""
from __future__ import annotations

import asyncio
import json
import re
import sys

ADDRESS = re.compile(r"/posts/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
SETTINGS = [{"channel": "mastodon", "values": [{"name": "visibility", "value": "unlisted"}]}]


def empty(schema: dict) -> object:
    """What a model sends for an argument that it would leave out but must give."""
    kind = schema.get("type") or next((each.get("type") for each in schema.get("anyOf", []) if each.get("type") != "null"), "string")
    kind = next((each for each in kind if each != "null"), "string") if isinstance(kind, list) else kind
    choices = schema.get("enum") or next((each["enum"] for each in schema.get("anyOf", []) if "enum" in each), None)
    if choices:
        return "unset"
    return {"array": [], "object": {}, "boolean": False, "integer": 0, "number": 0}.get(kind, "")


def filled(schema: dict, arguments: dict) -> dict:
    """`arguments`, and every other argument of the schema empty."""
    return {name: empty(property) for name, property in schema.get("properties", {}).items()} | arguments


async def converse(connect) -> dict:
    base, key, marker = sys.argv[1:4]
    async with connect(base, key) as (schemas, call):
        read = {"list": await call("list_posts", {"since": "2020-01-01", "limit": 5})}
        draft = {"text": marker, "channels": ["mastodon"], "channel_settings": SETTINGS, "first_comment": "And more"}
        read["created"] = await call("create_post", filled(schemas["create_post"], draft))
        found = ADDRESS.search(read["created"])
        assert found, read["created"]
        post = found[1]
        read["changed"] = await call("update_post", filled(schemas["update_post"], {"post": post, "tags": ["new"]}))
        read["refused"] = await call("create_post", {"text": marker, "channels": ["Myspace"]})
    return {"tools": schemas, "post": post, "read": read}


def speak(connect) -> None:
    print("RESULT " + json.dumps(asyncio.run(asyncio.wait_for(converse(connect), 60)), default=str))
