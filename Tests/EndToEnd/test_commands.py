"""Every command says what it does, shows an example that it takes, and ends with the codes that are documented; the manual page says the same."""
import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from programs import ROOT, binary, free_port

PROGRAM = binary("POSTIZ_BINARY", "postiz")
# Those that do something and have nothing to print as data.
WITHOUT_DATA = {"serve", "mcp"}


def run(*words: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | settings
    return subprocess.run([PROGRAM, *words], env=environment, capture_output=True, text=True, timeout=60, input=typed)


def all_commands() -> list[tuple[tuple[str, ...], dict]]:
    def walk(command: dict, path: tuple[str, ...]):
        for inner in command.get("subcommands", []):
            if inner["commandName"] != "help":
                yield (*path, inner["commandName"]), inner
                yield from walk(inner, (*path, inner["commandName"]))

    return list(walk(json.loads(run("--experimental-dump-help").stdout)["command"], ()))


COMMANDS = all_commands()


@pytest.mark.parametrize("path,command", COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_a_command_explains_itself_and_its_example_is_taken(path, command):
    shown = run(*path, "--help")
    assert shown.returncode == 0 and command["abstract"].split()[0] in shown.stdout
    example = re.search(r"^Example: (.+)$", command.get("discussion", ""), re.M)
    assert example, "no example"
    assert re.search(r"Example:\s+\S", shown.stdout)
    for argument in command.get("arguments", []):
        assert argument.get("abstract"), f"{argument['valueName']} is not explained"
    is_group = bool([inner for inner in command.get("subcommands", []) if inner["commandName"] != "help"])
    if not is_group and path[0] not in WITHOUT_DATA:
        assert any(argument["valueName"] == "json" for argument in command["arguments"]), "no --json"
    # The example's words up to a pipe or another command: the program takes them, or says what else is wrong.
    words = [part for part in re.split(r"\||&&", example.group(1)) if "postiz " in part][0]
    words = [word for word in shlex.split(words) if word != "…"]
    settings = dict(word.split("=", 1) for word in words[: words.index("postiz")])
    words = words[words.index("postiz") + 1:]
    assert tuple(words[: len(path)]) == path or is_group and words[0] == path[0]
    if path[0] not in WITHOUT_DATA:
        # A data folder that cannot be keeps it from doing anything.
        ended = run(*words, typed="correct horse battery\n", **(settings | {"POSTIZ_DATA": "/dev/null/postiz", "PORT": str(free_port())}))
        assert ended.returncode != 64, ended.stderr


@pytest.mark.parametrize("path", [path for path, _ in COMMANDS], ids=" ".join)
def test_what_a_command_does_not_take_is_refused_with_64(path):
    refused = run(*path, "--no-such-option")
    # Where something is missing as well, that is said first.
    assert refused.returncode == 64 and re.search(r"no-such-option|Missing expected argument", refused.stderr) and refused.stdout == ""


def test_exit_codes_are_those_of_the_documentation(tmp_path):
    folder = {"POSTIZ_DATA": str(tmp_path / "data"), "PORT": str(free_port())}
    assert run("migrate", "--check", **folder).returncode == 3
    assert run("migrate", **folder).returncode == 0
    assert run("migrate", "--check", **folder).returncode == 0
    assert run("health", **folder).returncode == 1
    wrong = run("config", **(folder | {"PORT": "many"}))
    assert wrong.returncode == 1 and "PORT" in wrong.stderr and wrong.stdout == ""
    # What is found only when much is open already: all of it is closed again.
    (tmp_path / "data/worker.lock").mkdir()
    late = run("serve", **folder)
    assert late.returncode == 1 and "worker.lock" in late.stderr and "Fatal" not in late.stderr, late.stderr
    said = re.findall(r"Exit code (\d+)", json.loads(run("--experimental-dump-help").stdout)["command"]["discussion"])
    documented = re.search(r"## Exit codes\n\n(.*?)\n\n", (ROOT / "docs/operations.md").read_text(), re.S).group(1)
    assert said == re.findall(r"`(\d+)`", documented) == ["0", "1", "3", "64"]


def test_the_manual_page_has_every_command_and_is_well_formed(tmp_path):
    subprocess.run([sys.executable, ROOT / "bin/manual", PROGRAM, tmp_path], check=True)
    page = gzip.decompress((tmp_path / "share/man/man1/postiz.1.gz").read_bytes())
    for path, _ in COMMANDS:
        assert (".SS postiz " + " ".join(path)).replace("-", "\\-").encode() in page, path
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    drawn = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=page, capture_output=True)
    assert drawn.returncode == 0 and drawn.stderr == b"", drawn.stderr.decode()
    assert b".SH EXIT STATUS" in page and all(f".B {code}\n".encode() in page for code in (0, 1, 3, 64))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_in_their_shells_language(tmp_path, shell):
    script = run("--generate-completion-script", shell).stdout
    assert "rotate" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_the_doctor_speaks_the_language_of_the_terminal(tmp_path):
    folder = {"POSTIZ_DATA": str(tmp_path / "data"), "PORT": str(free_port())}
    german = run("doctor", LC_ALL="de_DE.UTF-8", **folder).stdout
    assert "URTEIL" in german.splitlines()[0] and "Warnung" in german
    assert "Aus ihr entstehen Links in E-Mails" in german and "Links in mails" not in german
    assert "Zeitzonen" in german and "time zones" not in german
    for locale in ({"LC_ALL": "en_GB.UTF-8", "LANG": "de_DE.UTF-8"}, {"LANG": "C.UTF-8"}, {"LANG": "tlh"}):
        assert "Links in mails" in run("doctor", **locale, **folder).stdout, locale
    assert json.loads(run("doctor", "--json", LANG="de_DE.UTF-8", **folder).stdout)["diagnoses"][0]["verdict"] in ("ok", "warning", "problem")
