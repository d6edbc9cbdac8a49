"""A provider of identities that is not ours: oidc-provider-mock, which Authlib drives. It signs with RS256 and knows its clients by their secrets;
what it leaves out, RFC 7636, Authlib's own function checks here."""
from __future__ import annotations

import contextlib
import io
import logging
import threading
import urllib.parse
import warnings

import httpx
import werkzeug.serving

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock
    from authlib.oauth2.rfc7636 import create_s256_code_challenge


class IdentityProvider:
    def __init__(self, base: str):
        self.base = base
        self.refused: list[str] = []
        self.challenges: set[str] = set()
        self.proven = 0

    def watching(self, application):
        """The application, which gives a code's token to whoever knows the secret behind a challenge that was shown to it."""
        def serve(environ, start):
            if environ["PATH_INFO"] == "/oauth2/authorize":
                asked = urllib.parse.parse_qs(environ["QUERY_STRING"])
                if asked.get("code_challenge_method") != ["S256"]:
                    self.refused.append("a request without challenge")
                self.challenges.update(asked.get("code_challenge", []))
            if environ["PATH_INFO"] == "/oauth2/token":
                body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
                environ["wsgi.input"] = io.BytesIO(body)
                verifier = urllib.parse.parse_qs(body.decode()).get("code_verifier", [""])[0]
                if create_s256_code_challenge(verifier) not in self.challenges:
                    self.refused.append("a wrong verifier")
                self.proven += 1
            return application(environ, start)

        return serve

    def client(self, callback: str) -> dict:
        """A client that may come back to `callback` alone."""
        answer = httpx.post(self.base + "/oauth2/clients", json={"redirect_uris": [callback], "token_endpoint_auth_method": "client_secret_basic"})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def person(self, subject: str, **claims) -> None:
        assert httpx.put(f"{self.base}/users/{subject}", json=claims).status_code == 204


@contextlib.contextmanager
def identity_provider():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    provider = IdentityProvider("")
    application = provider.watching(oidc_provider_mock.app(require_client_registration=True, require_nonce=True))
    server = werkzeug.serving.make_server("localhost", 0, application, threaded=True)
    provider.base = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
