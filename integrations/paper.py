"""A case record on paper, as a tagged PDF that people can read."""

from asyncio import to_thread
from pathlib import Path

from hub.ports import CaseRecord

TEMPLATE = Path(__file__).with_name("record.typ")


async def printed(record: CaseRecord) -> bytes:
    """The record as PDF, set beside the loop."""
    return await to_thread(typeset, record)


def typeset(record: CaseRecord) -> bytes:
    """The record as a tagged PDF."""
    # Loaded by whoever prints: a hub that starts need not wait for it.
    import typst  # noqa: PLC0415

    lines = [
        record.number,
        record.unit_name,
        f"KLE {record.kle.number} {record.facet.number} {record.kle.title}".strip(),
        record.status,
        *([record.party.name] if record.party is not None else []),
    ]
    return typst.compile(
        str(TEMPLATE),
        ignore_system_fonts=True,
        sys_inputs={"title": record.title, "lines": "\n".join(lines), "note": record.note.replace("\r\n", "\n")},
        pdf_standards="ua-1",
        timestamp=int(record.registered_at.timestamp()),
    )
