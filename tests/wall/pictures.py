"""Pictures as bytes, as small as their formats allow, and a person at a desk who sends them."""

import struct
import zlib
from typing import Any

import httpx

from tests.admin.desk import session
from tests.scenarios.world import House


def png(width: int = 4, height: int = 3, shade: int = 255) -> bytes:
    """A grey rectangle."""
    rows = (b"\0" + bytes([shade]) * width) * height
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def jpeg(width: int, height: int) -> bytes:
    """The head of a JPEG: a comment, a filler byte, and the frame that tells its size."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xfe\x00\x04hi\xff\xff\xc2" + struct.pack(">H", 2 + len(frame)) + frame + b"\xff\xd9"


def webp(kind: bytes, width: int, height: int) -> bytes:
    """The head of each of the three sorts of WebP."""
    if kind == b"VP8X":
        body = b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + (width - 1 | (height - 1) << 14).to_bytes(4, "little") + b"\0" * 5
    else:
        body = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return b"RIFF" + struct.pack("<I", 12 + len(body)) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


async def at_a_desk(house: House, who: str) -> dict[str, str]:
    """The cookie of a browser in which `who` has signed in with their password."""
    return {"Cookie": f"hub_session={await session(house, who)}"}


async def sends(house: House, desk: dict[str, str], path: str, data: dict[str, Any], **files: bytes) -> httpx.Response:
    """A form as a browser sends it without a script."""
    sent = {name: (f"{name}.png", content, "image/png") for name, content in files.items()}
    answer = await house.http.post(
        path, data=data, files=sent or None, headers={**desk, "Origin": "http://hub.example"}
    )
    # Each request brings its own cookies.
    house.http.cookies.clear()
    await house.settle()
    return answer
