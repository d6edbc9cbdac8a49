"""What is shipped beside the program: it says what the documentation says, its formats' own checkers accept it, and it does its work."""
import importlib.metadata
import json
import os
import pathlib
import re
import subprocess

import httpx
import jsonschema
import pytest
import yaml

from programs import ROOT, Program, binary, free_port

DEPLOY = ROOT / "deploy"


@pytest.mark.parametrize("language,name", [("nginx", "nginx.conf"), ("apache", "apache.conf"), ("haproxy", "haproxy.cfg"), ("caddyfile", "Caddyfile")])
def test_the_proxies_samples_are_those_that_the_documentation_shows_and_the_tests_run(language, name):
    shown = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs/proxies.md").read_text(), re.S)
    assert shown == [(DEPLOY / "proxies" / name).read_text()]


@pytest.fixture(scope="module")
def compose_schema():
    """The Compose Specification's own schema, as Docker's Python program carries it."""
    files = importlib.metadata.files("docker-compose")
    return json.loads(next(file for file in files if file.name == "compose_spec.json").locate().read_text())


@pytest.mark.parametrize("name", ["docker-compose.yml", "docker-compose.single.yml"])
def test_compose_files_are_valid_and_their_references_exist(compose_schema, name):
    text = (DEPLOY / name).read_text()
    compose = yaml.safe_load(text)
    # Interpolation is Compose's own step before it looks at the schema; `name` is younger than this copy of it.
    jsonschema.validate({key: value for key, value in compose.items() if key != "name"}, compose_schema)
    for service, settings in compose["services"].items():
        for secret in settings.get("secrets", []):
            assert secret in compose["secrets"], (service, secret)
        for volume in settings.get("volumes", []):
            assert volume.split(":")[0] in compose["volumes"], (service, volume)
        for needed in settings.get("depends_on", {}):
            assert set(settings["profiles"]) <= set(compose["services"][needed]["profiles"]) and "healthcheck" in compose["services"][needed]
        assert settings["restart"] == "unless-stopped"


def test_the_schema_would_find_a_mistake(compose_schema):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"services": {"postiz": {"image": "postiz", "prots": ["5000:5000"]}}}, compose_schema)


def test_settings_in_shipped_files_are_known_to_the_program():
    known = {row["name"] for row in json.loads(subprocess.run(
        [binary("POSTIZ_BINARY", "postiz"), "config", "--json"], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}).stdout)}
    named = set()
    for name in ("docker-compose.yml", "docker-compose.single.yml"):
        for service in yaml.safe_load((DEPLOY / name).read_text())["services"].values():
            if service.get("image") == "postiz":
                named |= set(service["environment"])
    kubernetes = list(yaml.safe_load_all((DEPLOY / "kubernetes/postiz.yaml").read_text()))
    container = next(item for item in kubernetes if item["kind"] == "Deployment")["spec"]["template"]["spec"]["containers"][0]
    named |= {item["name"] for item in container["env"]}
    named |= set(re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "debian/postiz.env").read_text(), re.M))
    assert {name.removesuffix("_FILE") if name.removesuffix("_FILE") in known else name for name in named} <= known


def test_secrets_are_made_once_and_fit_together(tmp_path):
    folder = tmp_path / "secrets"
    subprocess.run([DEPLOY / "make-secrets", folder], check=True, capture_output=True)
    assert (folder / "database").read_text().strip() in (folder / "database_url").read_text()
    assert folder.stat().st_mode & 0o077 == 0
    before = {path.name: path.read_text() for path in folder.iterdir()}
    assert subprocess.run([DEPLOY / "make-secrets", folder], capture_output=True).returncode == 1
    assert before == {path.name: path.read_text() for path in folder.iterdir()}


def test_the_unit_is_hardened_and_has_no_mistakes():
    unit = DEPLOY / "systemd/postiz.service"
    looked = subprocess.run(["systemd-analyze", "security", "--offline=true", unit], capture_output=True, text=True, env=os.environ | {"LC_ALL": "C.UTF-8"})
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", looked.stdout).group(1))
    assert exposure < 3, looked.stdout
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    complaints = [line for line in checked.stderr.splitlines() if "postiz.service" in line and "is not executable" not in line]
    assert not complaints, checked.stderr


# The Debian package

