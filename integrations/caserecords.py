"""What every case system is told alike: under which name, and with which words."""

from hub.ports import CaseRecord, Never, sent_as


def named(record: CaseRecord, version: int, municipality: str) -> str:
    """The name that a version is handed over under; Never where the way is another municipality's."""
    if record.authority != municipality:
        raise Never(f"authority: this way is {municipality}'s; the record is {record.authority}'s.")
    return sent_as(record.id, version)


def noted(record: CaseRecord) -> str:
    """The note, and what else it is about: the interfaces know one number only."""
    others = ", ".join(f"{one.number} {one.title}".strip() for one in record.related)
    return "\r\n".join(part for part in (record.note, f"KLE: {others}" if others else "") if part)
