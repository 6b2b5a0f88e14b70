"""What a file is, told from its bytes and its name together: never from what its sender says that it is."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from hub.messaging.attachment import Offered, cleaned, refuse_too_much, refused
from hub.people.faults import say

_TEXT = bytes(sign for sign in range(32) if sign not in b"\t\n\f\r")
_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
# What an office document runs, or carries along to be run.
_ACTIVE = ("vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".jar", ".cmd", ".bat")


def _begins(*signs: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signs)


def _text(content: bytes) -> bool:
    return not content.startswith(b"\xff\xfe") and len(content.translate(None, _TEXT)) == len(content)


def _webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _heic(content: bytes) -> bool:
    return content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1")


def _names(content: bytes) -> list[str]:
    """What lies in a packed file. Nothing of it is unpacked, so nothing can grow."""
    try:
        with ZipFile(BytesIO(content)) as packed:
            return packed.namelist()
    except (BadZipFile, ValueError, OSError):
        return []


def _ooxml(part: str) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(b"PK\x03\x04") and {"[Content_Types].xml", part} <= set(_names(content))


def _odf(kind: str) -> Callable[[bytes], bool]:
    # The first that lies in it is its kind, unpacked.
    return lambda content: content[30:].startswith(f"mimetype{_ODF}.{kind}".encode()) and bool(_names(content))


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of file that goes with a message."""

    media_type: str
    endings: tuple[str, ...]
    fits: Callable[[bytes], bool]


KINDS = (
    Kind("application/pdf", ("pdf",), _begins(b"%PDF-")),
    Kind("image/png", ("png",), _begins(b"\x89PNG\r\n\x1a\n")),
    Kind("image/jpeg", ("jpg", "jpeg"), _begins(b"\xff\xd8\xff")),
    Kind("image/gif", ("gif",), _begins(b"GIF87a", b"GIF89a")),
    Kind("image/tiff", ("tif", "tiff"), _begins(b"II*\0", b"MM\0*")),
    Kind("image/bmp", ("bmp",), _begins(b"BM")),
    Kind("image/webp", ("webp",), _webp),
    Kind("image/heic", ("heic",), _heic),
    Kind("text/plain", ("txt",), _text),
    Kind("text/csv", ("csv",), _text),
    Kind(f"{_OOXML}.wordprocessingml.document", ("docx",), _ooxml("word/document.xml")),
    Kind(f"{_OOXML}.spreadsheetml.sheet", ("xlsx",), _ooxml("xl/workbook.xml")),
    Kind(f"{_OOXML}.presentationml.presentation", ("pptx",), _ooxml("ppt/presentation.xml")),
    Kind(f"{_ODF}.text", ("odt",), _odf("text")),
    Kind(f"{_ODF}.spreadsheet", ("ods",), _odf("spreadsheet")),
    Kind(f"{_ODF}.presentation", ("odp",), _odf("presentation")),
)
ACCEPTED = ",".join(f".{ending}" for kind in KINDS for ending in kind.endings)
ENDINGS = {ending: kind for kind in KINDS for ending in kind.endings}


def looked_at(offered: Offered) -> tuple[str, str]:
    """The name that it may have and its kind; FieldProblem, with the mend, if no message carries such a file."""
    name = cleaned(offered.name)
    kind = ENDINGS.get(name.rpartition(".")[2].lower()) if "." in name else None
    if kind is None:
        text = say(
            "{name} cannot go with a message: send a PDF, picture, plain text or office document without macros.",
            name=name or "?",
        )
        raise refused(text)
    if not offered.content:
        raise refused(say("{name} is empty: choose it again.", name=name))
    refuse_too_much([len(offered.content)])
    if not kind.fits(offered.content):
        raise refused(say("{name} is not what its name says: save it anew in the program that made it.", name=name))
    if offered.content.startswith(b"PK") and any(map(_active, _names(offered.content))):
        raise refused(say("{name} holds a macro or a program: save it without, or as a PDF.", name=name))
    return name, kind.media_type


def _active(path: str) -> bool:
    lowered = path.lower()
    embedded = "/embeddings/" in lowered and lowered.endswith(".bin")
    return lowered.endswith(_ACTIVE) or "/activex/" in lowered or embedded or lowered.startswith(("basic/", "scripts/"))
