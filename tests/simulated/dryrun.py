"""`hub simulate` as somebody runs it in a terminal, and the table as a person reads it."""

import asyncio
import re
from collections.abc import Collection
from datetime import datetime

from click.testing import CliRunner

from hub.cli import main
from tests.simulated.ward import Ward

Told = tuple[int, set[str]]


async def commanded(ward: Ward, at: datetime, unit: str, kind: str, raiser: str | None, drill: bool) -> str:
    """What the command prints about the ward's own database."""
    words = ["simulate", "--at", at.isoformat(), "--unit", unit, "--kind", kind]
    words += (["--by", raiser] if raiser else []) + (["--drill"] if drill else [])
    env = {"HUB_DATA": str(ward.folder), "HUB_DATABASE_URL": ward.url, "COLUMNS": "250"}
    result = await asyncio.to_thread(CliRunner().invoke, main, words, env=env)
    assert result.exit_code == 0, result.output
    return result.stdout


def read_by_a_person(drawn: str, names: Collection[str]) -> list[Told]:
    """Who is told after how many seconds, row by row; a row goes on while its first cell is empty."""
    rows: list[Told] = []
    for line in drawn.splitlines():
        if not line.startswith("│"):
            continue
        after, _kind, _step, _asked, told, _by = (cell.strip() for cell in line.strip("│").split("│"))
        if after:
            rows.append((int(after.removesuffix(" s")), set()))
        rows[-1][1].update(set(re.findall(r"\w+", told)) & set(names))
    return [row for row in rows if row[1]]
