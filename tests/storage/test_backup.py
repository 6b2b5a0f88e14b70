"""A back-up of either database is one file; what is restored from it goes on under cursors of its own."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from shutil import copytree, ignore_patterns
from uuid import uuid4

import pytest

import hub.app  # noqa: F401 - every room declares its tables when it is imported
from hub.errors import Conflict, HubError, Unavailable
from hub.storage import journal, migrate, secrets
from hub.storage.backup import Copied, back_up, restore
from hub.storage.database import Database, metadata
from hub.storage.journal import Verdict
from tests.databases import Files, Kind, Postgres, on_both
from tests.storage.hubfull import NOON, OURS, THEIRS, VAULT, filled, rows_in

LATER = NOON + timedelta(days=1)
WHOLE = [Verdict(THEIRS, 2), Verdict(OURS, 9)]


@pytest.fixture
async def url(kind: Kind) -> AsyncIterator[str]:
    """A database with something in it."""
    made = await kind.make(filled)
    yield made
    await kind.forget(made)


@pytest.fixture
async def elsewhere(kind: Kind) -> AsyncIterator[str]:
    """Where nothing is yet."""
    made = await kind._bare(f"elsewhere{uuid4().hex[:8]}")
    yield made
    with suppress(FileNotFoundError):
        await kind.forget(made)


@pytest.fixture
async def backup(url: str, tmp_path: Path) -> Path:
    await back_up(url, tmp_path / "backup.db")
    return tmp_path / "backup.db"


def names(folder: Path) -> list[str]:
    """What is in a folder, if it is there."""
    return sorted(one.name for one in folder.glob("*"))


async def restored(backup: Path, url: str, later: timedelta = timedelta()) -> Copied:
    return await restore(backup, url, backup.parent / "data", LATER + later)


@on_both
async def test_a_backup_holds_every_table_in_one_file_that_only_its_owner_reads(url: str, tmp_path: Path) -> None:
    to = tmp_path / "backup.db"
    copied = await back_up(url, to)
    assert copied.verdicts == WHOLE
    assert copied.keys == {"k1"}
    assert set(copied.rows) == set(metadata.tables)
    assert (copied.rows["journal"], copied.rows["secret"], copied.rows["alarm"]) == (11, 1, 0)
    assert {name: len(rows) for name, rows in rows_in(to).items()} == {**copied.rows, "alembic_version": 1}
    assert to.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["backup.db"]


@on_both
async def test_a_backup_is_of_one_moment_though_hubs_write(url: str, kind: Kind, tmp_path: Path) -> None:
    database = await Database.open(url)
    for number in range(3):
        await database.write(lambda tx: journal.append(tx, OURS, NOON, "event"), of=OURS)
        copied = await back_up(url, tmp_path / f"{number}.db")
        assert copied.verdicts == [Verdict(THEIRS, 2), Verdict(OURS, 10 + number)]
    await database.close()
    assert kind.look(url, "SELECT count(*) FROM journal") == [(14,)]


@on_both
async def test_what_is_restored_is_what_was_and_opens_with_the_same_keys(backup: Path, elsewhere: str) -> None:
    copied = await restored(backup, elsewhere)
    assert copied.verdicts == [Verdict(THEIRS, 3), Verdict(OURS, 10)]
    assert copied.keys == {"k1"}
    database = await Database.open(elsewhere)
    async with database.read() as tx:
        entries = await journal.after(tx, OURS, 0, 100)
        assert await secrets.find(tx, VAULT, "vapid") == b"secret"
        assert await journal.lag(tx) == 0
    await database.close()
    assert [one.seq for one in entries[:9]] == list(range(1, 10))
    assert (entries[9].event, entries[9].at, entries[9].facts) == ("restored", LATER, {"reached": 9})
    assert not names(backup.parent / "data")


async def test_a_backup_of_either_is_restored_into_the_other(files: Files, postgres: Postgres, tmp_path: Path) -> None:
    for source, target in ((files, postgres), (postgres, files)):
        to = tmp_path / f"{type(source).__name__}.db"
        await back_up(await source.make(filled), to)
        copied = await restored(to, await target._bare(f"other{uuid4().hex[:8]}"))
        assert copied.verdicts == [Verdict(THEIRS, 3), Verdict(OURS, 10)]


@on_both
async def test_each_restoring_begins_far_from_every_cursor_before_it(
    kind: Kind, backup: Path, elsewhere: str, tmp_path: Path
) -> None:
    await restored(backup, elsewhere)
    database = await Database.open(elsewhere)
    async with database.read() as tx:
        first = await journal.heads(tx)
    more = await database.write(lambda tx: journal.append(tx, OURS, LATER, "event"), of=OURS)
    await database.close()
    await back_up(elsewhere, tmp_path / "second.db")
    second, twice = [await kind._bare(f"again{uuid4().hex[:8]}") for _ in range(2)]
    # A clock that stands behind changes nothing: what was reached is left far behind all the same.
    await restored(tmp_path / "second.db", second, -timedelta(days=400))
    await restored(backup, twice, timedelta(seconds=1))
    heads = []
    for one in (second, twice):
        database = await Database.open(one)
        async with database.read() as tx:
            heads.append((await journal.heads(tx))[OURS])
            assert (await journal.verify(tx, OURS)).whole
        await database.close()
        await kind.forget(one)
    assert first[OURS] - 9 > 1_000_000
    assert more.seq == first[OURS] + 1
    assert min(abs(head - cursor) for head in heads for cursor in (9, first[OURS], more.seq)) > 900_000
    # A browser keeps a cursor as a floating-point number.
    assert max(heads) < 2**53


@on_both
async def test_only_an_empty_hub_is_restored(backup: Path, url: str, kind: Kind) -> None:
    with pytest.raises(Conflict, match=r"is there already: restore into an empty folder|is not empty \(journal, "):
        await restored(backup, url)
    assert kind.look(url, "SELECT count(*) FROM journal") == [(11,)]


async def test_writes_that_were_left_beside_the_file_are_not_mixed_into_a_restored_one(
    backup: Path, elsewhere: str
) -> None:
    left = Files.file(elsewhere)
    left.parent.mkdir()
    left.with_name("hub.db-wal").write_bytes(b"the newest of another")
    with pytest.raises(Conflict, match=r"hub\.db-wal is there already: restore into an empty folder"):
        await restored(backup, elsewhere)


@on_both
@pytest.mark.parametrize("where", ["in the database", "in the back-up"])
async def test_what_a_newer_hub_has_written_is_refused_and_nothing_is_left(
    url: str, kind: Kind, backup: Path, elsewhere: str, where: str
) -> None:
    newer = "UPDATE alembic_version SET version_num = '9999'"
    again = backup.with_name("again.db")
    if where == "in the database":
        kind.look(url, newer if isinstance(kind, Files) else f"{newer} RETURNING 1")
        with pytest.raises(migrate.NewerSchema, match="has schema 9999, which this version of the hub does not know"):
            await back_up(url, again)
    else:
        with closing(sqlite3.connect(backup)) as opened, opened:
            opened.execute(newer)
        with pytest.raises(migrate.NewerSchema, match=r"backup\.db has schema 9999.*: start the newer version"):
            await restored(backup, elsewhere)
    assert names(backup.parent) in (["backup.db"], ["backup.db", "data"])
    assert not names(backup.parent / "data")
    if isinstance(kind, Files):
        assert not names(Files.file(elsewhere).parent)


@on_both
async def test_a_backup_of_an_older_hub_is_brought_up_to_date_when_it_is_restored(
    kind: Kind, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "migrations"
    copytree(migrate.MIGRATIONS, older, ignore=ignore_patterns("__pycache__"))
    for later in sorted((older / "versions").glob("0*.py"))[2:]:
        later.unlink()
    old = await kind._bare(f"old{uuid4().hex[:8]}")
    with monkeypatch.context() as then:
        then.setattr(migrate, "MIGRATIONS", older)
        await (await Database.open(old)).close()
    copied = await back_up(old, tmp_path / "backup.db")
    assert rows_in(tmp_path / "backup.db")["alembic_version"] == [("0002",)]
    assert kind.look(old, "SELECT version_num FROM alembic_version") == [("0002",)]
    assert set(copied.rows) < set(metadata.tables)
    assert set((await restored(tmp_path / "backup.db", elsewhere)).rows) == set(metadata.tables)
    await kind.forget(old)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"Dear diary, today nothing happened. " * 200, r"was broken off \(file is not a database\)"),
        (b"", r"backup\.db is not a hub's database: name the file of one"),
    ],
)
async def test_what_is_no_backup_is_refused(tmp_path: Path, elsewhere: str, content: bytes, says: str) -> None:
    (tmp_path / "backup.db").write_bytes(content)
    with pytest.raises(HubError, match=says):
        await restored(tmp_path / "backup.db", elsewhere)
    assert not names(Files.file(elsewhere).parent)


def damage(backup: Path) -> None:
    """Writes over the beginning of the journal."""
    with closing(sqlite3.connect(backup)) as opened:
        (page,) = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'").fetchone()
        (size,) = opened.execute("PRAGMA page_size").fetchone()
    with backup.open("r+b") as file:
        file.seek((page - 1) * size + 8)
        file.write(bytes(32))


async def test_a_damaged_backup_is_refused(backup: Path, elsewhere: str) -> None:
    damage(backup)
    with pytest.raises(
        Unavailable, match=r"backup\.db is damaged \(|was broken off \(database disk image is malformed"
    ):
        await restored(backup, elsewhere)


async def test_a_run_that_was_broken_off_is_told_of_and_started_over(url: str, tmp_path: Path) -> None:
    to = tmp_path / "backup.db"
    left = tmp_path / "backup.db.part"
    left.write_bytes(b"half of it")
    with pytest.raises(
        Conflict, match=r"backup\.db\.part is there: a run was broken off.*delete it and run this again"
    ):
        await back_up(url, to)
    assert left.read_bytes() == b"half of it"
    left.unlink()
    await back_up(url, to)
    before = to.read_bytes()
    with pytest.raises(Conflict, match=r"backup\.db is there already: name another file"):
        await back_up(url, to)
    assert to.read_bytes() == before


async def test_a_folder_that_is_not_there_is_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"The back-up was broken off \(.*No such file or directory: .*nowhere"):
        await back_up(url, tmp_path / "nowhere" / "backup.db")


@on_both
async def test_a_fault_in_the_journal_is_kept_and_named(url: str, kind: Kind, elsewhere: str, tmp_path: Path) -> None:
    change = f"UPDATE journal SET facts = '{{}}' WHERE institution = '{OURS}' AND seq = 4 RETURNING 1"
    kind.look(url, change)
    faults = [one.fault for one in (await back_up(url, tmp_path / "backup.db")).verdicts]
    assert faults == [None, "row 4 was altered"]
    faults = [one.fault for one in (await restored(tmp_path / "backup.db", elsewhere)).verdicts]
    assert faults == [None, "row 4 was altered"]
