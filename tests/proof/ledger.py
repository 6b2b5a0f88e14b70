"""A small journal with alarms, notes, checkpoints and a change of key, and the bundles that were made of it."""

import importlib.util
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import Path as Inside
from zipfile import ZipFile

import hub.app  # noqa: F401 - every room declares its tables when it is imported
from hub.clock import ManualClock
from hub.proof.bundle import Bundler, Wanted
from hub.proof.notary import Notary
from hub.storage import boundtexts
from hub.storage.database import Database, Transaction
from hub.storage.proofkeys import Signer
from hub.storage.vault import Vault

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OURS = "solgaarden"
VAULT = Vault({"k1": b"k" * 32}, "k1")
VERIFIER = Path(__file__).parents[2] / "clients" / "verifier" / "verify_journal.py"
EVENTS = ("raised", "answered", "escalated", "resolved")
ALARM = "alarm-2"

Files = dict[str, bytes]


def loaded() -> ModuleType:
    """The verifier, read from its file as an outsider has it."""
    spec = importlib.util.spec_from_file_location("verify_journal", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


verifier: Any = loaded()


@dataclass
class Ledger:
    """What was handed out of one journal, the oldest first."""

    whole: list[Files]
    alarms: list[Files]
    notes: list[str]
    signer: Signer
    keys: list[str]


def files_in(path: Path) -> Files:
    with ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def bundle(files: Files) -> Inside:
    held = BytesIO()
    with ZipFile(held, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return Inside(ZipFile(held))


def fault(files: Files, keys: list[str], kept: list[str]) -> Any:
    """The verifier's word about a bundle: its fault, or None."""
    try:
        verifier.verify(bundle(files), keys, kept)
    except verifier.Fault as found:
        return found
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        return verifier.Fault("unreadable", what=error)
    return None


async def written(folder: Path, rounds: int = 5, rows: int = 12) -> Ledger:
    """Writes a journal, with a checkpoint and two bundles in each round, and a new key in the middle."""
    database, clock = await Database.open(f"sqlite+aiosqlite:///{folder / 'hub.db'}"), ManualClock(NOON)
    notary, bundler = Notary(database, clock, VAULT), Bundler(database, clock, VAULT)
    ledger = Ledger([], [], [], await notary.signer(), [(await notary.signer()).public.text])
    for turn in range(rounds):
        for number in range(rows):

            async def action(tx: Transaction, number: int = number) -> None:
                texts = {"note": f"Slog ud efter mig, {number}"} if number % 4 == 0 else {}
                event, alarm = EVENTS[number % 4], f"alarm-{number % 3}"
                facts = {"kind": "alarm", "n": number, "æ": "ø\n🚨"}
                await boundtexts.append(VAULT, tx, OURS, clock.now(), event, alarm, "jette", facts, texts)

            await database.write(action, of=OURS)
            clock.advance(60)
        ledger.notes.append((await notary.checkpoint(OURS, "the hour")).note)
        if turn == rounds // 2:
            ledger.signer = await notary.rotate()
            ledger.keys.append(ledger.signer.public.text)
        for alarm, kind in ((None, ledger.whole), (ALARM, ledger.alarms)):
            path = folder / f"{turn}-{alarm}.zip"
            ledger.notes.append((await bundler.write(Wanted(OURS, alarm, True, ledger.notes), path)).note)
            kind.append(files_in(path))
    await database.close()
    return ledger
