"""Pictures drawn by the tests themselves."""
import math
import os
import struct
import zlib


def png(width: int = 320, height: int = 200, seed: int = 1) -> bytes:
    """Soft waves of colour, different for each seed."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            wave = math.sin((x + seed * 37) / 29) + math.cos((y - seed * 11) / 23)
            rows += bytes((128 + int(60 * wave), 60 + seed * 53 % 140 + int(20 * wave), 140 - int(50 * wave)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(rows))) + _chunk(b"IEND", b"")


def noise(size: int) -> bytes:
    """A picture of about this many bytes: random dots, which nothing makes smaller."""
    width = 500
    height = size // (width * 3 + 1)
    rows = b"".join(b"\0" + os.urandom(width * 3) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 0)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
