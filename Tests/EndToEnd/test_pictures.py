"""What is stored of a picture is shown as the picture was: Pillow, libvips and Chromium are asked. What it told besides is gone."""
from __future__ import annotations

import base64
import io
import re
import shutil
import struct
import subprocess
import zlib

import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from browser import chromium
from client import new_account
from programs import until

pillow_heif.register_heif_opener()

SECRET = "48.8584N secret place"
XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>{SECRET}</rdf:RDF></x:xmpmeta>"
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TURNS = range(1, 9)


def drawn(width: int = 41, height: int = 30, mode: str = "RGB", step: int = 0) -> Image.Image:
    """No two corners alike, so that a turned or mirrored picture is another one."""
    picture = Image.new("RGB", (width, height))
    picture.putdata([((x * 6 + step * 40) % 256, y * 8 % 256, 200 if x < 9 and y < 6 else 40) for y in range(height) for x in range(width)])
    return picture.convert(mode)


def exif(turn: int = 1) -> bytes:
    told = Image.Exif()
    told[0x0112], told[0x010E] = turn, SECRET
    return told.tobytes()


def saved(kind: str, picture: Image.Image | None = None, **options) -> bytes:
    file = io.BytesIO()
    (picture or drawn()).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*chunks: bytes, **options) -> bytes:
    file = saved("PNG", **options)
    return file[:33] + b"".join(chunks) + file[33:]  # Behind the header.


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + kind + data


def moving(kind: str, **options) -> bytes:
    return saved(kind, save_all=True, append_images=[drawn(step=1), drawn(step=2)], duration=100, loop=0, **options)


def gif_with_texts() -> bytes:
    file = moving("GIF", comment=SECRET)
    end = file[:13 + (3 << (file[10] & 7) + 1)] if file[10] & 0x80 else file[:13]
    # As the XMP specification has it in a GIF: the packet unframed, then 256 bytes that read as lengths from wherever one comes.
    xmp = b"\x21\xff\x0bXMP DataXMP" + XMP.encode() + b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    return end + xmp + file[len(end):] + SECRET.encode()


def little_long_exif(turn: int) -> bytes:
    return b"II*\0" + struct.pack("<IHHHIIHHIII", 8, 2, 0x0112, 4, 1, turn, 0x010E, 2, len(SECRET) + 1, 38, 0) + SECRET.encode() + b"\0"


