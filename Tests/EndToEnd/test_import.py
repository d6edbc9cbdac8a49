"""Posts from tables and back: LibreOffice and openpyxl write the tables and read ours."""
import csv
import datetime
import io
import re
import shutil
import subprocess
import time
import zipfile

import openpyxl
import pytest

from browser import DESKTOP, PHONE, chromium, sign_in_as, violations, watch
from programs import ARTIFACTS

HEAD = ["text", "channels", "date", "time", "tags", "media", "first comment"]
ROWS = [
    ["Grüße; \"Ada\"\nzweite Zeile", "mastodon", datetime.date(2030, 3, 4), datetime.time(14, 30), "tea, spring", "", ""],
    ["Plain words, with a comma", "mastodon", datetime.date(2030, 12, 24), datetime.time(9, 5), "", "", "A first comment"],
    ["=not a formula", "", None, None, "", "", ""],
]


def workbook(path, when=None):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEAD)
    for row in ROWS:
        sheet.append(row)
    for cell in sheet["A"]:
        cell.data_type = "s"
    for row in sheet.iter_rows(min_row=2):
        row[2].number_format = "DD/MM/YYYY" if when is None else when
        row[3].number_format = "HH:MM"
    book.save(path)
    return path


def send(client, data, expect=200, **query):
    return client.call("POST", "/api/posts/import", expect=expect, content=data, params={"name": "posts", **query},
                       headers={"Content-Type": "application/octet-stream"})


def imported(client):
    posts = client.call("GET", "/api/posts", params={"limit": 200, "order": "oldest"})["items"]
    return {post["parts"][0]["text"]: post for post in posts}


def check_posts(client):
    posts = imported(client)
    first = posts["Grüße; \"Ada\"\nzweite Zeile"]
    assert first["wallTime"].startswith("2030-03-04T14:30") and first["tags"] == ["spring", "tea"] and first["status"] == "SCHEDULED"
    second = posts["Plain words, with a comma"]
    assert second["wallTime"].startswith("2030-12-24T09:05")
    assert [part["text"] for part in second["parts"]][1:] == ["A first comment"]
    assert posts["=not a formula"]["status"] == "DRAFT"
    assert len(posts) == 3


def test_a_workbook(client, channels, tmp_path):
    data = workbook(tmp_path / "posts.xlsx").read_bytes()
    check = send(client, data, dryRun="true")
    assert check["format"] == "XLSX" and check["unsure"] == [] and check["faulty"] == 0, check
    assert imported(client) == {}
    done = client.call("POST", f"/api/posts/imports/{check['importId']}/run")
    assert done["count"] == 3
    check_posts(client)
    undone = client.call("POST", f"/api/posts/imports/{done['id']}/undo")
    assert undone["removed"] == 3 and imported(client) == {}
    client.call("POST", f"/api/posts/imports/{done['id']}/undo", expect=409)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is missing")
@pytest.mark.parametrize("language,shown,options", [
    ("en-US", "MM/DD/YYYY", "44,34,76"), ("de-DE", "DD.MM.YYYY", "59,34,76"), ("de-DE", "DD.MM.YYYY", "59,34,1"), ("en-GB", "DD/MM/YYYY", "9,34,76"),
])
def test_what_libreoffice_saves(client, channels, tmp_path, language, shown, options):
    source = workbook(tmp_path / "posts.xlsx", shown)
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
         f"csv:Text - txt - csv (StarCalc):{options},1,,0,false,true,false,false", "--outdir", str(tmp_path / "out"), str(source)],
        check=True, capture_output=True, timeout=180, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": language})
    data = (tmp_path / "out" / "posts.csv").read_bytes()
    check = send(client, data, dryRun="true")
    assert check["separator"] == {"44": "COMMA", "59": "SEMICOLON", "9": "TAB"}[options.split(",")[0]]
    assert check["encoding"] == ("WINDOWS_1252" if options.endswith(",1") else "UTF_8")
    assert check["dateOrder"] == ("MONTH_FIRST" if language == "en-US" else "DAY_FIRST") and "DATE_ORDER" not in check["unsure"], check
    assert check["faulty"] == 0, check
    send(client, data, expect=201)
    check_posts(client)


def test_what_is_exported_is_harmless_and_comes_back(client, channels):
    texts = ["=HYPERLINK(\"https://example.com\")", "+1", "-1", "@ada", "\tindented", "'quoted", "two\nlines, \"here\"", "Ünïcödé 🎬"]
    for text in texts:
        client.call("POST", "/api/posts", expect=201, json={"content": text, "platforms": [channels["mastodon"]["id"]], "status": "DRAFT"})
    answer = client.get("/api/posts/export")
    assert answer.content.startswith(b"\xef\xbb\xbf") and answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert b"\r\n" in answer.content and len(rows) == len(texts) + 1 and {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell]
    for post in imported(client).values():
        client.call("DELETE", f"/api/posts/{post['id']}", expect=204)
    send(client, answer.content, expect=201)
    assert sorted(imported(client)) == sorted(texts)
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    assert not [cell for row in book.active.iter_rows() for cell in row if cell.data_type == "f"]


