"""Forges exported journals in every way there is, and counts which forgeries the stand-alone verifier finds.

`python -m tests.proof.mutations --count 10000 --seed 1`; every tenth bundle is left as it was, and must be found whole.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from hub.storage.checkpoints import written as checkpoint_text
from hub.storage.merkle import Peaks
from hub.storage.proofkeys import Signer, fresh, signed
from tests.proof.ledger import NOON, OURS, Files, Ledger, fault, verifier, written


@dataclass
class Forgery:
    """A bundle as somebody has changed it, what the inspector knows, and the rows that may be named for it."""

    files: Files
    keys: list[str]
    kept: list[str] = field(default_factory=list)
    rows: range | None = None


Forge = Callable[[Random, Ledger], Forgery]
# What is done to the rows of a journal, and which of them may be named for it.
Does = Callable[[Random, list[bytes]], tuple[list[bytes], range]]
# What every checkpoint says by itself.
HEAD = ("number", "row", "chain", "time")


def lines(files: Files, name: str = "journal.txt") -> list[bytes]:
    return files[name].split(b"\n")[:-1]


def joined(many: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in many)


def chained(rows: list[bytes], start: int = 0) -> list[bytes]:
    """The rows from there on numbered and hashed anew, as one would who wants to leave no trace."""
    previous = rows[start - 1][:64] if start else sha256(OURS.encode()).hexdigest().encode()
    made = rows[:start]
    for number, line in enumerate(rows[start:], start + 1):
        content = b"[%d,%s" % (number, line[65:].partition(b",")[2])
        previous = sha256(b'["' + previous + b'",' + content[1:]).hexdigest().encode()
        made.append(previous + b" " + content)
    return made


def numbered(rows: list[bytes], start: int) -> list[bytes]:
    """The rows with new numbers, and the hashes that they had."""
    return [line[:65] + b"[%d,%s" % (number, line[65:].partition(b",")[2]) for number, line in enumerate(rows, start)]


def other(rng: Random, line: bytes) -> bytes:
    """The row with another event, actor or moment."""
    content = json.loads(line[65:])
    place = rng.choice((1, 2, 4))
    content[place] = content[place] + 1 if place == 1 else f"{content[place]}x"
    return line[:65] + json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def flipped(rng: Random, content: bytes) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ rng.randrange(1, 256)]) + content[at + 1 :]


def on_whole(does: Does) -> Forge:
    """A forgery of rows in a whole journal."""

    def forge(rng: Random, ledger: Ledger) -> Forgery:
        files = dict(rng.choice(ledger.whole))
        rows, named = does(rng, lines(files))
        files["journal.txt"] = joined(rows)
        return Forgery(files, ledger.keys[:1], [], named)

    return forge


def flips_a_byte(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    at = rng.randrange(len(rows))
    return [*rows[:at], flipped(rng, rows[at]), *rows[at + 1 :]], range(at + 1, at + 2)


def alters(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    at = rng.randrange(len(rows))
    return [*rows[:at], other(rng, rows[at]), *rows[at + 1 :]], range(at + 1, at + 2)


def alters_and_hashes(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    at = rng.randrange(len(rows) - 1)
    made = chained([*rows[:at], other(rng, rows[at])], at)
    return [*made, *rows[at + 1 :]], range(at + 1, at + 3)


def alters_and_chains(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    at = rng.randrange(len(rows))
    return chained([*rows[:at], other(rng, rows[at]), *rows[at + 1 :]], at), range(at + 1, at + 2)


def drops(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    at = rng.randrange(len(rows))
    return [*rows[:at], *rows[at + 1 :]], range(at + 1, at + 2)


def drops_and_renumbers(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    at = rng.randrange(len(rows) - 1)
    return [*rows[:at], *numbered(rows[at + 1 :], at + 1)], range(at + 1, at + 2)


def drops_and_chains(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    at = rng.randrange(len(rows) - 1)
    return chained([*rows[:at], *rows[at + 1 :]], at), range(at + 1, at + 2)


def repeats(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    at = rng.randrange(len(rows))
    return [*rows[: at + 1], rows[at], *rows[at + 1 :]], range(at + 2, at + 3)


def _swapped(rng: Random, rows: list[bytes]) -> tuple[list[bytes], int]:
    first, second = sorted(rng.sample(range(len(rows)), 2))
    made = list(rows)
    made[first], made[second] = rows[second], rows[first]
    return made, first


def swaps(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    made, first = _swapped(rng, rows)
    return made, range(first + 1, first + 2)


def swaps_and_renumbers(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    made, first = _swapped(rng, rows)
    return numbered(made, 1), range(first + 1, first + 2)


def swaps_and_chains(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    made, first = _swapped(rng, rows)
    return chained(made, first), range(first + 1, first + 2)


def cuts(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    at = rng.randrange(len(rows))
    return rows[:at], range(at + 1, at + 2)


def adds(rng: Random, rows: list[bytes]) -> tuple[list[bytes], range]:
    return chained([*rows, other(rng, rows[-1])], len(rows)), range(len(rows) + 1, len(rows) + 2)


def cuts_all_traces(rng: Random, ledger: Ledger) -> Forgery:
    """The end goes, and with it every checkpoint in the bundle that tells of it."""
    files = dict(ledger.whole[-1])
    claims = verifier.claims_in(files["checkpoints.txt"].decode())
    left = rng.randrange(1, len(claims))
    files["checkpoints.txt"] = "\n".join(one.note for one in claims[:left]).encode()
    files["journal.txt"] = joined(lines(files)[: claims[left - 1].size])
    files.pop("texts.txt")
    first = claims[left - 1].size + 1
    return Forgery(files, ledger.keys, [ledger.notes[-1]], range(first, first + 1))


def replays(rng: Random, ledger: Ledger) -> Forgery:
    """An old bundle, every word of it true, is shown as the newest."""
    at = rng.randrange(len(ledger.whole) - 1)
    kind = rng.choice((ledger.whole, ledger.alarms))
    return Forgery(dict(kind[at]), ledger.keys, [ledger.notes[-1]])


def _signed_anew(files: Files, signer: Signer, rows: list[bytes]) -> Files:
    """Every checkpoint made anew over other rows."""
    tree, notes, claims = Peaks(), [], verifier.claims_in(files["checkpoints.txt"].decode())
    for seq, line in enumerate(rows, 1):
        tree.add(bytes.fromhex(line[:64].decode()))
        while claims and claims[0].size == seq:
            claim = claims.pop(0)
            said = [f"{key} {value}" for key, value in claim.said.items() if key not in HEAD]
            text = checkpoint_text(OURS, int(claim.said["number"]), tree, (seq, line[:64].decode()), NOON, said)
            notes.append(signed(text, [signer]))
    return {**files, "journal.txt": joined(rows), "checkpoints.txt": "\n".join(notes).encode()}


def writes_all_anew_with_a_key_of_its_own(rng: Random, ledger: Ledger) -> Forgery:
    files = dict(ledger.whole[-1])
    rows, _ = alters_and_chains(rng, lines(files))
    forger = fresh(1, NOON)
    files = _signed_anew(files, forger, rows)
    return Forgery({**files, "keys.txt": f"{forger.public.text}\n".encode()}, [rng.choice(ledger.keys)])


def writes_all_anew_with_the_hubs_key(rng: Random, ledger: Ledger) -> Forgery:
    """One who has the hub's disk and its key: only what was kept elsewhere tells."""
    files = dict(ledger.whole[-1])
    rows, named = alters_and_chains(rng, lines(files))
    return Forgery(_signed_anew(files, ledger.signer, rows), ledger.keys[-1:], ledger.notes[-2:], named)


