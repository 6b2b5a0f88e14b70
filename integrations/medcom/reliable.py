"""Reliable messaging on arrival: what is done with a message that comes, or comes again. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a message that came is."""

    FRESH = "fresh"
    """Not seen before: check it, and show it if it holds."""
    AGAIN = "again"
    """Seen before: acknowledge it as then, and show nothing."""
    CLASH = "clash"
    """Another message under an id that was used: refuse it with a fatal error."""


@dataclass(frozen=True, slots=True)
class Known:
    """A message that came before, and what was answered."""

    bundle: str
    header: str
    code: str
    issues: tuple[str, ...] = ()


def judge(bundle: str, header: str, same_bundle: Known | None, same_header: Known | None) -> Verdict:
    """What a message is, by those that came under its bundle's id and under its header's id."""
    if (same_bundle is not None and same_bundle.bundle != bundle) or (
        same_header is not None and same_header.header != header
    ):
        raise ValueError("ask for those that came under the same ids")
    if same_header is not None:
        return Verdict.AGAIN
    return Verdict.FRESH if same_bundle is None else Verdict.CLASH
