"""A new master key while the hub runs: nothing is lost at any moment, and the old one goes once nothing needs it."""

import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import hub.app  # noqa: F401 - every room declares its tables when it is imported
from hub.alarms.replies import Replies, Reply
from hub.cli import main
from hub.clock import ManualClock
from hub.errors import Conflict, Unavailable
from hub.people.enrolment import CodeGone, Codes
from hub.storage import boundtexts, keyfile, resealstore, secrets
from hub.storage.database import Database, Transaction
from hub.storage.keyfile import FILE
from hub.storage.resealing import GONE_AFTER, SIGNED_LASTS, Resealing, sealed_columns, standing
from hub.storage.vault import Vault, open_vault
from tests.databases import Kind, on_both

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OURS = "house"
TEXTS = 70


Made = tuple[Database, str]


@pytest.fixture
async def house(kind: Kind) -> AsyncIterator[Made]:
    url = await kind.make()
    database = await Database.open(url)
    yield database, url
    await database.close()
    await kind.forget(url)


async def write(database: Database, vault: Vault, first: int, many: int) -> None:
    async def action(tx: Transaction) -> None:
        for number in range(first, first + many):
            texts = {"note": f"Beboer Bent {number}"}
            await boundtexts.append(vault, tx, OURS, NOON, "raised", f"alarm-{number}", "anna", {}, texts)
        await secrets.keep(tx, vault, f"secret-{first}", b"hemmelig")

    await database.write(action, of=OURS)


async def read(database: Database, vault: Vault) -> list[str]:
    async with database.read() as tx:
        seqs = await boundtexts.rows_with(tx, OURS)
        return [one.text for one in await boundtexts.of_rows(tx, vault, OURS, seqs)]


def keys_in(kind: Kind, url: str) -> set[str]:
    columns = [one.name.split(".") for one in sealed_columns()]
    found = kind.look(url, " UNION ALL ".join(f"SELECT {column} FROM {table}" for table, column in columns))
    return {row[0].partition(".")[0] for row in found if row[0]}


@on_both
async def test_everything_is_sealed_anew_while_others_write_and_hubs_are_killed(
    house: Made, kind: Kind, tmp_path: Path
) -> None:
    database, url = house
    clock, chance = ManualClock(NOON), random.Random(7)
    vault = open_vault(tmp_path)
    old = vault.kept.current
    await write(database, vault, 0, TEXTS)
    name = keyfile.add(tmp_path / FILE)
    with pytest.raises(Conflict, match="still goes on"):
        keyfile.add(tmp_path / FILE)

    def hub(node: str) -> Resealing:
        return Resealing(database, clock, open_vault(tmp_path), node, several=True)

    hubs, written, late = [hub("a"), hub("b")], TEXTS, Vault(vault.keys, old)
    while keys_in(kind, url) != {name}:
        for place, node in enumerate("ab"):
            await hubs[place].look()
            if chance.random() < 0.3:
                hubs[place] = hub(node)  # it was killed, and starts again
        await write(database, chance.choice((vault, late)) if written < TEXTS + 30 else vault, written, 5)
        written += 5
        clock.advance(1)
        assert await read(database, vault) == [f"Beboer Bent {number}" for number in range(written)]
    assert (vault.kept.current, vault.kept.before) == (name, (old,)), "codes that the old key has signed are still good"
    clock.advance(SIGNED_LASTS.total_seconds())
    for one in hubs * 60:
        await one.look()
    assert list(vault.keys) == [name]
    assert await read(database, vault) == [f"Beboer Bent {number}" for number in range(written)]
    assert json.loads((tmp_path / f"keys/retired-{old}.json").read_text())["current"] == old
    async with database.read() as tx:
        assert await secrets.find(tx, vault, "secret-0") == b"hemmelig"


