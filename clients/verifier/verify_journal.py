"""Checks an exported journal, far from the hub that wrote it: one file, for Python 3.11 with cryptography."""

import argparse
import base64
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NAME, FORMAT = "tryghedshub", "tryghedshub-journal/1"
NOTE = re.compile(rf"^{NAME}/\S+\n(?:[^\n]+\n)+\n(?:— \S+ \S+\n)+", re.MULTILINE)
LOOK_AHEAD = 1000
Bundle = Path | zipfile.Path
# What is said: a name, then the Danish and the English words.
WORDS = """
whole      HEL: journalen for {of} har {rows} rækker. Ingen er ændret, fjernet, byttet om eller skåret fra.
           WHOLE: the journal of {of} has {rows} rows. None was altered, removed, reordered or cut off.
incident   HEL: alarmen {alarm} har {rows} rækker. Hver af dem står uændret i journalen for {of}, og ingen mangler.
           WHOLE: the alarm {alarm} has {rows} rows. Each stands unaltered in the journal of {of}, and none is missing.
signed     {n} kontrolpunkter er underskrevet med en nøgle, du stoler på; det nyeste er fra {time}.
           {n} checkpoints are signed with a key that you trust; the newest is of {time}.
kept       {n} kontrolpunkter, der er gemt et andet sted, passer med journalen.
           {n} checkpoints that were kept elsewhere agree with the journal.
own_key    OBS: nøglen {key} kommer fra bundtet selv: sammenlign den med den, I har fået, eller brug --key.
           NOTE: the key {key} comes with the bundle itself: compare it with the one that you were given, or use --key.
alone      OBS: en gammel kopi afsløres kun af et nyere kontrolpunkt, der er gemt et andet sted: brug --checkpoint.
           NOTE: an old copy is found out only by a later checkpoint that was kept elsewhere: use --checkpoint.
restored   OBS: efter række {row} er journalen genskabt fra en sikkerhedskopi; det, der skete imellem, står her ikke.
           NOTE: after row {row} the journal was restored from a back-up; what happened in between is not here.
altered    Række {row} er ændret.
           Row {row} was altered.
removed    Række {row} mangler.
           Row {row} is missing.
reordered  Række {row} står et forkert sted.
           Row {row} was reordered: it stands in another place.
cut        Række {row} og de følgende mangler: kontrolpunktet fra {time} nåede række {reached}.
           Row {row} and those after it are missing: the checkpoint of {time} reached row {reached}.
remade     En række fra {first} til {row} er ændret, og kæden er lavet om: kontrolpunktet fra {time} siger noget andet.
           A row from {first} to {row} was altered and the chain made anew: the checkpoint of {time} says otherwise.
uncovered  Række {row} og de følgende er ikke dækket af noget kontrolpunkt.
           Row {row} and those after it are covered by no checkpoint.
old        En gammel kopi: den {time} nåede journalen række {reached}, som ikke er her.
           An old copy: on {time} the journal reached row {reached}, which is not here.
other      Kontrolpunktet fra {time} hører til en anden journal end denne.
           The checkpoint of {time} is of another journal than this.
unsigned   Kontrolpunktet fra {time} er ikke underskrevet med en nøgle, du stoler på, eller er ændret.
           The checkpoint of {time} is not signed with a key that you trust, or was altered.
fewer      Det nyeste kontrolpunkt siger "{said}", men her er {rows} rækker: en af dem er fjernet eller ændret.
           The newest checkpoint says "{said}", but {rows} rows are here: one of them was removed or altered.
gap        Kontrolpunkt {n} mangler.
           Checkpoint {n} is missing.
unproved   Det er ikke bevist, at journalen begynder som ved kontrolpunktet fra {time}: bed om et bundt, der viser det.
           It is not proved that the journal begins as at the checkpoint of {time}: ask for a bundle that shows it.
text       Teksten {name} til række {row} er ikke den, der blev skrevet.
           The text {name} of row {row} is not the one that was written.
unreadable {what} kan ikke læses.
           {what} cannot be read.
"""
SAID = {
    first[:11].strip(): (first[11:], second[11:])
    for first, second in zip(WORDS.splitlines()[1::2], WORDS.splitlines()[2::2], strict=True)
}


