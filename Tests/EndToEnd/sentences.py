"""The sentences in the sources of the product, as patterns: what a person may be told by the rooms below the pages."""
import pathlib
import re

SOURCES = pathlib.Path(__file__).resolve().parent.parent.parent / "Sources"
# Rooms whose sentences reach people in a browser; configuration, commands and assistants' words stay English.
ROOMS = ["Domain", "Platforms", "Application/Accounts", "Application/SignIn", "Application/Notifications", "Application/Team", "Application/Webhooks", "Application/Feeds", "Application/Posts", "Application/Media", "Application/Channels", "Application/Publishing"]
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


def patterns() -> set[str]:
    """Whole sentences, with {0}, {1}, … for values."""
    found = set()
    for room in ROOMS:
        for file in sorted((SOURCES / room).rglob("*.swift")):
            for text in literals(file.read_text()):
                number = iter(range(20))
                pattern = re.sub("\0", lambda _: f"{{{next(number)}}}", text)
                letters = re.sub(r"\{\d+\}", "", pattern)
                if re.search(r"[a-z]{2,} [a-z]+ [a-z]+.*[.!?]$", letters) and re.match(r"[A-Z{]", pattern) and "SELECT" not in pattern:
                    found.add(pattern)
    return found
