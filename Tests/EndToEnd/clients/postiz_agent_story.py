"""What a user of the package postiz-agent does, with the package as it is installed. Arguments: address, key, channel, picture.
Prints what it was told."""
import datetime
import json
import sys

from postiz_agent.api_client import PostizApi

base, key, channel, picture = sys.argv[1:]
api = PostizApi(base, key)
seen = {"connected": api.is_connected(), "channels": [item.model_dump() for item in api.get_integrations()]}
seen["slot"] = api.find_slot(channel)["date"]
file = api.upload_file(picture)
seen["file"] = file.model_dump()
now = datetime.datetime.now(datetime.timezone.utc)


def write(kind: str, content: list[str], files: list[dict]) -> list[dict]:
    return api.create_post({
        "type": kind, "date": (now + datetime.timedelta(hours=2)).isoformat(), "tags": [{"value": "news", "label": "news"}],
        "posts": [{
            "integration": {"id": channel},
            "value": [{"content": text, "image": files if index == 0 else []} for index, text in enumerate(content)]}]})


seen["now"] = write("now", ["<p>From the agent</p>", "<p>And a second part</p>"], [{"id": "m1", "path": file.path}])
seen["planned"] = write("schedule", ["Later & <b>louder</b>"], [])
seen["draft"] = write("draft", ["An idea"], [])
day = datetime.timedelta(days=1)
seen["posts"] = [post.model_dump() for post in api.list_posts((now - day).isoformat(), (now + day).isoformat())]
seen["deleted"] = api.delete_post(seen["planned"][0]["postId"])
seen["deleted group"] = api.delete_post_by_group(seen["draft"][0]["postId"])
seen["left"] = [post.id for post in api.list_posts((now - day).isoformat(), (now + day).isoformat())]
seen["missing"] = api.get_missing_content(seen["now"][0]["postId"])
seen["figures"] = [item.model_dump() for item in api.get_analytics(channel) + api.get_post_analytics(seen["now"][0]["postId"])]
seen["notifications"] = api.list_notifications().model_dump()
print(json.dumps(seen))
