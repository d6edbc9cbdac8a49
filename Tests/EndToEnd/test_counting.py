"""How long a text is: the server against judges that others wrote, the composer against the server."""
import pytest
from playwright.sync_api import expect

from browser import DESKTOP, chromium, sign_in_as, watch
from client import connect_all, new_account
import text_references as references

BATCH = 100
EVERY = [
    "x", "mastodon", "linkedin", "linkedin-page", "bluesky", "threads", "facebook", "instagram", "youtube", "tiktok", "reddit", "pinterest", "discord", "slack",
    "discord-webhook",
]
ROWS = [
    "a" * 420, "あ" * 470 + " https://ja.wikipedia.org/wiki/" + "都" * 15,
    "a" * 476 + " https://developer.example.com/reference/Manager#isReady()", "https://foo.music/" + "a" * 60, "👍\u200d👍",
    "🏴\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f", "https://t.co/slug/path", "詳細は https://example.com/aaaをご覧ください。" + "あ" * 130,
    "example.com?utm_source=a", "example.com:8080", "https://foo_bar.com/" + "a" * 60, "https://example.com/wiki/Hà_Nội",
    "\u202ahttps://example.com/", "@alice@example.org:3000", "@a@b.org@c", "a\r\nb\rc", "\ufeffHello", "Hello\ufffe", "\u200b", "ខ្មែ", "क्षि",
]


@pytest.fixture(scope="module")
def writer(postiz, simulator):
    """Somebody with a channel on X, on Mastodon and on LinkedIn."""
    session, client = new_account(postiz.base, "counting")
    return session, client, {platform: client.connect(platform, "counting")["id"] for platform in ("x", "mastodon", "linkedin")}


def counted(client, channels: dict[str, str], texts: list[str]) -> dict[str, list[int]]:
    """What the server says, by platform."""
    lengths = {platform: [] for platform in channels}
    names = {channel: platform for platform, channel in channels.items()}
    for start in range(0, len(texts), BATCH):
        draft = {"parts": [{"text": text} for text in texts[start:start + BATCH]], "platforms": list(channels.values())}
        for count in client.call("POST", "/api/posts/validate", json=draft)["counts"]:
            lengths[names[count["integrationId"]]].append(count["length"])
    return lengths


def agreement(texts: list[str], lengths: list[int], judge) -> float:
    wrong = [(text, length, judge(text)) for text, length in zip(texts, lengths, strict=True) if length != judge(text)]
    print(f"{len(wrong)} of {len(texts)} differ: {wrong[:3]}")
    return 1 - len(wrong) / len(texts)


def test_the_server_counts_as_the_judges_do_on_the_library_s_own_vectors(writer):
    if not references.SPECS.is_dir():
        pytest.skip(f"twitter-text's vectors are not at {references.SPECS}")
    _, client, channels = writer
    for kind, cases in references.vectors().items():
        texts = [case["text"] for case in cases]
        lengths = counted(client, channels, texts)
        if kind == "weighted counts":
            expected = [case["expected"]["weightedLength"] for case in cases]
            assert lengths["x"] == expected
        assert agreement(texts, lengths["x"], references.x_length) >= 0.995, kind
        assert agreement(texts, lengths["mastodon"], references.mastodon_length) >= 0.995, kind


def test_the_server_counts_as_the_judges_do_on_random_texts(writer):
    _, client, channels = writer
    plain, all_kinds = references.fuzz(4000, emoji=False), references.fuzz(4000, emoji=True)
    lengths = counted(client, channels, plain)
    # The port takes an ideographic full stop before a host for a dot, which the library it ports does not.
    assert agreement(plain, lengths["x"], references.x_length) >= 0.985
    assert agreement(plain, lengths["mastodon"], references.mastodon_length) >= 0.995
    # Khmer stacks are one grapheme since Unicode 17, which Swift's library does not know yet.
    known = [text.replace("\r\n", "\n").replace("\r", "\n") for text in all_kinds if "ខ្មែ" not in text]
    assert agreement(known, counted(client, channels, known)["mastodon"], references.mastodon_length) >= 0.995


ASK = """async ({base, texts, channels, batch}) => {
    const {Counts} = await import(base + "/js/composer/counting.js");
    const {call} = await import(base + "/js/api.js");
    const shown = Object.fromEntries(channels.map(id => [id, []]));
    for (let start = 0; start < texts.length; start += batch) {
        const parts = texts.slice(start, start + batch).map(text => ({text, mediaIds: []}));
        const {counts} = await call("POST", "/api/posts/validate", {parts, platforms: channels});
        const page = new Counts();
        page.take(counts, () => parts);
        parts.forEach(({text}, index) => channels.forEach(id => {
            const count = page.of({id, limit: 0, followUpLimit: 0}, index, text);
            shown[id].push(count.certain ? count.length : `uncertain ${count.length}`);
        }));
    }
    return shown;
}"""


