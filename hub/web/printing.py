"""Papers: blocks of words, tables and pictures, set as a tagged PDF that a screen reader can read (PDF/UA-1)."""

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response

TEMPLATE = Path(__file__).resolve().parents[2] / "clients" / "paper" / "paper.typ"
PDF = "application/pdf"

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """One paper; nothing in it is read as code, whatever somebody wrote."""

    title: str
    language: str
    over: str
    """Whose it is, above the title."""
    foot: str
    page: str
    """How a page is numbered, with {n} and {all}."""
    author: str
    made_at: datetime
    blocks: Sequence[Block]


def heading(text: str, level: int = 1) -> Block:
    return {"kind": "heading", "level": level, "text": text}


def words(text: str) -> Block:
    return {"kind": "text", "text": text}


def aside(text: str) -> Block:
    return {"kind": "soft", "text": text}


def points(items: Sequence[str]) -> Block:
    return {"kind": "list", "items": list(items)}


def boxed(title: str, items: Sequence[str]) -> Block:
    """What must not be overlooked."""
    return {"kind": "boxed", "title": title, "items": list(items)}


def said(text: str, by: str) -> Block:
    """What somebody wrote, and who."""
    return {"kind": "said", "text": text, "by": by}


def facts(rows: Sequence[tuple[str, str]]) -> Block:
    """What is known, term by term."""
    return {"kind": "facts", "rows": [list(row) for row in rows]}


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[str] | None = None) -> Block:
    """A table; its first column holds words and the others numbers, unless `columns` says otherwise."""
    sorts = list(columns) if columns is not None else ["words", *["number"] * (len(heads) - 1)]
    return {"kind": "table", "heads": list(heads), "rows": [list(row) for row in rows], "columns": sorts}


def room() -> Block:
    """Room to write in by hand."""
    return {"kind": "room"}


def beside(svg: str, alt: str, numbers: Block) -> Block:
    """A drawing, with what it shows in words, and its table beside it."""
    return {"kind": "beside", "picture": {"svg": svg, "alt": alt}, "table": numbers}


def printed(paper: Document) -> bytes:
    """The paper as a PDF."""
    # Loaded by whoever prints: a hub that starts need not wait for it.
    import typst  # noqa: PLC0415

    told = {
        "title": paper.title,
        "lang": paper.language,
        "over": paper.over,
        "foot": paper.foot,
        "page": paper.page,
        "author": paper.author,
        "blocks": paper.blocks,
    }
    return typst.compile(
        str(TEMPLATE),
        ignore_system_fonts=True,
        sys_inputs={"paper": orjson.dumps(told).decode()},
        pdf_standards="ua-1",
        timestamp=int(paper.made_at.timestamp()),
    )


async def pdf(paper: Document, name: str) -> Response:
    """The paper as what a browser saves; set beside the event loop, which waits for none."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(await to_thread(printed, paper), media_type=PDF, headers=headers)
