"""An inspector's bundle: a journal, or one alarm of it, with all that is needed to check it far from the hub."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from hub.clock import Clock
from hub.errors import NotFound
from hub.proof.notary import AT_A_TIME, Notary
from hub.storage import boundtexts, checkpoints, journal, proofkeys
from hub.storage.checkpoints import Checkpoint
from hub.storage.database import Database, Reader, Transaction
from hub.storage.merkle import Tree
from hub.storage.vault import Vault

FORMAT = "tryghedshub-journal/1"
_HASH = 64

# Sequence numbers with their lines.
Lines = Sequence[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for."""

    institution: str
    alarm: str | None = None
    texts: bool = False
    """With what people wrote, where it has not been erased."""
    kept: Sequence[str] = ()
    """Checkpoints that they have, which the bundle is to be provable against."""


class Bundler:
    """Writes bundles, and into the journal that it did."""

    def __init__(self, database: Database, clock: Clock, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._notary = Notary(database, clock, vault)

    async def write(self, wanted: Wanted, to: Path) -> Checkpoint:
        """Makes the file, which ends with the checkpoint that is signed for it."""
        of, alarm = wanted.institution, wanted.alarm
        about: Lines = ()
        async with self._database.read() as tx:
            if of not in await journal.institutions(tx):
                raise NotFound(f"{of} has no journal yet.")
            if alarm is not None:
                about = await journal.lines_about(tx, of, alarm)
                if not about:
                    raise NotFound(f"No row of the journal of {of} is about {alarm}: name the id of an alarm there.")

        async def action(tx: Transaction) -> None:
            await journal.append(tx, of, self._clock.now(), "exported", "journal", None, {"alarm": alarm})

        await self._database.write(action, of=of)
        digest = sha256(b"".join(line[:_HASH] for _, line in about)).hexdigest()
        said = [f"incident {alarm} rows {len(about)} digest {digest}"] if alarm is not None else []
        signed = await self._notary.checkpoint(of, "an inspector", said)
        with ZipFile(to, "x", ZIP_DEFLATED, compresslevel=1) as file:
            told = {"format": FORMAT, "institution": of, "incident": alarm}
            file.writestr("bundle.json", orjson.dumps(told, option=orjson.OPT_INDENT_2))
            async with self._database.read() as tx:
                keys = await proofkeys.publics(tx)
                file.writestr("keys.txt", "".join(f"{key.text}\n" for key in keys))
                if alarm is None:
                    seqs = await self._whole(tx, wanted, signed, file)
                else:
                    seqs = await self._incident(tx, wanted, signed, about, file)
                if wanted.texts:
                    texts = await boundtexts.of_rows(tx, self._vault, of, seqs)
                    file.writestr("texts.txt", _json_lines(_text(one) for one in texts))
        return signed

    async def _whole(self, tx: Reader, wanted: Wanted, signed: Checkpoint, file: ZipFile) -> Sequence[int]:
        """Every row and every checkpoint; the numbers of rows that have texts."""
        of, seq = wanted.institution, 0
        file.writestr("checkpoints.txt", "\n".join((await checkpoints.notes(tx, of))[: signed.number]))
        with file.open("journal.txt", "w") as rows:
            while lines := await journal.lines(tx, of, seq, signed.seq, AT_A_TIME):
                rows.write(b"".join(line for _, line in lines))
                seq = lines[-1][0]
        return await boundtexts.rows_with(tx, of) if wanted.texts else ()

    async def _incident(
        self, tx: Reader, wanted: Wanted, signed: Checkpoint, about: Lines, file: ZipFile
    ) -> Sequence[int]:
        """The rows of one alarm, each with the proof that it is in the journal that was signed."""
        of = wanted.institution
        seqs, links, seq = list[int](), list[str](), 0
        while some := await journal.links(tx, of, seq, signed.seq, AT_A_TIME):
            seqs += [one for one, _ in some]
            links += [link for _, link in some]
            seq = seqs[-1]
        tree, place = Tree(bytes.fromhex(link) for link in links), {one: index for index, one in enumerate(seqs)}
        file.writestr("journal.txt", b"".join(line for _, line in about))
        proofs = []
        for seq, _ in about:
            index = place[seq]
            previous = links[index - 1] if index else sha256(of.encode()).hexdigest()
            path = [one.hex() for one in tree.inclusion(index, signed.size)]
            proofs.append({"row": seq, "index": index, "previous": previous, "path": path})
        file.writestr("proofs.txt", _json_lines(proofs))
        first = await checkpoints.first_over(tx, of, about[-1][0])
        # Those that name a new key go along: who trusts one key then trusts the next.
        before = [
            note
            for note in (await checkpoints.notes(tx, of))[: signed.number - 1]
            if "\nnext " in note or (first is not None and note == first.note)
        ]
        file.writestr("checkpoints.txt", "\n".join([*before, signed.note]))
        claims = [claim for note in [*before, *wanted.kept] if (claim := checkpoints.read(note)) is not None]
        sizes = sorted({claim.size for claim in claims if 0 < claim.size < signed.size})
        grew = [
            {"from": size, "to": signed.size, "path": [one.hex() for one in tree.consistency(size, signed.size)]}
            for size in sizes
        ]
        file.writestr("consistency.txt", _json_lines(grew))
        return [one for one, _ in about]


def _json_lines(many: Iterable[object]) -> bytes:
    return b"".join(orjson.dumps(one) + b"\n" for one in many)


def _text(one: boundtexts.BoundText) -> dict[str, object]:
    return {"row": one.seq, "name": one.name, "salt": one.salt.hex(), "text": one.text}
