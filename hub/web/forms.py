"""Forms as a browser sends them without a script: their fields, and the files that came along."""

from asyncio import to_thread
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qs

from starlette.requests import Request

from hub.errors import Invalid
from hub.web.edge import FORM_WITH_FILES

MOST_FIELDS = 2_000


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in: the values of each field in their order, and each file's bytes."""

    fields: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """The first value of the field, or nothing."""
        return self.fields[key][0].strip() if self.fields.get(key) else ""


async def form_of(request: Request) -> Form:
    """The request's form; Invalid if it cannot be read. The edge has seen to its size already."""
    body = await request.body()
    kind = request.headers.get("content-type", "")
    try:
        # What a picture is cut out of is read line by line, which takes long enough to keep an alarm waiting.
        form = await to_thread(_with_files, kind, body) if kind.startswith(FORM_WITH_FILES) else _plain(body)
    except (ValueError, LookupError) as error:
        raise Invalid(f"The form cannot be read ({error}): fill it in and send it again.") from None
    if any("\0" in value for values in form.fields.values() for value in values):
        raise Invalid("A field holds the NUL character: leave it out.")
    return form


def _plain(body: bytes) -> Form:
    return Form(parse_qs(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MOST_FIELDS))


def _with_files(kind: str, body: bytes) -> Form:
    parsed = BytesParser(EmailMessage, policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    fields: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    for part in parsed.iter_parts():
        name = str(part.get_param("name", "", header="content-disposition"))
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and part.get_filename() is not None:
            files[name] = content
        elif isinstance(content, bytes):
            fields.setdefault(name, []).append(content.decode())
    return Form(fields, files)