def touches_a_checkpoint(rng: Random, ledger: Ledger) -> Forgery:
    files = dict(rng.choice(rng.choice((ledger.whole, ledger.alarms))))
    files["checkpoints.txt"] = flipped(rng, files["checkpoints.txt"].rstrip(b"\n")) + b"\n"
    return Forgery(files, rng.choice(([], ledger.keys[:1])))


def takes_a_checkpoint(rng: Random, ledger: Ledger) -> Forgery:
    files = dict(ledger.whole[-1])
    claims = verifier.claims_in(files["checkpoints.txt"].decode())
    claims.pop(rng.randrange(len(claims)))
    files["checkpoints.txt"] = "\n".join(one.note for one in claims).encode()
    return Forgery(files, ledger.keys[:1])


def touches_a_key(rng: Random, ledger: Ledger) -> Forgery:
    files = dict(rng.choice(ledger.whole))
    files["keys.txt"] = flipped(rng, files["keys.txt"].rstrip(b"\n")) + b"\n"
    return Forgery(files, rng.choice(([], ledger.keys[:1])))


def renames_the_house(_rng: Random, ledger: Ledger) -> Forgery:
    files = dict(ledger.whole[-1])
    files["bundle.json"] = files["bundle.json"].replace(OURS.encode(), b"maanehuset")
    return Forgery(files, ledger.keys[:1])