def corpus() -> dict[str, bytes]:
    motion = box(b"ftyp", b"isom\0\0\0\0isom") + box(b"mdat", SECRET.encode())
    files: dict[str, bytes] = {}
    for turn in TURNS:
        files[f"turned {turn}.jpg"] = saved("JPEG", exif=exif(turn), icc_profile=ICC, comment=SECRET, xmp=XMP.encode())
        files[f"turned {turn}.png"] = saved("PNG", exif=exif(turn))
        files[f"turned {turn}.webp"] = saved("WEBP", exif=exif(turn), xmp=XMP, lossless=True)
        files[f"turned {turn}.avif"] = saved("AVIF", exif=exif(turn), xmp=XMP.encode())
        files[f"turned {turn}.heic"] = saved("HEIF", exif=exif(turn), xmp=XMP.encode())
        files[f"long {turn}.jpg"] = saved("JPEG", exif=b"Exif\0\0" + little_long_exif(turn))
    files |= {
        "motion.jpg": saved("JPEG", exif=exif(6)) + motion,
        "progressive.jpg": saved("JPEG", progressive=True, exif=exif(3), comment=SECRET),
        "print.jpg": saved("JPEG", drawn(mode="CMYK"), exif=exif()),
        "grey.jpg": saved("JPEG", drawn(mode="L"), exif=exif(8)),
        "stray.jpg": (lambda file: file[:20] + b"\x00\x11\x22" + file[20:])(saved("JPEG", comment=SECRET)),
        "gamma.png": png_with(chunk(b"gAMA", struct.pack(">I", 100_000)), exif=exif()),
        "srgb.png": png_with(chunk(b"sRGB", b"\0"), chunk(b"gAMA", struct.pack(">I", 45_455)), exif=exif()),
        "primaries.png": png_with(
            chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)),
            chunk(b"gAMA", struct.pack(">I", 45_455)), exif=exif()),
        "codepoints.png": png_with(chunk(b"cICP", bytes((9, 16, 0, 1))), exif=exif()),
        "profile.png": saved("PNG", icc_profile=ICC, exif=exif(5)),
        "words.png": saved("PNG", pnginfo=words()),
        "private.png": png_with(chunk(b"caBX", SECRET.encode())),
        "deep.png": saved("PNG", drawn(mode="I;16"), exif=exif()),
        "palette.png": saved("PNG", drawn(mode="P"), transparency=3, exif=exif(2)),
        "endless.png": saved("PNG", exif=exif())[:-12],
        "moving.png": moving("PNG", exif=exif()),
        "lossy.webp": saved("WEBP", quality=60, exif=exif(4), icc_profile=ICC),
        "clear.webp": saved("WEBP", drawn(mode="RGBA"), exif=exif()),
        "moving.webp": moving("WEBP", exif=exif(), xmp=XMP),
        "still.gif": saved("GIF", comment=SECRET),
        "moving.gif": gif_with_texts(),
        "profile.avif": saved("AVIF", icc_profile=ICC, exif=exif()),
        "moving.avif": moving("AVIF", exif=exif()),
        "odd.heic": saved("HEIF", drawn(401, 301), exif=exif()),
        "tiny.heic": saved("HEIF", drawn(1, 1), exif=exif()),
        "motion.heic": saved("HEIF", exif=exif()) + box(b"mpvd", motion) + box(b"sefd", SECRET.encode()),
    }
    return files


def words() -> PngImagePlugin.PngInfo:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", SECRET)
    told.add_text("Description", SECRET, zip=True)
    told.add_itxt("XML:com.adobe.xmp", XMP)
    return told


CORPUS = corpus()


@pytest.fixture(scope="module")
def person(postiz):
    """One for all: an address may not register as often as there are pictures."""
    session, client = new_account(postiz.base)
    yield session, client
    session.close()
    client.close()


@pytest.fixture(scope="module")
def page():
    with chromium() as browser:
        yield browser.new_page()


def by_pillow(file: bytes) -> list:
    """Every frame as it is shown."""
    picture = Image.open(io.BytesIO(file))
    profile = picture.info.get("icc_profile")
    frames = []
    for frame in range(getattr(picture, "n_frames", 1)):
        picture.seek(frame)
        shown = ImageOps.exif_transpose(picture)
        frames.append((shown.size, picture.info.get("duration"), shown.convert("RGBA").tobytes()))
    return [profile, picture.info.get("loop"), *frames]


def by_vips(file: bytes, folder) -> bytes | None:
    source, target = folder / "picture", folder / "shown.ppm"
    source.write_bytes(file)
    ran = subprocess.run(["vips", "autorot", str(source), str(target)], capture_output=True, timeout=60)
    # Behind the first line stands when it was made.
    return re.sub(rb"#[^\n]*\n", b"", target.read_bytes(), count=1) if ran.returncode == 0 else None


def by_chromium(file: bytes, kind: str, page) -> list:
    address = f"data:{kind};base64,{base64.b64encode(file).decode()}"
    return page.evaluate(
        """async address => {
            const image = new Image()
            image.src = address
            await image.decode()
            const canvas = document.createElement('canvas')
            canvas.width = image.naturalWidth, canvas.height = image.naturalHeight
            const context = canvas.getContext('2d')
            context.drawImage(image, 0, 0)
            return [canvas.width, canvas.height, Array.from(context.getImageData(0, 0, canvas.width, canvas.height).data)]
        }""", address)


