"""Forms as a browser sends them without a script: their fields, and the files that came along."""

import re
from asyncio import to_thread
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.requests import Request

from hub.errors import Invalid
from hub.web.edge import FORM_WITH_FILES

MOST_FIELDS = 2_000
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})"?')
_NAME = re.compile(rb'content-disposition:[^\r\n]*;[ \t]*name="([^"\r\n]*)"', re.IGNORECASE)
_FILE = re.compile(rb'content-disposition:[^\r\n]*;[ \t]*filename="([^"\r\n]*)"', re.IGNORECASE)
# How browsers write what would end a name.
_WRITTEN = {"%22": '"', "%0D": "\r", "%0A": "\n"}


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it came with a form."""

    name: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in: the values of each field in their order, and the files of each."""

    fields: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, list[SentFile]] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """The first value of the field, or nothing."""
        return self.fields[key][0].strip() if self.fields.get(key) else ""


async def form_of(request: Request) -> Form:
    """The request's form; Invalid if it cannot be read. The edge has seen to its size already."""
    body = await request.body()
    kind = request.headers.get("content-type", "")
    try:
        # What files are cut out of is long, and an alarm must not wait for it.
        form = await to_thread(_with_files, kind, body) if kind.startswith(FORM_WITH_FILES) else _plain(body)
    except (ValueError, LookupError) as error:
        raise Invalid(f"The form cannot be read ({error}): fill it in and send it again.") from None
    if any("\0" in value for values in form.fields.values() for value in values):
        raise Invalid("A field holds the NUL character: leave it out.")
    return form


def _plain(body: bytes) -> Form:
    return Form(parse_qs(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MOST_FIELDS))


def _with_files(kind: str, body: bytes) -> Form:
    fields: dict[str, list[str]] = {}
    files: dict[str, list[SentFile]] = {}
    for head, content in _parts(kind, body):
        name, file = _NAME.search(head), _FILE.search(head)
        if name is None:
            raise ValueError("a part has no name")
        if file is None:
            fields.setdefault(_word(name[1]), []).append(content.decode())
        elif file[1]:  # else none was chosen
            files.setdefault(_word(name[1]), []).append(SentFile(_word(file[1]), content))
    return Form(fields, files)


def _parts(kind: str, body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The head and the content of each part."""
    found = _BOUNDARY.search(kind)
    line = b"--" + (found[1].encode() if found else b"")
    if found is None or not body.startswith(line):
        raise ValueError("its parts have no boundary")
    at, count = len(line), 0
    while not body.startswith(b"--", at):
        content = body.index(b"\r\n\r\n", at) + 4
        end = body.index(b"\r\n" + line, content)
        count += 1
        if count > MOST_FIELDS:
            raise ValueError("it has too many fields")
        yield body[at:content], body[content:end]
        at = end + 2 + len(line)


def _word(written: bytes) -> str:
    word = written.decode()
    for sign, means in _WRITTEN.items():
        word = word.replace(sign, means)
    return word
