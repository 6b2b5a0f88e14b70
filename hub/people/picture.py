"""What a picture is, told from its own bytes: never from its name, nor from what its sender says that it is."""

from collections.abc import Callable
from dataclasses import dataclass
from struct import unpack_from
from typing import ClassVar

from hub.people.faults import FieldProblem, Text, say

LARGEST = 2 * 1024 * 1024
# A wallboard has to hold all of it in memory, whatever it was packed into.
MOST_PIXELS = 40_000_000

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG_WITHIN = 1024
# The markers of a JPEG's frame, which tell its size; those left out of the row mean something else.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's media type and its size in pixels."""

    PNG: ClassVar[str] = "image/png"
    JPEG: ClassVar[str] = "image/jpeg"
    WEBP: ClassVar[str] = "image/webp"

    kind: str
    width: int
    height: int


def look(data: bytes) -> Picture:
    """What these bytes show; FieldProblem, with the mend, if it is nothing that the hub hands on to a screen."""
    if len(data) > LARGEST:
        raise _refused(
            say("The picture is too large: save it so that it fills less than {n} MiB.", n=LARGEST // 1024**2)
        )
    if b"<svg" in data[:_SVG_WITHIN].lower():
        raise _refused(say("An SVG can carry a program, which would run on every screen here: save it as PNG instead."))
    for kind, size_of in _KINDS.items():
        size = size_of(data)
        if size is not None:
            return _bounded(Picture(kind, *size))
    raise _refused(say("This is no picture that the hub shows: save it as PNG, JPEG or WebP."))


def _bounded(picture: Picture) -> Picture:
    pixels = picture.width * picture.height
    if not pixels:
        raise _refused(say("The picture is damaged: save it anew."))
    if pixels > MOST_PIXELS:
        raise _refused(say("The picture has more than {n} million pixels: save it smaller.", n=MOST_PIXELS // 10**6))
    return picture


def _refused(text: Text) -> FieldProblem:
    return FieldProblem({"picture": text})


def _png(data: bytes) -> Size | None:
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 24:
        return None
    width, height = unpack_from(">II", data, 16)
    return width, height


def _jpeg(data: bytes) -> Size | None:
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            height, width = unpack_from(">HH", data, at + 5)
            return width, height
        if marker == 0xFF:
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + int(unpack_from(">H", data, at + 2)[0])
    return None


def _webp(data: bytes) -> Size | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return None
    chunk = data[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if chunk == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


_KINDS: dict[str, Callable[[bytes], Size | None]] = {Picture.PNG: _png, Picture.JPEG: _jpeg, Picture.WEBP: _webp}
