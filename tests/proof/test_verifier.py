"""The stand-alone verifier, as an inspector runs it: one file, somewhere else, with words in two languages."""

import ast
import asyncio
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proof.ledger import VERIFIER, Files, Ledger, fault, written
from tests.proof.mutations import FORGERIES, forge, lines
from tests.test_cli import Hub


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return asyncio.run(written(tmp_path_factory.mktemp("ledger")))


def laid(files: Files, folder: Path) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def run(*words: object) -> tuple[int, str]:
    """The verifier, copied away from the project and without a way to find it."""
    done = subprocess.run([sys.executable, "-I", *map(str, words)], capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def test_it_needs_nothing_but_python_and_cryptography() -> None:
    tree = ast.parse(VERIFIER.read_text("utf-8"))
    named = {name.name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names}
    named |= {str(one.module) for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    assert {name.split(".")[0] for name in named} <= {*sys.stdlib_module_names, "cryptography"}


def test_every_way_to_forge_is_found_and_nothing_else(ledger: Ledger) -> None:
    tally = forge(ledger, 4 * len(FORGERIES), seed=2)
    assert tally.right, (tally.missed, tally.misnamed, tally.false)
    assert tally.whole > 10


def test_whoever_trusts_one_key_trusts_the_next_and_the_one_before(ledger: Ledger) -> None:
    for key in ledger.keys:
        assert fault(ledger.whole[-1], [key], ledger.notes[:-1]) is None
        assert fault(ledger.alarms[-1], [key], ledger.notes) is None
    assert "is not signed with a key that you trust" in str(fault(ledger.whole[0], ledger.keys[1:], []))


def test_an_inspector_is_told_in_danish_and_in_english(ledger: Ledger, tmp_path: Path) -> None:
    tool = shutil.copy(VERIFIER, tmp_path / "kontrol.py")
    (tmp_path / "mail.txt").write_text(f"Til arkivet\n\n{ledger.notes[-1]}\nHilsen", "utf-8")
    bundle, key = laid(ledger.whole[-1], tmp_path / "hele"), ledger.keys[0]
    code, said = run(tool, bundle, "--key", key, "--language", "da")
    assert code == 0
    assert said.startswith("HEL: journalen for solgaarden har 69 rækker. Ingen er ændret, fjernet, byttet om")
    assert "OBS: en gammel kopi afsløres kun af et nyere kontrolpunkt" in said
    code, said = run(tool, bundle, "--key", key, "--checkpoint", tmp_path / "mail.txt")
    assert (code, said.splitlines()) == (
        1,
        [
            "En gammel kopi: den 2026-03-01T13:00:00.000Z nåede journalen række 70, som ikke er her.",
            "An old copy: on 2026-03-01T13:00:00.000Z the journal reached row 70, which is not here.",
        ],
    )
    bundle = laid(ledger.alarms[-1], tmp_path / "en")
    code, said = run(tool, bundle, "--key", key, "--checkpoint", tmp_path / "mail.txt", "--show")
    assert code == 0
    assert "WHOLE: the alarm alarm-2 has 20 rows. Each stands unaltered in the journal of solgaarden" in said
    assert "2026-03-01 12:02:00Z  escalated  alarm-2  jette  " in said
    assert run(tool, tmp_path / "nothing.zip")[0] == 1
    assert run(tool, VERIFIER)[0] == 1


def test_the_whole_journal_has_every_row_and_one_alarm_only_its_own(ledger: Ledger) -> None:
    assert len(lines(ledger.whole[-1])) == 69
    rows = lines(ledger.alarms[-1])
    assert len(rows) == 20
    assert all(b'"alarm-2"' in row for row in rows)
    assert set(ledger.alarms[-1]) == set(ledger.whole[-1]) | {"proofs.txt", "consistency.txt"}
    assert not any(b"Slog ud" in content for name, content in ledger.whole[-1].items() if name != "texts.txt")


def test_an_operator_exports_verifies_and_changes_the_key(tmp_path: Path) -> None:
    hub, tool = Hub(tmp_path), shutil.copy(VERIFIER, tmp_path / "kontrol.py")
    hub.set_up()
    key = hub.says("keys").split("checkpoint key, for those who check the journal: ")[1].splitlines()[0]
    bundle, backup = tmp_path / "bundle.zip", tmp_path / "backup.db"
    assert f"{bundle}: 2 rows signed as checkpoint 1." in hub.says("export-journal", str(bundle))
    assert "is there already: name another file" in hub.refuses("export-journal", str(bundle))
    assert "is about nothing-such" in hub.refuses("export-journal", "--alarm", "nothing-such", str(tmp_path / "a.zip"))
    assert run(tool, bundle, "--key", key)[0] == 0
    said = hub.says("keys", "rotate")
    newer = said.split("checkpoint key from now on: ")[1].splitlines()[0]
    assert f"check the journal: {newer}" in hub.says("keys")
    assert "solgaarden: 2 checkpoints agree, 2 rows, whole" in hub.says("verify-journal")
    hub.says("export-journal", str(tmp_path / "newer.zip"))
    for one in (key, newer):
        assert run(tool, tmp_path / "newer.zip", "--key", one)[0] == 0
    assert run(tool, bundle, "--key", newer)[0] == 1

    assert "solgaarden: 3 checkpoints agree, 3 rows, whole" in hub.says("backup", str(backup))
    with sqlite3.connect(backup) as opened:
        (note,) = opened.execute("SELECT note FROM checkpoint WHERE number = 3").fetchone()
    (tmp_path / "kept.txt").write_text(note, "utf-8")
    (tmp_path / "data").rename(tmp_path / "old")
    assert "solgaarden: 3 checkpoints agree, 4 rows, whole" in hub.says("restore", str(backup))
    assert "4 checkpoints agree, 4 rows, whole" in hub.says(
        "verify-journal", "--checkpoint", str(tmp_path / "kept.txt")
    )
    assert "there is no checkpoint in" in hub.refuses("verify-journal", "--checkpoint", str(tool))
    with sqlite3.connect(tmp_path / "data" / "hub.db") as opened:
        opened.execute("UPDATE checkpoint SET note = replace(note, 'row 3', 'row 4') WHERE number = 3")
    opened.close()
    result = hub.run("backup", str(tmp_path / "again.db"))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "solgaarden: checkpoint 3 was altered")