class Fault(Exception):
    """The first thing that is wrong."""

    def __init__(self, said: str, **values: object) -> None:
        super().__init__(SAID[said][1].format(**values))
        self.said, self.values = said, values


@dataclass(frozen=True)
class Claim:
    """What a checkpoint says of a journal."""

    note: str
    of: str
    size: int
    root: bytes
    said: dict[str, str]

    @property
    def values(self) -> dict[str, object]:
        return {"time": self.said.get("time", "?"), "reached": self.said.get("row", "?")}


@dataclass
class Report:
    """What was found in order, and the rows that somebody wants to see."""

    wanted: frozenset[int] | None = frozenset()
    lines: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    rows: dict[int, list[Any]] = field(default_factory=dict)

    def add(self, said: str, **values: object) -> None:
        self.lines.append((said, values))

    def saw(self, row: int, content: bytes) -> None:
        if self.wanted is None or row in self.wanted:
            self.rows[row] = json.loads(content)


# --- RFC 6962's tree


def leaf(link: bytes) -> bytes:
    return sha256(b"\0" + link).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def includes(new: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from a leaf at that place to the root of the tree of that size."""
    last = size - 1
    for other in path:
        if index & 1 or index == last:
            new = node(other, new)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            new = node(new, other)
        index, last = index >> 1, last >> 1
    return last == 0 and new == root


def grew(smaller: Claim, larger: Claim, path: Sequence[bytes]) -> bool:
    """Whether the larger tree begins with the smaller one."""
    index, last = smaller.size - 1, larger.size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    hashes = list(path) if index else [smaller.root, *path]
    if not hashes:
        return False
    old = new = hashes[0]
    for other in hashes[1:]:
        if index & 1 or index == last:
            old, new = node(other, old), node(other, new)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            new = node(new, other)
        index, last = index >> 1, last >> 1
    return (old, new, last) == (smaller.root, larger.root, 0)


# --- what is in the bundle


def lines(bundle: Bundle, name: str) -> Iterator[bytes]:
    try:
        with bundle.joinpath(name).open("rb") as file:
            for line in file:
                yield line.rstrip(b"\n")
    except (OSError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        raise Fault("unreadable", what=name) from None


def text(bundle: Bundle, name: str) -> str:
    return "".join(f"{line.decode()}\n" for line in lines(bundle, name))


def objects(bundle: Bundle, name: str) -> list[dict[str, Any]]:
    return [dict(json.loads(line)) for line in lines(bundle, name)]


def claims_in(text: str) -> list[Claim]:
    """The checkpoints in a text, whatever stands around them, as in a mail."""
    found = []
    for note in NOTE.findall(text.replace("\r\n", "\n").rstrip() + "\n"):
        origin, size, root, *rest = note.partition("\n\n")[0].split("\n")
        try:
            said = dict(line.partition(" ")[::2] for line in rest)
            found.append(Claim(note, origin.partition("/")[2], int(size), base64.b64decode(root, validate=True), said))
        except ValueError:
            raise Fault("unreadable", what="checkpoint") from None
    return found


class Keys:
    """The keys that can be checked with, and those of them that are trusted."""

    def __init__(self, given: Sequence[str], own: Sequence[str], claims: Sequence[Claim]) -> None:
        self._all = dict(_key(text) for text in [*own, *given])
        self.trusted = {_key(text)[0] for text in given or own}
        handed = [(self.signers(claim), _key(claim.said["next"])[0]) for claim in claims if "next" in claim.said]
        # A key hands over to the next by signing with it: without both names under it, it is anybody's word.
        linked = [signers for signers, new in handed if new in signers]
        for both in [*linked, *reversed(linked)]:
            if both & self.trusted:
                self.trusted |= both

    def signers(self, claim: Claim) -> set[str]:
        """Who has signed it; nobody, if any of the signatures is not what it should be."""
        text, _, signatures = claim.note.rpartition("\n\n")
        found = set()
        for line in signatures.splitlines():
            try:
                signature = base64.b64decode(line.split(" ")[2], validate=True)
                self._all[signature[:4].hex()].verify(signature[4:], f"{text}\n".encode())
            except (KeyError, ValueError, InvalidSignature):
                return set()
            if line != f"— {NAME} {base64.b64encode(signature).decode()}":
                return set()
            found.add(signature[:4].hex())
        return found


def _key(text: str) -> tuple[str, Ed25519PublicKey]:
    with suppress(ValueError, IndexError):
        name, known, coded = text.split("+", 2)
        key = base64.b64decode(coded, validate=True)
        sound = sha256(f"{name}\n".encode() + key).hexdigest()[:8] == known and base64.b64encode(key).decode() == coded
        if sound and key[0] == 1:
            return known, Ed25519PublicKey.from_public_bytes(key[1:])
    raise Fault("unreadable", what="key")


# --- the checks


def linked(previous: bytes, content: bytes) -> bytes:
    """The hash of a row, from the hash of the one before; none if it is not written as a row is."""
    if content[:1] != b"[":
        return b""
    return sha256(b'["' + previous + b'",' + content[1:]).hexdigest().encode()


def number(content: bytes) -> int:
    digits = content[1:].partition(b",")[0]
    return int(digits) if digits.isdigit() else 0


def wrong(previous: bytes, expected: int, line: bytes, following: Sequence[bytes]) -> Fault:
    """Says what became of the row that should stand where the line does."""
    for other in following:
        if other[:64] == linked(previous, b"[%d,%s" % (expected, other[65:].partition(b",")[2])):
            return Fault("reordered", row=expected)
    return Fault("removed" if number(line[65:]) > expected else "altered", row=expected)


def whole(bundle: Bundle, of: str, claims: Sequence[Claim], kept: Sequence[Claim], report: Report) -> None:
    """Follows every row, and holds each checkpoint against the tree that they make."""
    left = sorted([*claims, *kept], key=lambda one: one.size, reverse=True)
    previous, peaks, size, seq = sha256(of.encode()).hexdigest().encode(), list[bytes](), 0, 0
    # Whoever has the hub's key can sign the bundle's own checkpoints anew, but not one that was kept elsewhere.
    sure, surest = 0, 0
    journal = lines(bundle, "journal.txt")
    for line in journal:
        content = line[65:]
        here, link = number(content), linked(previous, content)
        if link + b" " != line[:65] or (here != seq + 1 and json.loads(content)[2] != "restored"):
            raise wrong(previous, seq + 1, line, list(islice(journal, LOOK_AHEAD)))
        if here != seq + 1:
            report.add("restored", row=seq)
        new, many = leaf(bytes.fromhex(link.decode())), size
        while many & 1:
            new, many = node(peaks.pop(), new), many >> 1
        peaks.append(new)
        size += 1
        while left and left[-1].size <= size:
            claim, root = left.pop(), peaks[-1]
            for peak in peaks[-2::-1]:
                root = node(peak, root)
            if (claim.size, claim.root) != (size, root):
                first = (surest if claim in kept else sure) + 1
                raise Fault("remade", first=first, row=here, time=claim.said.get("time"))
            sure, surest = here, here if claim in kept else surest
        previous, seq = link, here
        report.saw(here, content)
    if left:
        raise Fault("cut" if any(one in claims for one in left) else "old", row=seq + 1, **left[0].values)
    if sure != seq:
        raise Fault("uncovered", row=sure + 1)
    report.add("whole", of=of, rows=size)


def part(bundle: Bundle, of: str, alarm: str, claims: Sequence[Claim], kept: Sequence[Claim], report: Report) -> None:
    """Holds each row of one alarm against its proof, and every checkpoint against the newest."""
    newest, rows, proofs = claims[-1], list(lines(bundle, "journal.txt")), objects(bundle, "proofs.txt")
    for place, proof in enumerate(proofs):
        line = rows[place] if place < len(rows) else b""
        link, path = linked(proof["previous"].encode(), line[65:]), [bytes.fromhex(one) for one in proof["path"]]
        new, root = leaf(bytes.fromhex(link.decode())), newest.root
        if link + b" " != line[:65] or not includes(new, proof["index"], newest.size, path, root):
            raise wrong(proof["previous"].encode(), proof["row"], line, rows[place + 1 :])
        report.saw(proof["row"], line[65:])
    digest = sha256(b"".join(line[:64] for line in rows)).hexdigest()
    if newest.said.get("incident") != f"{alarm} rows {len(rows)} digest {digest}":
        raise Fault("fewer", said=newest.said.get("incident", "?").split(" digest")[0], rows=len(rows))
    paths = {(one["from"], one["to"]): one["path"] for one in objects(bundle, "consistency.txt")}
    for claim in [*claims[:-1], *kept]:
        if claim.size > newest.size:
            raise Fault("old", **claim.values)
        path = paths.get((claim.size, newest.size)) if claim.size < newest.size else []
        if path is None:
            raise Fault("unproved", **claim.values)
        if claim.root != newest.root if not path else not grew(claim, newest, [bytes.fromhex(one) for one in path]):
            raise Fault("other", **claim.values)
    report.add("incident", alarm=alarm, of=of, rows=len(rows))


def verify(bundle: Bundle, given: Sequence[str] = (), elsewhere: Sequence[str] = (), show: bool = False) -> Report:
    """Checks a bundle by the keys and the checkpoints that were kept elsewhere; raises the first Fault."""
    about = json.loads(text(bundle, "bundle.json"))
    of, alarm, signed = about["institution"], about["incident"], text(bundle, "checkpoints.txt")
    claims, kept = claims_in(signed), [one for some in elsewhere for one in claims_in(some)]
    if about["format"] != FORMAT or not claims or "\n".join(one.note for one in claims) != signed:
        raise Fault("unreadable", what="checkpoints.txt")
    own = text(bundle, "keys.txt").split("\n")[:-1]
    keys = Keys(given, own, [*claims, *kept])
    for place, claim in enumerate([*claims, *kept], 1):
        if claim.of != of:
            raise Fault("other", **claim.values)
        if not keys.signers(claim) & keys.trusted:
            raise Fault("unsigned", **claim.values)
        if alarm is None and place <= len(claims) and claim.said.get("number") != str(place):
            raise Fault("gap", n=place)
    texts = objects(bundle, "texts.txt") if bundle.joinpath("texts.txt").exists() else []
    report = Report(None if show else frozenset(one["row"] for one in texts))
    if alarm is None:
        whole(bundle, of, claims, kept, report)
    else:
        part(bundle, of, alarm, claims, kept, report)
    for one in texts:
        facts = json.loads(report.rows[one["row"]][5]) if one["row"] in report.rows else {}
        hashed = sha256(bytes.fromhex(one["salt"]) + one["text"].encode()).hexdigest()
        if facts.get("bound", {}).get(one["name"]) != hashed:
            raise Fault("text", row=one["row"], name=one["name"])
    report.add("signed", n=len(claims), **claims[-1].values)
    report.add("kept" if kept else "alone", n=len(kept))
    if not given:
        report.add("own_key", key=" ".join(sorted(keys.trusted)))
    return report


def main(words: Sequence[str] | None = None) -> int:
    """0 if all is as it was, 1 if anything is not, said in Danish and in English."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--key", action="append", default=[], help="what `hub keys` printed: the institution's key")
    parser.add_argument("--checkpoint", action="append", default=[], type=Path, help="one that was kept elsewhere")
    parser.add_argument("--language", choices=("da", "en"), help="only this one")
    parser.add_argument("--show", action="store_true", help="show each row")
    asked = parser.parse_args(words)
    languages = [0, 1] if asked.language is None else [("da", "en").index(asked.language)]
    report, said = Report(), list[tuple[str, dict[str, Any]]]()
    try:
        bundle = asked.bundle if asked.bundle.is_dir() else zipfile.Path(zipfile.ZipFile(asked.bundle))
        elsewhere = [path.read_text("utf-8") for path in asked.checkpoint]
        report = verify(bundle, [key.strip() for key in asked.key], elsewhere, asked.show)
        said = report.lines
    except Fault as fault:
        said = [(fault.said, fault.values)]
    except (OSError, zipfile.BadZipFile, LookupError, TypeError, ValueError, AttributeError) as error:
        said = [("unreadable", {"what": f"{asked.bundle} ({error})"})]
    for row, (_, at, event, subject, actor, facts) in report.rows.items() if asked.show else ():
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
        sys.stdout.write(f"{row:>8}  {moment:%Y-%m-%d %H:%M:%S}Z  {event}  {subject or '-'}  {actor or '-'}  {facts}\n")
    for language in languages:
        sys.stdout.write("".join(f"{SAID[name][language].format(**values)}\n" for name, values in said))
    return 0 if report.lines else 1


if __name__ == "__main__":
    sys.exit(main())
