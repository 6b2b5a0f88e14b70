"""`hub verify-journal` and `hub export-journal`."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from hub.cli.opening import existing, institution, opened, refuse_unknown
from hub.clock import SystemClock
from hub.errors import Conflict, Invalid
from hub.people import store
from hub.proof.bundle import Bundler, Wanted
from hub.settings import Settings
from hub.storage import boundtexts, checkpoints, journal
from hub.storage.checkpoints import Checkpoint
from hub.storage.journal import Verdict
from hub.storage.keyfile import FILE
from hub.storage.vault import open_vault

_FILES = click.Path(path_type=Path, dir_okay=False, exists=True)
_KEPT = click.option("--checkpoint", "kept", type=_FILES, multiple=True, help="One that was kept outside the hub.")


@click.command()
@click.option("--institution", "wanted", help="Only this one.")
@_KEPT
def verify_journal(wanted: str | None, kept: Sequence[Path]) -> None:
    """Follow every journal, and name the first row that was tampered with.

    Each signed checkpoint is held against the rows, and each text against the row that it belongs to.
    """
    verdicts = asyncio.run(_verify(wanted, _notes(kept), existing()))
    for verdict in verdicts:
        click.echo(told(verdict))
    if not all(verdict.whole for verdict in verdicts):
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("to", type=click.Path(path_type=Path))
@click.option("--alarm", help="Only this one, with the proof that it is in the journal.")
@click.option("--texts", is_flag=True, help="With what people wrote, where it has not been erased.")
@_KEPT
@click.option("--institution", "wanted", help="Not needed when this hub has only one.")
def export_journal(to: Path, alarm: str | None, texts: bool, kept: Sequence[Path], wanted: str | None) -> None:
    """Write a bundle with which an inspector can check a journal, or one alarm.

    TO is a new .zip file. It is checked with clients/verifier/verify_journal.py, on any machine.
    """
    if to.exists():
        raise Conflict(f"{to} is there already: name another file.")
    signed = asyncio.run(_export(to, alarm, texts, _notes(kept), wanted, existing()))
    click.echo(f"{to}: {signed.size} rows signed as checkpoint {signed.number}.")
    click.echo("Give the key apart from it, on paper: hub keys says it.")


def told(verdict: Verdict) -> str:
    """One institution's verdict in a line."""
    if verdict.fault is not None:
        return f"{verdict.institution}: {verdict.fault}"
    agreed = f"{verdict.checkpoints} checkpoints agree, " if verdict.checkpoints else ""
    return f"{verdict.institution}: {agreed}{verdict.rows} rows, whole"


def _notes(files: Sequence[Path]) -> list[str]:
    """The checkpoints in the files, whatever stands around them."""
    found: list[str] = []
    for path in files:
        notes = checkpoints.notes_in(path.read_text("utf-8", "replace"))
        if not notes:
            raise Invalid(f"--checkpoint: there is no checkpoint in {path}: give the file that came from the hub.")
        found += notes
    return found


async def _verify(wanted: str | None, kept: Sequence[str], found: Settings) -> list[Verdict]:
    async with opened(found) as database, database.read() as tx:
        known = sorted({*await store.institutions(tx), *await journal.institutions(tx)})
        refuse_unknown("--institution", wanted, known)
        # Looking makes no key.
        vault = open_vault(found.data) if (found.data / FILE).exists() else None
        verdicts = []
        for key in known:
            if wanted in {None, key}:
                verdict = await checkpoints.verify(tx, key, [note for note in kept if checkpoints.is_of(note, key)])
                if verdict.whole and vault is not None:
                    verdict = replace(verdict, fault=await boundtexts.wrong(tx, vault, key))
                verdicts.append(verdict)
        return verdicts


async def _export(
    to: Path, alarm: str | None, texts: bool, kept: Sequence[str], wanted: str | None, found: Settings
) -> Checkpoint:
    async with opened(found) as database:
        key = await institution(database, wanted)
        bundler = Bundler(database, SystemClock(), open_vault(found.data))
        return await bundler.write(Wanted(key, alarm, texts, kept), to)
