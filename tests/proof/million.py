"""How long a million rows take to sign, export and verify: `python -m tests.proof.million --rows 1000000`.

The time allowed for the stand-alone verifier is 60 s; it is run as an inspector runs it, in a process of its own.
"""

import argparse
import asyncio
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import hub.app  # noqa: F401 - every room declares its tables when it is imported
from hub.clock import ManualClock
from hub.proof.bundle import Bundler, Wanted
from hub.proof.notary import Notary
from hub.storage import checkpoints, migrate
from hub.storage.database import Database
from tests.proof.ledger import NOON, OURS, VAULT, VERIFIER
from tests.storage.move import _ROW, chained

ALLOWED = 60.0
# As many rows as came between two checkpoints.
A_PART = 4_000


def said(what: str, began: float, more: str = "") -> float:
    took = time.monotonic() - began
    sys.stdout.write(f"{what:52} {took:6.1f} s   {more}\n")
    sys.stdout.flush()
    return took


async def signed(path: Path, rows: int, folder: Path) -> tuple[str, int]:
    """Writes the journal in parts, each signed, and exports it and one alarm; the key, and 1 if it is not whole."""
    migrate.upgrade(path)
    database, clock = await Database.open(f"sqlite+aiosqlite:///{path}"), ManualClock(NOON)
    notary, bundler = Notary(database, clock, VAULT), Bundler(database, clock, VAULT)
    everything, slowest, began = chained(OURS, rows), 0.0, time.monotonic()
    for start in range(0, rows, A_PART):
        part = [row for _, row in zip(range(min(A_PART, rows - start)), everything, strict=False)]
        with closing(sqlite3.connect(path, timeout=30)) as file, file:
            file.executemany(_ROW, part)
            file.execute("DELETE FROM journal_head")
            file.execute("INSERT INTO journal_head VALUES (?, ?, ?)", (OURS, part[-1][1], part[-1][7]))
        clock.advance(3600)
        before = time.monotonic()
        await notary.checkpoint(OURS, "the hour")
        slowest = max(slowest, time.monotonic() - before)
    said("written, and signed in parts", began, f"slowest checkpoint, over {A_PART} rows: {slowest * 1000:.0f} ms")
    began = time.monotonic()
    await bundler.write(Wanted(OURS), folder / "whole.zip")
    said("exported whole", began, f"{(folder / 'whole.zip').stat().st_size / 2**20:.0f} MiB")
    began = time.monotonic()
    alarm = f"01a2021f-94f9-70ca-8f24-{rows // 12:012x}"
    await bundler.write(Wanted(OURS, alarm), folder / "alarm.zip")
    said("exported one alarm, with proofs", began, f"{(folder / 'alarm.zip').stat().st_size / 2**10:.0f} KiB")
    began = time.monotonic()
    async with database.read() as tx:
        verdict = await checkpoints.verify(tx, OURS)
    said(
        "hub verify-journal",
        began,
        f"{verdict.rows} rows, {verdict.checkpoints} checkpoints, {verdict.fault or 'whole'}",
    )
    key = (await notary.signer()).public.text
    await database.close()
    return key, 0 if verdict.whole else 1


def main() -> int:
    """Prints the figures; 1 if anything is not whole, or the verifier took too long."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.million", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tryghedshub-million-") as name:
        folder = Path(name)
        key, wrong = asyncio.run(signed(folder / "hub.db", asked.rows, folder))
        for bundle, allowed in (("whole.zip", ALLOWED), ("alarm.zip", ALLOWED)):
            began = time.monotonic()
            command = [sys.executable, "-I", str(VERIFIER), str(folder / bundle), "--key", key, "--language", "en"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            took = said(f"verified {bundle} by itself", began, f"exit code {done.returncode}")
            sys.stdout.write(done.stdout + done.stderr)
            wrong |= done.returncode or took > allowed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"memory of what signs and exports at most {peak:.0f} MiB\n")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
