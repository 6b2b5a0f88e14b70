"""What every roster that comes as a file must be before anything in it is read."""

from hub.errors import FileProblem

# A municipality's year of shifts for a large house is a tenth of this; reading more would keep a hub busy for long.
LARGEST = 64 * 1024 * 1024
MOST_ROWS = 200_000


def text_of(content: bytes, name: str) -> str:
    """The file's text; FileProblem if it is no UTF-8, or far too large."""
    if len(content) > LARGEST:
        raise FileProblem(name, [f"{name}: is {len(content) >> 20} MiB large, more than {LARGEST >> 20}; divide it"])
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:200]:
        raise FileProblem(name, [f"{name}:1: is UTF-16, or no text at all; save the file as UTF-8"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileProblem(name, [f"{name}:{line}: holds letters that are not UTF-8; save it as UTF-8"]) from None


def refuse_too_many(count: int, name: str, what: str) -> None:
    if count > MOST_ROWS:
        raise FileProblem(
            name, [f"{name}: holds {count:,} {what}, more than {MOST_ROWS:,}; divide it by month or by unit"]
        )
