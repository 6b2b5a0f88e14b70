"""The files that pages fetch, as they lay on disk when the hub started: a page's address for them changes with them."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

A_YEAR = 31_536_000
_KEPT = {"Cache-Control": f"public, max-age={A_YEAR}, immutable", "X-Content-Type-Options": "nosniff"}
_TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".svg": "image/svg+xml"}
# A picture is compressed already.
_SHRINKS = {".css", ".js", ".json", ".svg", ".webmanifest"}


@dataclass(frozen=True, slots=True)
class File:
    """One file, and the same compressed where that makes it smaller."""

    content: bytes
    media_type: str
    small: bytes | None = None


def files_in(folder: Path, more: Mapping[str, bytes]) -> dict[str, File]:
    """Every file below the folder by its path there, and those that the hub itself has made."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: _file(name, content) for name, content in (found | dict(more)).items()}


def file_answer(request: Request, files: Mapping[str, File]) -> Response:
    """The file that the address names, for the browser to keep for ever."""
    file = files.get(request.path_params["path"])
    if file is None:
        raise HTTPException(404)
    return packed(request, file.content, file.small, file.media_type, _KEPT)


def packed(
    request: Request, content: bytes, small: bytes | None, media_type: str, headers: Mapping[str, str]
) -> Response:
    """The content, compressed for a browser that takes it so."""
    takes = "gzip" in request.headers.get("accept-encoding", "")
    if small is None or not takes:
        return Response(content, media_type=media_type, headers={**headers, "Vary": "Accept-Encoding"})
    packing = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(small, media_type=media_type, headers={**headers, **packing})


def _file(name: str, content: bytes) -> File:
    suffix = Path(name).suffix
    media_type = _TYPES.get(suffix) or guess_type(name)[0] or "application/octet-stream"
    return File(content, media_type, gzip.compress(content, 9, mtime=0) if suffix in _SHRINKS else None)
