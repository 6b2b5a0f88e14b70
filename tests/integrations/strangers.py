"""Spoiled documents for every reader: `python -m tests.integrations.strangers [COUNT]`, 100,000 by default.

Starts from our own messages and, where they lie beside the project, from the published examples; spoils each by bytes,
by signs and by whole fields, adds DTDs, entities, depth and size, and hands it to the reader of its kind. A reader may
take it or refuse it in its own words; anything else is a fault. Files and sockets that are opened meanwhile are
counted, but for Python's own modules.
"""

import json
import random
import re
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from integrations.digitalpost.memo import NotMemo
from integrations.digitalpost.memoxml import from_xml, to_xml
from integrations.medcom.acknowledging import answer, heading
from integrations.medcom.acknowledging import to_bundle as acknowledgement_bundle
from integrations.medcom.acknowledging import understand as read_acknowledgement
from integrations.medcom.care import Unwritable
from integrations.medcom.elements import Fault
from integrations.medcom.envelope import Kind, NotAnEnvelope, wrap
from integrations.medcom.envelope import from_xml as open_envelope
from integrations.medcom.envelope import to_xml as envelope_xml
from integrations.medcom.fhir import NotFhir, read_bundle
from integrations.medcom.reading import Refused
from integrations.medcom.receiving import not_now, receive
from integrations.medcom.writing import to_bundle, to_json
from integrations.medcom.xdis91 import NotXdis91
from integrations.medcom.xdis91 import read as read_old
from tests.integrations.medcom_messages import MEDCOM, OURS, STANDARDS, THEIRS, WHEN, examples, first, ids, pdf
from tests.integrations.test_digitalpost import LETTER_OUT, SHORT_OUT
from tests.integrations.test_medcom_reliable import OLD_MAIL

MOST_MEMORY = 200
REFUSALS = (NotFhir, Refused, Unwritable, NotMemo, NotXdis91, NotAnEnvelope)
DTD = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
NAME = re.compile(rb"[A-Za-z][A-Za-z0-9]{1,40}")
WORDS: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    "",
    "x" * 5000,
    [],
    {},
    [None],
    {"a": 1},
    "\u0000",
    "urn:uuid:",
    "../..",
)


@dataclass
class Seen:
    """What became of the documents."""

    taken: int = 0
    refused: int = 0
    uncaught: list[str] = field(default_factory=list)
    opened: Counter[str] = field(default_factory=Counter)
    memory: int = 0
    """The most that the process held beyond what it held at the start, in MiB."""


def readers() -> Iterator[tuple[str, Callable[[bytes], object], list[bytes]]]:
    """Each kind with its reader and what to begin from."""
    new_id = ids()
    message = to_bundle(first(new_id, "Kære\nalle", pdf(new_id())))
    said = acknowledgement_bundle(answer(heading(message), "fatal-error", ["Patient"], now=WHEN, new_id=new_id))
    care = [
        to_json(message),
        to_json(said),
        *(path.read_bytes() for path in examples("carecommunication", "testprotocol-send")),
    ]
    old = MEDCOM / "legacy-xdis91"
    care += [path.read_bytes() for path in sorted(old.glob("*CareCommunication*.xml"))]
    memos = [to_xml(LETTER_OUT), to_xml(SHORT_OUT)]
    memos += [path.read_bytes() for path in sorted((STANDARDS / "memo/examples").glob("*.xml"))]
    mails = [OLD_MAIL.encode("iso-8859-1"), *(path.read_bytes() for path in sorted(old.glob("*XDIS91_Ex_to*.xml")))]
    sent = wrap(Kind.CARE, b"{}", sender=OURS.gln, receiver=THEIRS.gln, key="e", now=WHEN)
    yield "FHIR", read_any, care
    yield "MeMo", from_xml, memos
    yield "XDIS91", read_old, mails
    yield "envelope", open_envelope, [envelope_xml(sent)]


def read_any(content: bytes) -> None:
    """As a mailbox does; whatever it answers must itself be an acknowledgement that can be read."""
    new_id = ids(500)
    came = receive(content, lambda _: None, lambda _: None, now=WHEN, new_id=new_id)
    late = not_now(content, "Closed", now=WHEN, new_id=new_id)
    for reply in (came.reply, late):
        if reply is not None:
            read_acknowledgement(read_bundle(to_json(acknowledgement_bundle(reply))))
    if came.faults:
        raise Refused([Fault("document", fault) for fault in came.faults])