@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Two versions of it, made of the program under test."""
    folder = tmp_path_factory.mktemp("packages")
    environment = os.environ | {"PACKAGE_FROM": str(pathlib.Path(binary("POSTIZ_BINARY", "postiz")).parent), "PACKAGE_COMPRESSION": "none"}
    return [subprocess.run([ROOT / "bin/package", folder], env=environment | {"PACKAGE_VERSION": version}, check=True, capture_output=True,
                           text=True).stdout.strip() for version in ("1.0.0", "1.0.1")]


@pytest.fixture
def root(tmp_path):
    """A root that holds what dpkg and the scripts of the package need."""
    for folder in ("var/lib/dpkg/updates", "var/lib/dpkg/info", "etc"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").touch()
    for name, text in {"passwd": "root:x:0:0:root:/root:/bin/sh\n", "group": "root:x:0:\n", "shadow": "", "gshadow": ""}.items():
        (tmp_path / "etc" / name).write_text(text)
    return tmp_path


def dpkg(root, *arguments):
    done = subprocess.run(["dpkg", f"--root={root}", "--force-depends", "--force-script-chrootless", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def test_the_package_says_what_it_needs(packages):
    fields = subprocess.run(["dpkg-deb", "--field", packages[0]], check=True, capture_output=True, text=True).stdout
    needed = re.search(r"^Depends: (.*)$", fields, re.M).group(1)
    linked = subprocess.run(["objdump", "-p", binary("POSTIZ_BINARY", "postiz")], capture_output=True, text=True, check=True).stdout
    libraries = {"libpq.so.5": "libpq5", "libsqlite3.so.0": "libsqlite3-0", "libcurl.so.4": "libcurl4", "libcrypt.so.1": "libcrypt1",
                 "libz.so.1": "zlib1g", "libxml2.so.2": "libxml2", "libstdc++.so.6": "libstdc++6"}
    for library in re.findall(r"NEEDED\s+(\S+)", linked):
        if library in libraries:
            assert libraries[library] in needed, library
    listed = subprocess.run(["dpkg-deb", "--contents", packages[0]], check=True, capture_output=True, text=True).stdout
    assert "root/root" in listed and not re.search(r"^\S+ (?!root/root)", listed, re.M)
    for path in ("man/man1/postiz.1.gz", "bash-completion/completions/postiz", "zsh/vendor-completions/_postiz", "fish/vendor_completions.d/postiz.fish"):
        assert f"./usr/share/{path}\n" in listed, path


@pytest.mark.skipif(os.geteuid() != 0, reason="a package is installed by root")
def test_the_package_is_installed_answers_is_upgraded_and_removed_and_data_stays(packages, root):
    dpkg(root, "--install", packages[0])
    assert re.search(r"^postiz:", (root / "etc/passwd").read_text(), re.M)
    data, settings = root / "var/lib/postiz", root / "etc/postiz/postiz.env"
    assert data.stat().st_mode & 0o777 == 0o700 and data.stat().st_uid != 0
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    program = [str(root / "usr/lib/postiz/postiz"), "serve"]
    with Program("postiz-packaged", program, base, "/api/health", {"PORT": str(port), "POSTIZ_DATA": str(data)}):
        page = httpx.get(base, headers={"Accept": "text/html"}, follow_redirects=True)
        assert page.status_code == 200 and "<form" in page.text
    settings.write_text(settings.read_text() + "PORT=6000\n")
    database = (data / "postiz.sqlite").read_bytes()

    dpkg(root, "--install", packages[1])
    assert (data / "postiz.sqlite").read_bytes() == database and "PORT=6000" in settings.read_text()
    dpkg(root, "--remove", "postiz")
    assert not (root / "usr/lib/postiz/postiz").exists() and (data / "postiz.sqlite").read_bytes() == database
    purged = dpkg(root, "--purge", "postiz")
    assert (data / "postiz.sqlite").read_bytes() == database and "your data stays" in purged.stderr


# The scripts

def script(name, *arguments, postiz, **settings):
    return subprocess.run([ROOT / "scripts" / name, *arguments], capture_output=True, text=True,
                          env=postiz.environment | {"POSTIZ": postiz.command[0]} | settings)


def test_the_scripts_back_up_restore_and_check(start_postiz, tmp_path):
    postiz = start_postiz()
    made = script("backup.sh", str(tmp_path / "backups"), "3", postiz=postiz)
    assert made.returncode == 0, made.stderr
    archive = made.stdout.strip()
    assert "The archive is whole" in made.stderr
    healthy = script("health-check.sh", postiz=postiz)
    assert healthy.returncode == 0 and healthy.stdout.startswith("ok"), healthy.stdout + healthy.stderr
    assert script("restore.sh", archive, postiz=postiz).returncode == 1, "the server runs"
    postiz.stop()
    assert script("health-check.sh", postiz=postiz).returncode == 1
    restored = script("restore.sh", archive, postiz=postiz)
    assert restored.returncode == 0, restored.stderr
    postiz.start()
    assert script("health-check.sh", postiz.base, postiz=postiz).returncode == 0


@pytest.mark.parametrize("answers", [True, False])
def test_an_update_backs_up_first_and_says_how_to_go_back(start_postiz, tmp_path, answers):
    """The system's own programs are replaced by ones that note their call; the product is the real one."""
    postiz = start_postiz()
    programs = tmp_path / "bin"
    programs.mkdir()
    calls = tmp_path / "calls"
    for name, text in {"systemctl": "", "dpkg": "", "sleep": "", "runuser": 'shift 3; exec "$@"\n'}.items():
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{calls}\n{text}')
        (programs / name).chmod(0o755)
    if not answers:
        postiz.stop()
    done = script("update.sh", "postiz_9.deb", str(tmp_path / "backups"), postiz=postiz, PATH=f"{programs}:{os.environ['PATH']}")
    called = [line for line in calls.read_text().splitlines() if not line.startswith("sleep")]
    assert called[0].startswith("runuser -u postiz") and called[1:] == ["systemctl stop postiz", "dpkg -i postiz_9.deb", "systemctl start postiz"]
    archives = list((tmp_path / "backups").glob("postiz-*.tar.gz"))
    assert len(archives) == 1
    assert done.returncode == (0 if answers else 1), done.stderr
    assert answers or f"postiz restore {archives[0]}" in done.stderr