@pytest.mark.parametrize("name", CORPUS)
def test_a_stored_picture_is_shown_as_it_came(name, client, page, tmp_path):
    file = CORPUS[name]
    media = client.upload(file, name)
    stored = client.get(media["url"]).content
    assert SECRET.encode() not in stored
    assert len(stored) == media["size"]
    before, after = by_pillow(file), by_pillow(stored)
    assert after == before
    assert (media["width"], media["height"]) == before[2][0]
    if shutil.which("vips"):
        assert by_vips(stored, tmp_path) == by_vips(file, tmp_path)
    if not name.endswith(".heic"):
        assert by_chromium(stored, media["mimeType"], page) == by_chromium(file, media["mimeType"], page)
    told = Image.open(io.BytesIO(stored))
    assert set(told.getexif()) <= {0x0112}
    assert SECRET not in str(told.info)
    again = client.upload(stored, name)
    assert client.get(again["url"]).content == stored


def thumbnail(client, media: dict) -> Image.Image:
    address = until(lambda: client.call("GET", f"/api/media/{media['id']}").get("thumbnailUrl"), 30, "the thumbnail is there")
    return Image.open(io.BytesIO(client.get(address).content)).convert("RGB")


@pytest.mark.skipif(shutil.which("vipsthumbnail") is None, reason="vipsthumbnail is not installed")
@pytest.mark.parametrize("mode", ["RGB", "L", "LA"])
def test_a_thumbnail_has_the_colours_that_browsers_show(mode, client, page):
    flat = Image.new("RGB", (40, 30), (128, 128, 128)).convert(mode)
    file = saved("PNG", flat)
    file = file[:33] + chunk(b"gAMA", struct.pack(">I", 100_000)) + file[33:]
    shown = by_chromium(file, "image/png", page)[2][0]
    assert shown > 180
    assert abs(thumbnail(client, client.upload(file)).getpixel((20, 15))[0] - shown) <= 3


@pytest.mark.skipif(shutil.which("vipsthumbnail") is None, reason="vipsthumbnail is not installed")
@pytest.mark.parametrize("name", ["moving.avif", "moving.png", "moving.webp", "turned 6.png", "turned 6.heic", "odd.heic"])
def test_a_thumbnail_is_as_large_as_the_picture_is_shown_and_no_larger(name, client):
    media = client.upload(CORPUS[name], name)
    assert thumbnail(client, media).size == (media["width"], media["height"])


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("shape, size", [("320x180,setsar=1", (320, 180)), ("360x288,setsar=16/15", (384, 288)), ("1280x720,setsar=1", (640, 360))])
def test_a_films_thumbnail_is_not_enlarged(shape, size, client, tmp_path):
    film = tmp_path / "film.mp4"
    pixels, ratio = shape.split(",")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc=duration=1:size={pixels}:rate=5", "-vf", ratio, "-pix_fmt", "yuv420p", film],
        check=True, timeout=120)
    assert thumbnail(client, client.upload(film.read_bytes(), "film.mp4")).size == size


@pytest.mark.parametrize("name", ["moving.png", "moving.webp", "moving.avif", "moving.gif"])
def test_what_moves_is_an_animation(name, client):
    assert client.upload(CORPUS[name], name)["kind"] == "ANIMATION"


@pytest.mark.skipif(shutil.which("vipsthumbnail") is None, reason="vipsthumbnail is not installed")
def test_a_picture_that_a_platform_does_not_take_goes_as_a_jpeg(client, channels, simulator):
    media = client.upload(CORPUS["turned 6.webp"], "cat.webp", alt="Waves")
    channel = channels["linkedin"]["id"]
    draft = {"content": "A picture", "platforms": [channel], "mediaIds": [media["id"]]}
    problems = client.call("POST", "/api/posts/validate", json=draft)["items"]
    assert [(item["code"], item["severity"]) for item in problems] == [("MEDIA_FITTED", "WARNING")]
    post = client.wait_settled(client.create(**draft, schedule="now")["id"])
    assert [item["status"] for item in post["publications"]] == ["PUBLISHED"], post