@pytest.fixture(scope="module")
def composer(postiz, writer):
    session, _, _ = writer
    with chromium() as browser:
        context = browser.new_context(viewport=DESKTOP)
        sign_in_as(context, session, postiz.base)
        page = context.new_page()
        errors = watch(page, postiz.base)
        page.goto(postiz.base + "/compose")
        yield page
        assert [words for words in errors if "ERR_FAILED" not in words] == []  # one test cuts the connection


@pytest.mark.browser
def test_the_composer_shows_the_server_s_count_of_every_text(composer, writer):
    _, client, channels = writer
    texts = ROWS + references.fuzz(10_000, emoji=True)
    base = composer.evaluate("document.querySelector('link[rel=modulepreload]').href.replace(/\\/js\\/.*/, '')")
    shown = composer.evaluate(ASK, {"base": base, "texts": texts, "channels": list(channels.values()), "batch": BATCH})
    for platform, lengths in counted(client, channels, texts).items():
        different = [(text, ours, theirs) for text, ours, theirs in zip(texts, shown[channels[platform]], lengths, strict=True) if ours != theirs]
        assert not different, f"{platform}: {len(different)} differ: {different[:3]}"


@pytest.mark.browser
def test_the_composer_shows_the_server_s_count_on_every_platform(composer, postiz, simulator):
    session, client = new_account(postiz.base, "every")
    channels = {name: channel["id"] for name, channel in connect_all(client, simulator, "every", EVERY).items()}
    # Letters of one to four units and bytes, of several code points, with links and markup: each platform measures in its own unit.
    texts = ROWS + ["é", "e\u0301", "👨‍👩‍👧‍👦", "𝒳", "<b>&amp;</b>", "https://example.com/" + "a" * 80, " a ", ""] + references.fuzz(200, emoji=True)
    context = composer.context.browser.new_context(viewport=DESKTOP)
    sign_in_as(context, session, postiz.base)
    page = context.new_page()
    page.goto(postiz.base + "/compose")
    base = page.evaluate("document.querySelector('link[rel=modulepreload]').href.replace(/\\/js\\/.*/, '')")
    shown = page.evaluate(ASK, {"base": base, "texts": texts, "channels": list(channels.values()), "batch": BATCH})
    context.close()
    said = counted(client, channels, texts)
    assert set(said) == set(EVERY) and {name: shown[channel] for name, channel in channels.items()} == said


@pytest.mark.browser
def test_the_counters_follow_what_is_typed_and_the_content_warning(composer, writer, postiz):
    _, _, channels = writer
    composer.goto(postiz.base + "/compose")
    for channel in channels.values():
        box = composer.locator(f'input[name="channel"][value="{channel}"]')
        if not box.is_checked():
            box.check(force=True)
    area = composer.locator("[data-parts] textarea").first

    def counter(platform: str):
        return composer.locator(f'.counters > span:has(.mark[data-platform="{platform}"]) > span[aria-hidden]:not(.mark)').first

    area.fill("詳細は https://example.com/" + "a" * 30 + "をご覧ください。" + "あ" * 130)
    expect(counter("x")).to_have_text("306/280")
    expect(counter("mastodon")).to_have_text("27/500")
    area.fill("a" * 420)
    expect(counter("mastodon")).to_have_text("420/500")
    group = composer.locator(f'details[data-channel="{channels["mastodon"]}"]')
    group.evaluate("element => element.open = true")
    group.locator('[data-setting="spoiler_text"]').fill("b" * 90)
    expect(counter("mastodon")).to_have_text("510/500")
    expect(composer.locator("[data-problems]")).to_contain_text("with its content warning has 510 of 500")


@pytest.mark.browser
def test_without_a_connection_the_count_says_that_it_is_uncertain(composer, writer, postiz):
    _, _, channels = writer
    composer.goto(postiz.base + "/compose")
    box = composer.locator(f'input[name="channel"][value="{channels["x"]}"]')
    if not box.is_checked():
        box.check(force=True)
    area = composer.locator("[data-parts] textarea").first
    counter = composer.locator('.counters > span:has(.mark[data-platform="x"]) > span[aria-hidden]:not(.mark)').first
    area.fill("Hello")
    expect(counter).to_have_text("5/280")
    composer.route("**/api/posts/validate", lambda route: route.abort())
    try:
        area.fill("Hello again")
        expect(counter).to_have_text("≈11/280")
    finally:
        composer.unroute("**/api/posts/validate")
    composer.evaluate("dispatchEvent(new Event('online'))")
    expect(counter).to_have_text("11/280")