def test_hostile_files_are_refused(client):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook>" + b" " * (200 << 20) + b"</workbook>")
    entity = io.BytesIO()
    with zipfile.ZipFile(entity, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><workbook><sheets>&a;</sheets></workbook>')
    for data in (bomb.getvalue(), entity.getvalue(), entity.getvalue()[:60], b"PK\x03\x04", b"\x00\x01\x02", b"", b"a\n" * 50_000):
        answer = client.post("/api/posts/import", content=data, headers={"Content-Type": "application/octet-stream"})
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["code"] == "VALIDATION_FAILED"


def test_ten_thousand_rows_and_the_month_that_holds_them_all(person, client, channels):
    rows = [f"\"Post {n}, some words\",mastodon,2030-05-{n % 28 + 1:02},{n % 24:02}:{n % 60:02},tag" for n in range(10_000)]
    data = ("text,channels,date,time,tags\n" + "\n".join(rows)).encode()
    began = time.monotonic()
    done = client.call("POST", "/api/posts/import", expect=201, content=data, headers={"Content-Type": "text/csv"}, timeout=120)
    took = time.monotonic() - began
    print(f"import of 10,000 rows: {took:.1f} s")
    assert done["count"] == 10_000
    # The calendar sends what is seen of them, and how many more there are.
    page = person[0].get("/calendar?date=2030-05-01", headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    assert page.status_code == 200 and page.headers["Content-Encoding"] == "gzip"
    print(f"a month of 10,000 posts: {page.num_bytes_downloaded} bytes")
    assert page.num_bytes_downloaded <= 20_000
    cells = re.findall(r'role="gridcell"', page.text)
    cards = re.findall(r'class="slip"', page.text)
    assert len(cells) in (35, 42) and 28 * 2 <= len(cards) <= 4 * len(cells), (len(cells), len(cards))
    shown = [int(number) for number in re.findall(r'class="more"[^>]*>\+?(\d+)', page.text)]
    assert len(cards) + sum(shown) == 10_000, (len(cards), shown)


def test_in_the_browser(postiz, person, channels, tmp_path):
    session, api = person
    ARTIFACTS.mkdir(exist_ok=True)
    table = tmp_path / "posts.csv"
    table.write_text("text,channels,date,tags\nOne <b>,mastodon,03/04/2030,tea\nTwo,nobody,03/05/2030,\nThree,mastodon,03/06/2030,\n")
    with chromium() as browser:
        context = browser.new_context(viewport=DESKTOP)
        sign_in_as(context, session, postiz.base)
        page = context.new_page()
        page.errors = watch(page, postiz.base)
        page.goto(postiz.base + "/posts")
        page.get_by_role("link", name="Import").click()
        page.wait_for_url("**/posts/import")
        assert violations(page) == []
        page.screenshot(path=ARTIFACTS / "import-desktop.png", full_page=True)
        page.locator("table-file input").set_input_files(table)
        page.wait_for_url("**/posts/import/*-*")
        page.get_by_text("1 row has a problem").wait_for()
        assert page.get_by_text("can be read in two ways").is_visible()
        assert page.get_by_role("button", name="Import 3 posts").count() == 0
        assert violations(page) == []
        page.screenshot(path=ARTIFACTS / "import-check-desktop.png", full_page=True)
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.screenshot(path=ARTIFACTS / "import-check-phone.png", full_page=True)
        page.set_viewport_size(DESKTOP)

        table.write_text(table.read_text().replace("nobody", "mastodon"))
        page.goto(postiz.base + "/posts/import")
        page.locator("table-file input").set_input_files(table)
        page.wait_for_url("**/posts/import/*-*")
        page.locator("#dateOrder").select_option("MONTH_FIRST")
        page.get_by_role("button", name="Read again").click()
        page.get_by_text("2030-03-04 09:00").wait_for()
        page.get_by_role("button", name="Import 3 posts").click()
        page.get_by_text("3 posts were imported.").wait_for()
        assert len(imported(api)) == 3
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Take back").click()
        page.get_by_text("3 posts were moved to the trash.").wait_for()
        assert imported(api) == {} and page.errors == []

        # Without scripts a table is pasted.
        bare = browser.new_context(java_script_enabled=False)
        sign_in_as(bare, session, postiz.base)
        page = bare.new_page()
        page.goto(postiz.base + "/posts/import")
        page.locator("summary").get_by_text("Paste").click()
        page.locator("#table").fill("text;channels\nPasted;\n")
        page.get_by_role("button", name="Look at it").click()
        page.get_by_role("button", name="Import 1 post").click()
        page.get_by_text("1 post").first.wait_for()
        assert list(imported(api)) == ["Pasted"]
