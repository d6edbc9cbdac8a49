"""Judges of how long a text is on X and Mastodon, and texts to judge. Nothing here is the product's.

X: the package twitter-text-parser, a port of twitter-text 3.1.0 by other people. Its list of emoji is newer than the library's, so that texts
with emoji of several code points are judged by the library's own vectors alone.
Mastodon: its documented rules (a link counts 23, `@user@host` as `@user`, graphemes) with the grammar of links of its server, written down
once more as patterns for the package regex.
"""
from __future__ import annotations

import pathlib
import random

import regex
import yaml
from twitter_text import parse_tweet
from twitter_text.regexp.valid_cctld import valid_cctld
from twitter_text.regexp.valid_gtld import valid_gtld

SPECS = pathlib.Path(__file__).parents[2].parent / "shared" / "specs" / "twitter-text"


def x_length(text: str) -> int:
    return parse_tweet(text).weightedLength


# Mastodon ---------------------------------------------------------------------------------------------------------------------------------

DIRECTIONAL = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
BLANK = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
LETTER = rf"""[^!"#$%&'()*+,\-./:;<=>?@\[\]\^_`{{|}}~\x00-\x1f\x7f{BLANK}\ufffe\ufeff\uffff{DIRECTIONAL}]"""
TOP_LEVEL = rf"(?:{valid_gtld.pattern}|{valid_cctld.pattern}|xn--[\-0-9a-z]+)"
HOST = rf"(?:{LETTER}(?:(?:[_\-]|{LETTER})*{LETTER})?\.)*{LETTER}(?:(?:-|{LETTER})*{LETTER})?\.{TOP_LEVEL}"
PATH = r"[^\p{White_Space}<>()?]"
BRACKETS = rf"\((?:{PATH}+|{PATH}*\({PATH}+\){PATH}*)\)"
PATH_END = rf"""(?:[^\p{{White_Space}}()?!*"'「」<>;:=,.$%\[\]~&|@]|{BRACKETS})"""
INTERNATIONAL = "\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0003fffd"
QUERY = rf"(?:\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|\^{INTERNATIONAL}]*[a-zA-Z0-9\-_&=#/{INTERNATIONAL}])?"
LINK = regex.compile(
    rf"(?:[^A-Za-z0-9@＠$#＃\ufffe\ufeff\uffff]|^)(((?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)://)?({HOST})(?::[0-9]+)?"
    rf"(?:/(?:(?:{PATH}|{BRACKETS})*{PATH_END})?)?{QUERY})", regex.I | regex.V0)
SHORTENED = regex.compile(r"https?://t\.co/([a-z0-9]+)(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?", regex.I)
WORD = r"[\p{L}\p{M}\p{Nd}\p{Pc}]"
MENTION = regex.compile(rf"(?<!{WORD}|[=/])@((?>[a-zA-Z0-9_]+(?:[.\-]+[a-zA-Z0-9_]+)*))(?:@{WORD}+(?:[.\-]+{WORD}+)*+)?+")
SPOILED = regex.compile("[@＠\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0300-\u036f\u1e00-\u1eff]|://")


def mastodon_length(text: str) -> int:
    found = []
    for link in LINK.finditer(text):
        start, end = link.span(1)
        if not link[2] or any(not sound(label) for label in link[3].split(".")):
            continue
        if slug := SHORTENED.match(text, start, end):
            if len(slug[1]) > 40:
                continue
            end = slug.end()
        found.append((start, end, "x" * 23))
    found += [(*mention.span(), "@" + mention[1]) for mention in MENTION.finditer(text) if not SPOILED.match(text, mention.end())]
    result, position = "", 0
    for start, end, counted in sorted(found):
        if start >= position:
            result += text[position:start] + counted
            position = end
    return len(regex.findall(r"\X", result + text[position:]))


def sound(label: str) -> bool:
    """At most 63 octets in Punycode; what calls itself Punycode is of ASCII."""
    return len(label if label.isascii() else "xn--" + label.encode("punycode").decode()) <= 63 and (label.isascii() or label[:4] != "xn--")


# Texts ------------------------------------------------------------------------------------------------------------------------------------

def vectors() -> dict[str, list[dict]]:
    """twitter-text's own, by kind: weighted counts; texts with links, mentions and tags; top-level domains."""
    def of(name: str) -> dict[str, list[dict]]:
        return yaml.safe_load((SPECS / name).read_text())["tests"]

    # The older vectors come first; where emoji count otherwise since configuration 3, the later of the same text holds.
    counts = list({case["text"]: case for name, cases in of("validate.yml").items() if "Counter" in name for case in cases}.values())
    texts = [case for name in ("extract.yml", "autolink.yml", "hit_highlighting.yml") for cases in of(name).values() for case in cases]
    return {"weighted counts": counts, "texts": texts, "domains": [case for cases in of("tlds.yml").values() for case in cases]}


PLAIN = """https:// http:// HTTPS:// ipfs:// gemini:// example.com foo_bar.com a_b.example.org t.co t.co/abc /path /wiki/ 東京都 をご覧ください。 あ 。 」 (film)
() (a(b)c) ( ((( ) ?q=1 ?q=日本語 ?utm_source=x &b=Müller #isReady() # @ada@example.org @ada @bob@a.b.c:3000 @a@b@c . .. - _ / “ ” … ’ — ! é ạ ʻ
Hà_Nội .music .ninja .com .co.uk .рф пример.рф bücher.de xn--e1afmkfd.xn--p1ai 中国 example.中国 localhost:3000 127.0.0.1 user:pw@ user@ $ $abc ＠ ＃ |
{ } ^ ~ %20 + = * ; : , ' – Александр 한국 الجزائر a B 9 mailto: ftp:// c .de www. x.y.io is.gd""".split() + [" ", "\n", "\u3000", "\u202a", "\u200f", "\u200b"]
EMOJI = ["👍", "👍\u200d👍", "👨\u200d👩\u200d👧\u200d👦", "👩🏽\u200d💻", "🏴\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f", "🇫🇷", "🇫", "🇦🇦", "1️⃣", "#⃣",
         "☺", "☺️", "☺︎", "©️", "❤️", "🏋️\u200d♀️", "🥲", "🫱🏽", "🧑\u200d🎄", "\u200d", "\ufe0f", "e\u0301", "क्षि", "ខ្មែ", "𠀀", "\r\n", "\r"]


def fuzz(count: int, emoji: bool, seed: int = 20261127) -> list[str]:
    """The same random texts in every run."""
    chance = random.Random(seed)
    pieces = PLAIN + EMOJI if emoji else PLAIN
    return ["".join(chance.choice(pieces) for _ in range(chance.randint(1, 14))) for _ in range(count)]
