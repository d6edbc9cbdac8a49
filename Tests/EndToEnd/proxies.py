"""The proxies of Debian 12 in front of the product: as bare as they can be, and as docs/proxies.md says."""
from __future__ import annotations

import os
import pathlib
import re
import socket
import ssl

import httpx
import trustme

from programs import ROOT, Program, free_port, until

HOST = "posts.example.com"
# Where the client is: another address of this machine than the proxy's, which alone is trusted.
CLIENT, PROXY = "127.0.0.2", "127.0.0.1"
KINDS = ("nginx", "apache", "haproxy", "caddy")
LANGUAGES = {"nginx": "nginx", "apache": "apache", "haproxy": "haproxy", "caddy": "caddyfile"}

# What somebody writes who only wants to get through.
BARE = {
    "nginx": "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{upstream}; }} }}",
    "apache": "<VirtualHost *:{port}>\nProxyPass / http://127.0.0.1:{upstream}/\n</VirtualHost>",
    "haproxy": """
frontend bare
    mode http
    bind 127.0.0.1:{port}
    default_backend bare
backend bare
    mode http
    server postiz 127.0.0.1:{upstream}
""",
    "caddy": "http://:{port} {{\n reverse_proxy 127.0.0.1:{upstream}\n}}",
}

# The rest of each program's own configuration: what Debian ships, with everything in a folder of the test.
AROUND = {
    "nginx": """
{root}daemon off;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 768; }}
http {{
    sendfile on; tcp_nopush on; gzip on; access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
    {site}
}}
""",
    "apache": """
ServerRoot /usr/lib/apache2
DefaultRuntimeDir {folder}
PidFile {folder}/pid
Mutex file:{folder} default
ErrorLog /dev/stderr
ServerName localhost
Timeout 300
KeepAlive On
Listen 127.0.0.1:{port}
{root}
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule env_module modules/mod_env.so
LoadModule headers_module modules/mod_headers.so
LoadModule proxy_module modules/mod_proxy.so
LoadModule proxy_http_module modules/mod_proxy_http.so
LoadModule reqtimeout_module modules/mod_reqtimeout.so
LoadModule socache_shmcb_module modules/mod_socache_shmcb.so
LoadModule ssl_module modules/mod_ssl.so
RequestReadTimeout header=20-40,minrate=500 body=10,minrate=500
{site}
""",
    "haproxy": """
global
    log stderr format raw local0 notice
defaults
    log global
    mode http
    option httplog
    option dontlognull
    timeout connect 5000
    timeout client 50000
    timeout server 50000
{site}
""",
    "caddy": """
{{
    admin off
    auto_https disable_redirects
    default_bind 127.0.0.1
    storage file_system {folder}/caddy
}}
{site}
""",
}

# How each is told to take a request whole before it passes it on; None where it cannot.
BUFFERED = {
    "nginx": ("proxy_request_buffering off;", "proxy_request_buffering on;"),
    "apache": ("ProxyTimeout 3600", "ProxyTimeout 3600\n    SetEnv proxy-sendcl 1"),
    "haproxy": ("default_backend postiz", "option http-buffer-request\n    default_backend postiz"),
    "caddy": ("header_up -Forwarded", "header_up -Forwarded\n        buffer_requests"),
}