@on_both
async def test_a_hub_on_another_machine_gets_its_key_before_anybody_uses_it(
    house: Made, kind: Kind, tmp_path: Path
) -> None:
    database, url = house
    clock = ManualClock(NOON)
    here, there = tmp_path / "here", tmp_path / "there"
    open_vault(here)
    (there / FILE).parent.mkdir(parents=True)
    (there / FILE).write_bytes((here / FILE).read_bytes())
    hubs = [Resealing(database, clock, open_vault(one), one.name, several=True) for one in (here, there)]
    await write(database, open_vault(here), 0, 3)
    for one in hubs:
        await one.look()
    name = keyfile.add(here / FILE)
    for one in (*hubs, *hubs):
        await one.look()
    found = await standing(database, open_vault(here), clock.now())
    assert (found.kept.current != name, found.lacking) == (True, ["there"])
    (there / FILE).write_bytes((here / FILE).read_bytes())
    for one in (hubs[1], *hubs * 30):
        await one.look()
    assert [open_vault(one).kept.current for one in (here, there)] == [name, name]
    assert keys_in(kind, url) == {name}
    old = next(iter(open_vault(here).kept.before))
    stranger = Vault({old: open_vault(here).keys[old]}, old)
    with pytest.raises(Unavailable, match=rf"Other hubs seal with the master key {name}: copy their keys/master.json"):
        await Resealing(database, clock, stranger, "late", several=True).look()
    clock.advance(GONE_AFTER.total_seconds() + 1)
    await hubs[0].look()
    async with database.read() as tx:
        assert [one.node for one in await resealstore.holders(tx)] == ["here"]


async def test_a_row_that_cannot_be_opened_keeps_its_key_and_no_other_from_going_on(kind: Kind, tmp_path: Path) -> None:
    async with kind.opened() as database:
        clock, vault = ManualClock(NOON), open_vault(tmp_path)
        await write(database, vault, 0, 3)
        await database.write(lambda tx: secrets.keep(tx, Vault(vault.keys, vault.kept.current), "x", b"x"))
        moved = secrets.secret.update().where(secrets.secret.c.name == "x").values(name="y")
        await database.write(lambda tx: tx.run(moved))
        old, name = vault.kept.current, keyfile.add(tmp_path / FILE)
        chore = Resealing(database, clock, vault, "a", several=False)
        for _ in range(60):
            await chore.look()
        clock.advance(SIGNED_LASTS.total_seconds())
        await chore.look()
        found = await standing(database, vault, clock.now())
        assert (found.kept.current, found.rows) == (name, {old: 1, name: 4})


def test_the_file_is_whole_whoever_is_killed_while_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = open_vault(tmp_path)
    before = (tmp_path / FILE).read_bytes()
    sealed = vault.seal(b"ord", "row/1")

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dies)
        with pytest.raises(KeyboardInterrupt):
            keyfile.add(tmp_path / FILE)
    assert (tmp_path / FILE).read_bytes() == before
    name = keyfile.add(tmp_path / FILE)
    keyfile.take_up(tmp_path / FILE, NOON)
    keyfile.take_up(tmp_path / FILE, NOON + timedelta(days=1))
    assert (vault.kept.current, vault.kept.since) == (name, NOON)
    assert vault.open(sealed, "row/1") == b"ord"
    assert vault.seal(b"ord", "row/1").startswith(f"{name}.")
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    keyfile.retire(tmp_path / FILE, name)
    assert name in vault.keys, "what seals does not go"
    (tmp_path / FILE).write_text("{}")
    with pytest.raises(Unavailable, match="is not the key file that the hub wrote"):
        vault.seal(b"ord", "row/1")


def test_what_an_old_key_has_signed_is_known_until_it_goes(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    codes, replies = Codes(vault.derived("enrolment")), Replies(vault.derived("replies"))
    code, reply = codes.code("abcdefghijkl"), Reply(OURS, "alarm-1", "anna")
    token, old = replies.token(reply, NOON), vault.kept.current
    keyfile.add(tmp_path / FILE)
    keyfile.take_up(tmp_path / FILE, NOON)
    assert codes.code("abcdefghijkl") != code
    assert (codes.id_in(code), replies.read(token, NOON)) == ("abcdefghijkl", reply)
    keyfile.retire(tmp_path / FILE, old)
    with pytest.raises(CodeGone):
        codes.id_in(code)


def test_the_commands_make_a_key_and_say_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "data"))
    house = '[institution]\nid = "h"\nname = "H"\nmunicipality = "29189999"\n'
    (tmp_path / "site.toml").write_text(house + 'timezone = "Europe/Copenhagen"\nrules = "botilbud"\n', "utf-8")
    run = CliRunner()
    run.invoke(main, ["setup", str(tmp_path / "site.toml"), "--tokens", str(tmp_path / "tokens.json")])
    first = run.invoke(main, ["keys"]).output.splitlines()[0]
    assert first.endswith("rows; seals what is written now"), first
    made = run.invoke(main, ["keys", "rotate-master"])
    assert "made. Every hub and worker that is running takes it up" in made.output, made.output
    assert run.invoke(main, ["keys", "rotate-master"]).exit_code == 1
    said = run.invoke(main, ["keys"]).output
    assert "3 rows; seals what is written now" in said, said
    assert "0 rows; is taken up once it is at every hub" in said
