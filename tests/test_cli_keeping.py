"""Back-ups, restoring and moving up, as an operator asks for them."""

import asyncio
import re
import sqlite3
from pathlib import Path

import pytest

from tests.databases import Postgres
from tests.test_cli import Hub


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path)


def test_a_hub_is_backed_up_and_restored_and_its_keys_are_asked_for(hub: Hub) -> None:
    hub.set_up()
    hub.says("keys")
    key, backup = hub.folder / "data" / "keys" / "master.json", hub.folder / "backup.db"
    said = hub.says("backup", str(backup)).splitlines()
    assert said[0].startswith(f"{backup}: ")
    assert said[0].endswith(" tables, each as it was.")
    assert said[1].startswith(f"The keys are not in it. Keep {key} too")
    assert said[2].startswith("So with the keys of conversations, ")
    assert said[3] == "solgaarden: 1 rows, whole"
    assert "is there already: name another file" in hub.refuses("backup", str(backup))
    assert "restore into an empty folder" in hub.refuses("restore", str(backup))

    (hub.folder / "data").rename(hub.folder / "old")
    said = hub.says("restore", str(backup)).splitlines()
    assert said[0].startswith(f"Restored from {backup}: ")
    assert said[1].startswith("Before the hub is started, put the keys/master.json that belongs to it into ")
    assert "are open again" in said[2]
    assert said[3] == "solgaarden: 2 rows, whole"
    assert not key.exists()

    (hub.folder / "data" / "hub.db").unlink()
    (hub.folder / "old" / "keys").rename(hub.folder / "data" / "keys")
    assert "master.json" not in hub.says("restore", str(backup))
    assert "vapid: there already" in hub.says("keys")


def test_a_backup_in_a_folder_is_named_after_the_moment(hub: Hub) -> None:
    hub.set_up()
    (hub.folder / "backups").mkdir()
    hub.says("backup", str(hub.folder / "backups"))
    (made,) = (hub.folder / "backups").iterdir()
    assert re.fullmatch(r"hub-\d{8}T\d{6}Z\.db", made.name)


def test_a_backup_of_a_journal_with_a_fault_is_made_and_says_so(hub: Hub) -> None:
    hub.set_up()
    with sqlite3.connect(hub.folder / "data" / "hub.db") as connection:
        connection.execute("UPDATE journal SET facts = '{}'")
    connection.close()
    result = hub.run("backup", str(hub.folder / "backup.db"))
    assert (result.exit_code, result.stdout.splitlines()[3]) == (1, "solgaarden: row 1 was altered")
    assert (hub.folder / "backup.db").exists()


def test_a_hub_moves_to_postgresql_with_the_settings_that_it_will_run_with(hub: Hub, postgres: Postgres) -> None:
    hub.set_up()
    file = hub.folder / "data" / "hub.db"
    assert "HUB_DATABASE_URL: name the empty PostgreSQL database" in hub.refuses("migrate-store")
    there = {"HUB_DATABASE_URL": asyncio.run(postgres.make())}
    said = hub.says("migrate-store", **there).splitlines()
    assert "journal: 1" in said
    assert "place: 1" in said
    assert said[-3].startswith(f"Moved from {file} and read again there: ")
    assert said[-2].endswith(f"; start none on {file} again.")
    assert said[-1] == "solgaarden: 1 rows, whole"
    assert hub.says("verify-journal", **there) == "solgaarden: 1 rows, whole\n"
    assert "is not empty (contact, device, " in hub.refuses("migrate-store", **there)
    file.unlink()
    assert f"There is no database at {file}: name the SQLite file" in hub.refuses("migrate-store", **there)
    asyncio.run(postgres.forget(there["HUB_DATABASE_URL"]))
