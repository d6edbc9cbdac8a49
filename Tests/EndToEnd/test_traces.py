"""Traces as a collector gets them: one post is followed from the request that made it to the platform's answer.

What arrives is read by OpenTelemetry's own protocol files, through protobuf's reader of JSON.
"""
import base64
import http.server
import json
import threading

import httpx
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from client import in_seconds, new_account
from programs import free_port, until

CALLER = "0af7651916cd43dd8448eb211c80319c"


def read(body: bytes) -> ExportTraceServiceRequest:
    """OTLP writes ids in hexadecimal digits, where protobuf's JSON has base64; all else is protobuf's, and unknown names are refused."""
    def ids(value):
        if isinstance(value, list):
            return [ids(item) for item in value]
        if isinstance(value, dict):
            return {key: base64.b64encode(bytes.fromhex(item)).decode() if key in ("traceId", "spanId", "parentSpanId") else ids(item)
                    for key, item in value.items()}
        return value
    return json_format.ParseDict(ids(json.loads(body)), ExportTraceServiceRequest())


class Collector:
    def __init__(self):
        self.requests, self.spans, self.resources, self.status = [], [], [], 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((self.path, dict(self.headers), body))
                if outer.status == 200:
                    request = read(body)
                    outer.resources += [item.resource for item in request.resource_spans]
                    outer.spans += [span for item in request.resource_spans for scope in item.scope_spans for span in scope.spans]
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, trace: str):
        return [span for span in self.spans if span.trace_id.hex() == trace]


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def attributes(thing) -> dict:
    return {item.key: getattr(item.value, item.value.WhichOneof("value")) for item in thing.attributes}


def figure(program, name: str) -> float:
    page = httpx.get(program.base + "/metrics", headers={"Authorization": "Bearer token"}).text
    return sum(float(line.split()[-1]) for line in page.splitlines() if line.startswith(name))


def test_a_post_is_followed_from_the_request_to_the_platforms_answer(start_postiz, simulator, collector, account_name):
    program = start_postiz(
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.base, OTEL_SERVICE_NAME="posts", OTEL_EXPORTER_OTLP_HEADERS="X-Api-Key=a%20secret%20of%20the%20collector",
        METRICS_TOKEN="token")
    _, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    text = f"Nobody but the platform reads this {account_name}"
    post = client.call(
        "POST", "/api/posts", 201, json={"content": text, "platforms": [channel], "scheduledFor": in_seconds(1)},
        headers={"traceparent": f"00-{CALLER}-b7ad6b7169203331-01"})
    client.wait_settled(post["id"])
    trace = post["id"].replace("-", "")
    until(lambda: any(span.name == "publish" for span in collector.of(trace)), 15, "the trace of the post arrives")
    until(lambda: any(span.name.startswith("POST /api/posts") for span in collector.of(CALLER)), 15, "the trace of the caller arrives")

    # The caller's: the request, and in it the post.
    request = next(span for span in collector.of(CALLER) if span.kind == span.SPAN_KIND_SERVER)
    assert request.name == "POST /api/posts" and request.parent_span_id.hex() == "b7ad6b7169203331"
    assert attributes(request)["http.response.status_code"] == 201
    mention = next(span for span in collector.of(CALLER) if span.name == "post")
    assert mention.parent_span_id == request.span_id and attributes(mention)["postiz.post.id"] == post["id"]

    # The post's: made in that request, published later by another part of the program, answered by the platform.
    made = next(span for span in collector.of(trace) if span.name == "make post")
    assert not made.parent_span_id and [link.span_id for link in made.links] == [request.span_id]
    assert [link.trace_id.hex() for link in mention.links] == [trace]
    publish = next(span for span in collector.of(trace) if span.name == "publish")
    assert publish.parent_span_id == made.span_id and publish.kind == publish.SPAN_KIND_CONSUMER
    assert attributes(publish)["postiz.outcome"] == "PUBLISHED"
    calls = [span for span in collector.of(trace) if span.kind == span.SPAN_KIND_CLIENT]
    assert any(span.name == "POST" and attributes(span)["http.response.status_code"] == 200 for span in calls)
    assert all(span.parent_span_id == publish.span_id for span in calls)
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in collector.spans)

    assert {attributes(resource)["service.name"] for resource in collector.resources} == {"posts"}
    assert all(path == "/v1/traces" and headers["X-Api-Key"] == "a secret of the collector" for path, headers, _ in collector.requests)
    sent = b"".join(body for _, _, body in collector.requests).decode()
    for secret in (text, client.key, account_name, "a secret of the collector", "Bearer"):
        assert secret not in sent, secret
    assert "a secret of the collector" not in program.log.read_text()
    assert figure(program, 'postiz_trace_spans_total{outcome="sent"}') >= len(collector.spans) - 50


def test_a_collector_that_is_away_delays_nobody_and_is_told_once(start_postiz, simulator, account_name):
    program = start_postiz(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}", METRICS_TOKEN="token")
    _, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    post = client.create(content=f"Out all the same {account_name}", platforms=[channel], schedule="now")
    assert client.wait_settled(post["id"])["status"] == "PUBLISHED"
    until(lambda: figure(program, 'postiz_trace_spans_total{outcome="dropped"}') > 0, 60, "what could not be sent is counted")
    assert program.log.read_text().count("traces cannot be sent") == 1
    assert program.stop() == 0


def test_no_traces_are_made_unless_a_collector_is_named(start_postiz, simulator, account_name):
    program = start_postiz(METRICS_TOKEN="token")
    _, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    post = client.create(content=f"Untraced {account_name}", platforms=[channel], schedule="now")
    assert client.wait_settled(post["id"])["status"] == "PUBLISHED"
    assert "postiz_trace" not in httpx.get(program.base + "/metrics", headers={"Authorization": "Bearer token"}).text
    assert "traceparent" not in json.dumps(simulator.calls("mastodon", account=account_name)).lower()
