"""The sentences in the sources of the product, as patterns: what a person may be told by the rooms below the pages."""
import pathlib
import re

SOURCES = pathlib.Path(__file__).resolve().parent.parent.parent / "Sources"
# Whose sentences reach people in a browser, but for what only these read.
ROOMS = ["Domain", "Platforms", "Application", "Gateway", "WebUI"]
UNSAID = {
    "Domain/AI": "instructions for a language model",
    "Domain/IncomingWebhook.swift": "answers to programs that send messages",
    "Domain/ProductEvent.swift": "the documentation of the interface",
    "Domain/Zones": "what an operator reads when a time zone's file is damaged",
    "Application/AI/AIQuestion.swift": "instructions for a language model",
    "Application/AI/AISettings.swift": "the documentation of settings",
    "Application/Accounts/IdempotencyStore.swift": "answers to programs",
    "Application/Accounts/WrongKeys.swift": "answers to programs whose keys are wrong",
    "Application/Authorization/AuthorizationTokens.swift": "answers to assistants' programs",
    "Application/Authorization/OAuthError.swift": "answers to assistants' programs",
    "Application/Backups": "what commands print",
    "Application/Bulk/PostExport.swift": "a sample table, the same for everybody",
    "Application/Configuration": "what is printed when the server starts, and the documentation of settings",
    "Application/Doctor": "held by DoctorWordsTests, value by value and by names",
    "Application/Events": "what webhooks, streams and assistants are told",
    "Application/HealthCheck.swift": "what monitoring reads",
    "Application/Keys": "what commands print",
    "Application/Moving": "what commands print",
    "Application/Publishing/Worker.swift": "notes at jobs, which only the log tells",
    "Application/StorageWatch.swift": "what the log tells",
    "Application/Storage/MediaMove.swift": "what a command prints",
    "Application/Webhooks/IncomingWebhooks.swift": "answers to programs that send messages",
    "Application/Webhooks/WebhookMessage.swift": "what a webhook is sent",
    "Gateway/AppRequestContext.swift": "answers to programs with keys",
    "Gateway/Files/FileResponse.swift": "answers to programs that ask for a part of a file",
    "Gateway/MetricsPage.swift": "answers to monitoring",
    "Gateway/OAuthChallenge.swift": "answers to assistants' programs",
    "Gateway/Routes": "answers to programs whose calls are no calls",
    "Gateway/Schema": "answers to programs whose calls are no calls, and the documentation of the interface",
    "Gateway/ShortLinkPage.swift": "a bare line for strangers who followed a link",
    "WebUI/Rendering/ResourceFolder.swift": "what is printed when the server cannot start",
}
_LITERAL = re.compile(r'"""(?P<many>.*?)"""|"(?P<one>(?:[^"\\\n]|\\.)*)"', re.S)


def literals(source: str):
    """Every text of a Swift source with its values left out, those joined by + as one."""
    found, position = [], 0
    source = re.sub(r"^\s*//.*$", "", source, flags=re.M)
    while match := _LITERAL.search(source, position):
        start, text, position = match.start(), "", match.start()
        many = source.startswith('"""', start)
        position += 3 if many else 1
        while not source.startswith('"""' if many else '"', position):
            if source.startswith("\\(", position):
                depth, position = 1, position + 2
                while depth:
                    if source[position] == '"':
                        position = _LITERAL.match(source, position).end()
                        continue
                    depth += {"(": 1, ")": -1}.get(source[position], 0)
                    position += 1
                text += "\0"
            elif source[position] == "\\":
                text += {"n": "\n", "\n": ""}.get(source[position + 1], source[position + 1])
                position += 2
            else:
                text += source[position]
                position += 1
        position += 3 if many else 1
        found.append((start, position, re.sub(r"\s*\n\s*|(?<=\S) {2,}", " ", text).strip(" ") if many else text))
    joined: list[list] = []
    for start, end, text in found:
        if joined and re.fullmatch(r"\s*\+\s*", source[joined[-1][0]:start]):
            joined[-1] = [end, joined[-1][1] + text]
        else:
            joined.append([end, text])
    return [text for _, text in joined]


def patterns() -> dict[str, str]:
    """Whole sentences that reach people, with {0}, {1}, … for values; and the file that each is in."""
    found = {}
    for room in ROOMS:
        for file in sorted((SOURCES / room).rglob("*.swift")):
            name = str(file.relative_to(SOURCES))
            if any(name == left or name.startswith(left + "/") for left in UNSAID):
                continue
            for text in literals(file.read_text()):
                pattern = numbered(text)
                letters = re.sub(r"\{\d+\}", "", pattern)
                if re.search(r"[a-z]{2,} [a-z]+ [a-z]+.*[.!?]$", letters) and re.match(r"[A-Z{]", pattern) and "SELECT" not in pattern:
                    found.setdefault(pattern, name)
    return found


def numbered(text: str) -> str:
    """With its values named in their order."""
    number = iter(range(20))
    return re.sub("\0", lambda _: f"{{{next(number)}}}", text)


def is_said(pattern: str, known: set[str]) -> bool:
    """Whether it is among `known`, as a whole or sentence by sentence."""
    if pattern in known:
        return True
    pieces = re.split(r"(?<=[.!?]) (?=[A-Z{'])", re.sub(r"\{\d+\}", "\0", pattern))
    return len(pieces) > 1 and all(numbered(piece) in known for piece in pieces)