def rewrites_a_text(rng: Random, ledger: Ledger) -> Forgery:
    files = dict(rng.choice(rng.choice((ledger.whole, ledger.alarms))))
    texts = lines(files, "texts.txt")
    at = rng.randrange(len(texts))
    one = json.loads(texts[at])
    changed = {"text": one["text"] + "!"} if rng.random() < 0.5 else {"salt": one["salt"][::-1]}
    texts[at] = json.dumps(one | changed).encode()
    return Forgery({**files, "texts.txt": joined(texts)}, ledger.keys[:1], [], range(one["row"], one["row"] + 1))


def on_alarm(does: Callable[[Random, list[bytes], list[bytes]], tuple[list[bytes], list[bytes]]]) -> Forge:
    """A forgery of the rows of one alarm, and of their proofs."""

    def forge(rng: Random, ledger: Ledger) -> Forgery:
        files = dict(rng.choice(ledger.alarms))
        rows, proofs = does(rng, lines(files), lines(files, "proofs.txt"))
        return Forgery({**files, "journal.txt": joined(rows), "proofs.txt": joined(proofs)}, ledger.keys[:1])

    return forge


def _rows_only(
    does: Callable[[Random, list[bytes]], tuple[list[bytes], range]],
) -> Callable[[Random, list[bytes], list[bytes]], tuple[list[bytes], list[bytes]]]:
    return lambda rng, rows, proofs: (does(rng, rows)[0], proofs)


