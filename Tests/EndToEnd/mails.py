"""A real SMTP server over TLS, with a certificate of an authority of its own."""
from __future__ import annotations

import contextlib
import email
import email.message
import email.policy
import pathlib
import ssl

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from programs import free_port

USER, SECRET = "postiz", "smtp-secret"


class Inbox:
    def __init__(self):
        self.mails = []
        self.answer = "250 2.0.0 Taken"

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.mails.append((session.ssl is not None, session.authenticated, envelope))
        return self.answer

    def messages(self) -> list[email.message.EmailMessage]:
        return [email.message_from_bytes(envelope.content, policy=email.policy.default) for _, _, envelope in self.mails]


def signs_in(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (USER.encode(), SECRET.encode()))


@contextlib.contextmanager
def mail_server(authority: trustme.CA, from_start: bool = False):
    """Speaks TLS from the first byte or after STARTTLS, and asks for a password only then. Gives the product's settings, and the inbox."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    inbox = Inbox()
    common = {"hostname": "127.0.0.1", "port": free_port(), "authenticator": signs_in, "auth_required": True}
    if from_start:
        # The library does not see TLS that was there before it.
        controller = Controller(inbox, ssl_context=context, auth_require_tls=False, **common)
    else:
        controller = Controller(inbox, tls_context=context, require_starttls=True, auth_require_tls=True, **common)
    controller.start()
    try:
        yield {
            "EMAIL_HOST": "localhost", "EMAIL_PORT": str(controller.port), "EMAIL_USER": USER, "EMAIL_PASS": SECRET,
            "EMAIL_SECURE": str(from_start).lower(), "EMAIL_FROM_ADDRESS": "postiz@example.com",
        }, inbox
    finally:
        controller.stop()


def trusted(authority: trustme.CA, folder: pathlib.Path) -> dict[str, str]:
    """Settings of a product that believes the authority."""
    file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return {"EMAIL_CA_FILE": str(file)}