def documented(kind: str) -> str:
    """The configuration that the document shows."""
    text = (ROOT / "docs/proxies.md").read_text()
    blocks = re.findall(rf"```{LANGUAGES[kind]}\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 1, f"docs/proxies.md shows {len(blocks)} configurations of {kind}"
    return blocks[0]


class Certificate:
    """A certificate for the documented name, and whom to trust for it."""

    def __init__(self, folder: pathlib.Path):
        authority = trustme.CA()
        issued = authority.issue_cert(HOST)
        self.authority, self.chain, self.key, self.both = (folder / name for name in ("ca.pem", "chain.pem", "key.pem", "both.pem"))
        authority.cert_pem.write_to_path(str(self.authority))
        issued.cert_chain_pems[0].write_to_path(str(self.chain))
        issued.private_key_pem.write_to_path(str(self.key))
        issued.private_key_and_cert_chain_pem.write_to_path(str(self.both))


class Proxy(Program):
    """One proxy in front of `upstream`, a port of this machine."""

    def __init__(
        self, kind: str, folder: pathlib.Path, upstream: int, certificate: Certificate | None = None, buffered: bool = False,
        port: int | None = None,
    ):
        self.kind, self.port, self.certificate = kind, port or free_port(), certificate
        folder.mkdir(parents=True, exist_ok=True)
        site = self.site(upstream, buffered)
        root = {"nginx": "user root;\n", "apache": "User www-data\nGroup www-data\n"} if os.geteuid() == 0 else {}
        text = AROUND[kind].format(folder=folder, site=site, port=self.port, root=root.get(kind, ""))
        configuration = folder / ("Caddyfile" if kind == "caddy" else f"{kind}.conf")
        configuration.write_text(text)
        command = {
            "nginx": ["/usr/sbin/nginx", "-p", str(folder), "-c", str(configuration)],
            "apache": ["/usr/sbin/apache2", "-D", "FOREGROUND", "-f", str(configuration)],
            "haproxy": ["/usr/sbin/haproxy", "-db", "-f", str(configuration)],
            "caddy": ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", str(configuration)],
        }[kind]
        scheme = "https" if certificate else "http"
        name = f"proxy-{kind}-{'documented' if certificate else 'bare'}{'-buffered' if buffered else ''}"
        super().__init__(name, command, f"{scheme}://127.0.0.1:{self.port}", "/", {"HOME": str(folder), "XDG_DATA_HOME": str(folder)})

    def site(self, upstream: int, buffered: bool) -> str:
        if not self.certificate:
            return BARE[self.kind].format(port=self.port, upstream=upstream)
        text = documented(self.kind)
        if buffered:
            before, after = BUFFERED[self.kind]
            assert text.count(before) == 1, f"the document no longer says '{before}' for {self.kind}"
            text = text.replace(before, after)
        live = f"/etc/letsencrypt/live/{HOST}"
        text = text.replace(f"{live}/fullchain.pem", str(self.certificate.chain)).replace(f"{live}/privkey.pem", str(self.certificate.key))
        text = text.replace(f"/etc/haproxy/certs/{HOST}.pem", str(self.certificate.both)).replace("127.0.0.1:5000", f"127.0.0.1:{upstream}")
        if self.kind == "caddy":
            return text.replace(f"{HOST} {{", f"https://{HOST}:{self.port} {{\n    tls {self.certificate.chain} {self.certificate.key}")
        return text.replace("listen 443", f"listen 127.0.0.1:{self.port}").replace("*:443", f"*:{self.port}").replace(
            "bind :443", f"bind 127.0.0.1:{self.port}")

    def wait_ready(self, seconds: float = 30) -> None:
        def listens() -> bool:
            assert self.process.poll() is None, f"{self.name} ended with {self.process.returncode}:\n{self.tail()}"
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        until(listens, seconds, lambda: f"{self.name} listens\n{self.tail()}")

    def client(self, **arguments) -> httpx.Client:
        """Somebody at another address than the proxy's, who calls it by the documented name."""
        verify = ssl.create_default_context(cafile=str(self.certificate.authority)) if self.certificate else True
        transport = httpx.HTTPTransport(local_address=CLIENT, verify=verify)

        def named(request: httpx.Request) -> None:
            request.extensions["sni_hostname"] = HOST

        headers = {"Host": HOST} | arguments.pop("headers", {})
        return httpx.Client(
            base_url=self.base, transport=transport, timeout=60, headers=headers, event_hooks={"request": [named]}, **arguments)

    def curl(self, *arguments: str) -> list[str]:
        """A command that calls it by the documented name. Over HTTP/2 curl 7.88 may lose an answer that comes before the body was sent, whoever
        gives it; Chromium is the judge of that."""
        command = ["curl", "-sS", "--max-time", "60", "--http1.1", *arguments]
        if not self.certificate:
            return command
        return command + ["--cacert", str(self.certificate.authority), "--resolve", f"{HOST}:{self.port}:127.0.0.1"]

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.port}" if self.certificate else self.base