def drops_with_proof(rng: Random, rows: list[bytes], proofs: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    at = rng.randrange(len(rows))
    return rows[:at] + rows[at + 1 :], proofs[:at] + proofs[at + 1 :]


def swaps_with_proof(rng: Random, rows: list[bytes], proofs: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    order = list(range(len(rows)))
    first, second = rng.sample(order, 2)
    order[first], order[second] = second, first
    return [rows[at] for at in order], [proofs[at] for at in order]


def bends_a_proof(rng: Random, rows: list[bytes], proofs: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    at = rng.randrange(len(proofs))
    one = json.loads(proofs[at])
    step = rng.randrange(len(one["path"]))
    bent = [*one["path"]]
    bent[step] = sha256(bent[step].encode()).hexdigest()
    changed = one | rng.choice(({"path": bent}, {"index": one["index"] ^ 1}, {"previous": bent[step]}))
    return rows, [*proofs[:at], json.dumps(changed).encode(), *proofs[at + 1 :]]


def bends_consistency(rng: Random, ledger: Ledger) -> Forgery:
    files = dict(ledger.alarms[-1])
    grown = [json.loads(line) for line in lines(files, "consistency.txt")]
    one = rng.choice(grown)
    if rng.random() < 0.5:
        grown.remove(one)
    else:
        step = rng.randrange(len(one["path"]))
        one["path"][step] = sha256(one["path"][step].encode()).hexdigest()
    files["consistency.txt"] = joined([json.dumps(each).encode() for each in grown])
    return Forgery(files, ledger.keys[:1], ledger.notes[:-1])


ROWS: tuple[Does, ...] = (
    flips_a_byte,
    alters,
    alters_and_hashes,
    alters_and_chains,
    drops,
    drops_and_renumbers,
    drops_and_chains,
)
ROWS += (repeats, swaps, swaps_and_renumbers, swaps_and_chains, cuts, adds)
ALARM_ROWS: tuple[Does, ...] = (flips_a_byte, alters, alters_and_hashes, drops, swaps)
PROOFS = (drops_with_proof, swaps_with_proof, bends_a_proof)
BUNDLES: tuple[Forge, ...] = (
    cuts_all_traces,
    replays,
    writes_all_anew_with_a_key_of_its_own,
    writes_all_anew_with_the_hubs_key,
)
BUNDLES += (touches_a_checkpoint, takes_a_checkpoint, touches_a_key, renames_the_house, rewrites_a_text)
FORGERIES: dict[str, Forge] = {
    **{does.__name__: on_whole(does) for does in ROWS},
    **{f"{does.__name__} (one alarm)": on_alarm(_rows_only(does)) for does in ALARM_ROWS},
    **{f"{does.__name__} (one alarm)": on_alarm(does) for does in PROOFS},
    **{does.__name__: does for does in (*BUNDLES, bends_consistency)},
}


def untouched(rng: Random, ledger: Ledger) -> Forgery:
    """A bundle as it was handed out, with what an inspector may know by then."""
    at = rng.randrange(len(ledger.whole))
    kind, known = rng.choice(((ledger.whole, 3 * at + 2), (ledger.alarms, 3 * at + 3)))
    kept = ledger.notes[:known]
    return Forgery(dict(kind[at]), rng.choice(([], ledger.keys[:1], ledger.keys)), rng.choice(([], kept)))


def rightly_named(found: Any, rows: range | None) -> bool:
    """Whether the row that was touched first is the one that is named, or among those that are."""
    row = found.values.get("row")
    if rows is None or row is None:
        return rows is None
    if found.said == "remade":
        return bool(found.values["first"] <= rows.start <= row)
    # Of one who removed a row and chained the rest anew, the end tells that a row is missing, not which.
    return bool(row >= rows.start) if found.said == "cut" else row in rows


@dataclass
class Tally:
    """What came of all of them."""

    forged: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    misnamed: Counter[str] = field(default_factory=Counter)
    whole: int = 0
    false: list[str] = field(default_factory=list)

    @property
    def right(self) -> bool:
        return not (self.missed or self.misnamed or self.false)


def forge(ledger: Ledger, count: int, seed: int) -> Tally:
    """Forges so many bundles, and looks at one in ten more that nobody has touched."""
    rng, tally, names = Random(seed), Tally(), sorted(FORGERIES)
    for number in range(count):
        name = names[number % len(names)]
        made = FORGERIES[name](rng, ledger)
        found = fault(made.files, made.keys, made.kept)
        tally.forged[name] += 1
        tally.missed[name] += found is None
        tally.misnamed[name] += found is not None and not rightly_named(found, made.rows)
        if number % 10 == 0:
            clean = untouched(rng, ledger)
            found = fault(clean.files, clean.keys, clean.kept)
            tally.whole += 1
            tally.false += [str(found)] if found is not None else []
    tally.missed, tally.misnamed = +tally.missed, +tally.misnamed
    return tally


def main() -> int:
    """Prints what was found; 1 if anything was missed, named wrongly, or found where nothing was."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.mutations", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tryghedshub-proof-") as folder:
        ledger = asyncio.run(written(Path(folder)))
    began = time.monotonic()
    tally = forge(ledger, asked.count, asked.seed)
    say = sys.stdout.write
    for name, many in sorted(tally.forged.items()):
        say(f"{name:45} {many:5} forged {tally.missed[name]:5} missed {tally.misnamed[name]:5} named wrongly\n")
    say(f"{tally.forged.total()} forgeries, {tally.forged.total() - tally.missed.total()} found, ")
    say(f"{tally.misnamed.total()} with a wrong row named; {tally.whole} untouched, {len(tally.false)} called false")
    say(f" {sorted(set(tally.false))}; {time.monotonic() - began:.0f} s\n")
    return 0 if tally.right else 1


if __name__ == "__main__":
    sys.exit(main())
