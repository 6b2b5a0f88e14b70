"""A picture is told from its own bytes, and what could act on a screen is none."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.people.faults import FieldProblem
from hub.people.picture import LARGEST, Picture, look
from tests.wall.pictures import jpeg, png, webp


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(640, 480), "image/png"),
        (jpeg(640, 480), "image/jpeg"),
        (webp(b"VP8X", 640, 480), "image/webp"),
        (webp(b"VP8L", 640, 480), "image/webp"),
        (webp(b"VP8 ", 640, 480), "image/webp"),
    ],
)
def test_a_picture_says_itself_what_it_is_and_how_large(data: bytes, kind: str) -> None:
    assert look(data) == Picture(kind, 640, 480)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'<?xml version="1.0"?>\n<SVG xmlns="http://www.w3.org/2000/svg"></SVG>', "SVG can carry a program"),
        (b"<!-- plan --><svg onload='alert(1)'/>", "SVG can carry a program"),
        (b"", "no picture"),
        (b"GIF89a" + b"\0" * 40, "no picture"),
        (b"%PDF-1.7", "no picture"),
        (b"<html><script>alert(1)</script>", "no picture"),
        (png()[:20], "no picture"),
        (b"\xff\xd8\xff\xe0\x00\x00" + b"\0" * 40, "no picture"),
        (jpeg(0, 3), "damaged"),
        (png(9000, 1)[:16] + b"\0\0\xff\xff\0\0\xff\xff" + png()[24:], "more than 40 million pixels"),
        (png() + b"\0" * LARGEST, "too large"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_mend(data: bytes, why: str) -> None:
    with pytest.raises(FieldProblem) as refusal:
        look(data)
    assert why in str(refusal.value.faults["picture"])


HEADS = st.sampled_from([b"", png()[:16], b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0WEBPVP8X"])


@given(HEADS, st.binary(max_size=80))
def test_no_bytes_at_all_make_it_fail(head: bytes, rest: bytes) -> None:
    with suppress(FieldProblem):
        assert look(head + rest).kind in ("image/png", "image/jpeg", "image/webp")