def spoil(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    """The document with one to four things wrong."""
    for _ in range(chance.randint(1, 4)):
        content = chance.choice(SPOILERS)(chance, content, others)
    return content[: 1 << 20]


def _byte(chance: random.Random, content: bytes, _: list[bytes]) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.randbytes(chance.randint(0, 3)) + content[at + chance.randint(0, 3) :]


def _cut(chance: random.Random, content: bytes, _: list[bytes]) -> bytes:
    first_, second = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return chance.choice((content[:first_], content[first_:second], content[:first_] + content[second:]))


def _again(chance: random.Random, content: bytes, _: list[bytes]) -> bytes:
    first_, second = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return content[:second] + content[first_:second] * chance.randint(1, 4) + content[second:]


def _mixed(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    other = chance.choice(others)
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other) + 1) :]


def _dtd(chance: random.Random, content: bytes, _: list[bytes]) -> bytes:
    end = content.find(b"?>") + 2 if b"?>" in content else 0
    said = content[:end] + DTD + content[end:]
    at = said.find(b">", end + len(DTD) + 1) + 1
    return said[:at] + chance.choice((b"&b;", b"&f;", b"")) + said[at:]


def _deep(chance: random.Random, content: bytes, _: list[bytes]) -> bytes:
    depth = chance.choice((10, 70, 3000))
    at = chance.randrange(len(content) + 1)
    opened, closed = chance.choice(((b"<a>", b"</a>"), (b"[", b"]"), (b'{"a":', b"}")))
    return content[:at] + opened * depth + b"1" + closed * depth + content[at:]


def _encoding(chance: random.Random, content: bytes, _: list[bytes]) -> bytes:
    name = chance.choice((b"utf-16", b"utf-7", b"idna", b"iso-8859-15", b"rot13", b"zlib", b"x"))
    return (
        b'<?xml version="1.0" encoding="'
        + name
        + b'"?>'
        + content[content.find(b"?>") + 2 if b"?>" in content else 0 :]
    )


def _renamed(chance: random.Random, content: bytes, _: list[bytes]) -> bytes:
    """An element, a field or a value by another name, everywhere at once, so that the document stays well formed."""
    names = sorted(set(NAME.findall(content[: 1 << 16])))
    if not names:
        return content
    other = chance.choice((*names, b"Emessage", b"resource", b"x"))
    return re.sub(rb"\b" + re.escape(chance.choice(names)) + rb"\b", other, content)


def _value(chance: random.Random, content: bytes, _: list[bytes]) -> bytes:
    """One field of a JSON document with another value, gone, or where another was."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return _byte(chance, content, [])
    here, parents = document, []
    while isinstance(here, dict | list) and here:
        key = chance.choice(list(here)) if isinstance(here, dict) else chance.randrange(len(here))
        parents.append((here, key))
        here = here[key]
    if parents:
        parent, key = chance.choice(parents)
        if chance.random() < 0.3:
            del parent[key]
        elif chance.random() < 0.5:
            parent[key] = chance.choice(WORDS)
        else:
            other, name = chance.choice(parents)
            parent[key] = json.loads(json.dumps(other[name]))
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


SPOILERS: tuple[Callable[[random.Random, bytes, list[bytes]], bytes], ...] = (
    *(_byte, _byte, _cut, _again, _mixed, _dtd, _deep, _encoding),
    *(_renamed, _renamed, _renamed),
    *(_value, _value, _value, _value),
)


def run(count: int, seed: int = 1) -> Seen:
    """So many documents, in turn one of each kind."""
    chance, seen = random.Random(seed), Seen()
    kinds = list(readers())
    for _, read, seeds in kinds:
        for content in seeds:
            read(content)
    watching = True

    def heard(event: str, given: tuple[Any, ...]) -> None:
        own = str(given[0] if given else "").startswith((sys.base_prefix, sys.prefix))
        if watching and not own and event in {"open", "socket.connect", "socket.getaddrinfo"}:
            seen.opened[f"{event} {given[0]!r}"] += 1

    sys.addaudithook(heard)
    before = _most_memory()
    for done in range(count):
        name, read, seeds = kinds[done % len(kinds)]
        content = spoil(chance, chance.choice(seeds), seeds)
        try:
            read(content)
            seen.taken += 1
        except REFUSALS:
            seen.refused += 1
        except Exception as fault:  # noqa: BLE001 - this is what is looked for
            seen.uncaught.append(f"{name} {fault!r:.200} {content[:80]!r}")
    watching = False
    seen.memory = _most_memory() - before
    return seen


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seen = run(count)
    sys.stdout.write(
        f"{count} documents: {seen.taken} taken, {seen.refused} refused, {len(seen.uncaught)} uncaught; "
        f"{sum(seen.opened.values())} files or lines opened; {seen.memory} MiB more than at the start, "
        f"{_most_memory()} MiB in all (at most {MOST_MEMORY})\n"
    )
    sys.stdout.writelines(f"  {one}\n" for one in [*seen.uncaught[:10], *map(str, seen.opened.most_common(5))])
    return 1 if seen.uncaught or seen.opened or _most_memory() > MOST_MEMORY else 0


if __name__ == "__main__":
    sys.exit(main())
