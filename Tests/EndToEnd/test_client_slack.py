"""The simulated Slack, judged by `slack-sdk` of the Python Package Index: it takes what that client sends, and that client reads what it answers."""
import urllib.parse

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from client import new_account
from pictures import png

CALLBACK = "https://postiz.example.com/callback"
SCOPES = "channels:read,groups:read,channels:join,chat:write,files:read,files:write,users:read,channels:history,groups:history,reactions:read"


def allow(simulator, account: str) -> WebClient:
    """A client with the token that the consent page leads to."""
    query = {"client_id": "sim-slack-id", "scope": SCOPES, "redirect_uri": CALLBACK, "state": "s", "auto": "allow", "account": account}
    answer = httpx.get(simulator.base + "/slack/oauth/v2/authorize", params=query)
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["location"]).query))["code"]
    client = WebClient(base_url=simulator.base + "/slack/api/")
    granted = client.oauth_v2_access(client_id="sim-slack-id", client_secret="sim-slack-secret", code=code, redirect_uri=CALLBACK)
    assert granted["token_type"] == "bot"
    return WebClient(token=granted["access_token"], base_url=simulator.base + "/slack/api/")


@pytest.fixture
def slack(simulator):
    return allow(simulator, "chidi")


def channels(slack) -> dict[str, str]:
    pages = slack.conversations_list(types="public_channel,private_channel", exclude_archived=True, limit=2)
    return {channel["name"]: channel["id"] for page in pages for channel in page["channels"]}


def latest(simulator, account: str = "chidi") -> dict:
    return simulator.publications("slack", account)[-1]


def refused(call, error: str) -> None:
    with pytest.raises(SlackApiError) as refusal:
        call()
    assert refusal.value.response["error"] == error


def test_consent_gives_a_token_that_can_be_tested_and_revoked(slack):
    identity = slack.auth_test()
    assert identity["team"] == "Chidi Example"
    assert slack.users_info(user=identity["user_id"])["user"]["real_name"] == "Postiz"
    assert slack.auth_revoke()["revoked"]
    refused(slack.auth_test, "token_revoked")
    refused(lambda: WebClient(token="xoxb-wrong", base_url=slack.base_url).auth_test(), "invalid_auth")


def test_lists_come_page_by_page(slack):
    assert set(channels(slack)) == {"general", "random", "bakers", "announcements"}
    names = [user["name"] for page in slack.users_list(limit=1) for user in page["members"]]
    assert names == ["ada", "bo", "chidi", "postiz"]


def test_messages_threads_and_links_to_them(slack, simulator):
    general = channels(slack)["general"]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "Tea &amp; *cake*"}}]
    metadata = {"event_type": "scheduled_post", "event_payload": {"id": "17"}}
    root = slack.chat_postMessage(channel=general, text="Tea", blocks=blocks, metadata=metadata)
    assert latest(simulator)["text"] == "Tea & *cake*"
    reply = slack.chat_postMessage(channel=general, text="More", thread_ts=root["ts"], reply_broadcast=True)
    assert latest(simulator)["parentId"] == f"{general}:{root['ts']}"
    slack.chat_postMessage(channel=general, markdown_text="# **Heading**")
    found = slack.conversations_history(channel=general, include_all_metadata=True, oldest=str(float(root["ts"]) - 1))["messages"]
    assert [message["metadata"]["event_payload"]["id"] for message in found if "metadata" in message] == ["17"]
    thread = slack.conversations_replies(channel=general, ts=root["ts"])["messages"]
    assert [message["ts"] for message in thread] == [root["ts"], reply["ts"]] and thread[0]["reply_count"] == 1
    link = slack.chat_getPermalink(channel=general, message_ts=reply["ts"])["permalink"]
    assert "More" in httpx.get(link).text
    assert slack.reactions_get(channel=general, timestamp=root["ts"])["message"]["ts"] == root["ts"]
    slack.chat_update(channel=general, ts=reply["ts"], text="Changed")
    slack.chat_delete(channel=general, ts=root["ts"])
    refused(lambda: slack.chat_delete(channel=general, ts=root["ts"]), "message_not_found")


def test_files_go_up_in_three_steps(slack, simulator):
    general = channels(slack)["general"]
    picture = png()
    shared = slack.files_upload_v2(channel=general, filename="waves.png", content=picture, initial_comment="Waves", alt_txt="Soft waves")
    assert shared["files"][0]["id"].startswith("F")
    post = latest(simulator)
    assert post["text"] == "Waves"
    assert [(item["kind"], item["altText"], item["byteCount"]) for item in post["media"]] == [("image", "Soft waves", len(picture))]
    file = shared["files"][0]["id"]
    slack.files_info(file=file)
    assert slack.files_info(file=file)["file"]["shares"]["public"][general][0]["ts"] == post["id"].split(":")[1]
    slack.files_upload_v2(filename="film.mp4", content=b"\0\0\0\x18ftypmp42" + bytes(5000))
    place = slack.files_getUploadURLExternal(filename="a.png", length=10)
    assert httpx.post(place["upload_url"], content=b"only nine").status_code == 400
    refused(lambda: slack.files_completeUploadExternal(files=[{"id": place["file_id"], "title": "a"}]), "file_not_found")


def test_refusals_have_slacks_names(slack):
    names = channels(slack)
    refused(lambda: slack.chat_postMessage(channel="C404", text="x"), "channel_not_found")
    refused(lambda: slack.chat_postMessage(channel=names["announcements"], text="x"), "restricted_action_read_only_channel")
    refused(lambda: slack.conversations_join(channel=names["bakers"]), "method_not_supported_for_channel_type")
    refused(lambda: slack.chat_postMessage(channel=names["general"], text="x", thread_ts="1.000001"), "cannot_reply_to_message")
    empty = [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": ""}]
    refused(lambda: slack.chat_postMessage(channel=names["general"], text="x", blocks=empty), "invalid_blocks")
    refused(lambda: slack.chat_postMessage(channel=names["general"], text="x", username="Somebody"), "missing_scope")


def test_the_client_reads_what_the_product_publishes(simulator, postiz):
    slack = allow(simulator, "bo")
    general = channels(slack)["general"]
    session, client = new_account(postiz.base)
    channel = client.connect("slack", "bo")
    picture = client.upload(png(), alt="Soft waves of colour")
    draft = {
        "parts": [{"text": "Tea & cake <@U0SIM0>", "mediaIds": [picture["id"]]}, {"text": "The second part"}], "platforms": [channel["id"]],
        "schedule": "now", "settings": {channel["id"]: {"channel": general, "header": "Menu"}},
    }
    view = client.wait_settled(client.create(**draft)["id"], 60)
    assert view["status"] == "PUBLISHED", view
    published = view["publications"][0]
    ts = published["platformPostId"].split(":")[1]
    first, second = slack.conversations_replies(channel=general, ts=ts, include_all_metadata=True)["messages"]
    assert [block["type"] for block in first["blocks"]] == ["header", "section", "image"]
    assert first["blocks"][1]["text"]["text"] == "Tea &amp; cake <@U0SIM0>" and first["blocks"][2]["alt_text"] == "Soft waves of colour"
    assert first["metadata"]["event_type"] == "scheduled_post" and second["thread_ts"] == ts
    assert published["url"] == slack.chat_getPermalink(channel=general, message_ts=ts)["permalink"]
    session.close()
    client.close()
