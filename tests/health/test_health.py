"""What keeps the hub from doing its job is a sentence, a number and a word on every screen."""

from datetime import timedelta
from pathlib import Path

import pytest

from hub.health import ballast
from hub.health.faults import LEAST_FREE, Reading, faults, lesser
from hub.storage import journal
from hub.storage.sqlite import SqliteDatabase
from hub.web.render import catalogue
from tests.scenarios.conftest import Begin
from tests.scenarios.phones import Phone

SAY = catalogue("en")


def unwell(phone: Phone) -> list[list[str]]:
    found = [frame["faults"] for frame in phone.warnings if frame["code"] == "hub_unwell"]
    phone.warnings.clear()
    return found


@pytest.mark.parametrize(
    ("reading", "says"),
    [
        (Reading(refused="disk full"), "ballast may be deleted first"),
        (Reading(commit=timedelta(seconds=9)), "Writing takes 9 seconds"),
        (Reading(oldest_unsent=timedelta(seconds=31)), "A notice has waited 31 seconds"),
        (Reading(journal_lag=2), "2 rows are missing"),
        (Reading(dead_chores=("post",)), "The hub's own work post has stopped"),
        (Reading(unserved=("sms",)), "set it up, or take it out of the rule"),
        (Reading(disk_free=LEAST_FREE - 1), "Only 255 MiB are free"),
        (Reading(certificate_left=timedelta(days=3, hours=1)), "The certificate ends in 3 days"),
    ],
)
def test_each_fault_is_a_sentence_with_what_to_do(reading: Reading, says: str) -> None:
    (fault,) = faults(reading, SAY)
    assert says in fault
    assert ":" in fault


def test_a_hub_at_the_edge_of_every_limit_is_well() -> None:
    edge = Reading(
        commit=timedelta(seconds=2),
        oldest_unsent=timedelta(seconds=30),
        disk_free=LEAST_FREE,
        certificate_left=timedelta(days=14),
    )
    assert faults(edge, SAY) == ()


def test_a_hub_without_workers_does_its_job_and_says_so() -> None:
    alone = Reading(workerless=True)
    assert faults(alone, SAY) == ()
    (fault,) = lesser(alone, SAY)
    assert "No hub work is heard of" in fault
    assert lesser(Reading(), SAY) == ()


def test_a_journal_that_cannot_be_signed_is_said_with_its_reason() -> None:
    unsigned = Reading(unsigned=(("house", 7, "The master key 'k1' is not in keys/master.json: bring it back."),))
    assert faults(unsigned, SAY) == ()
    (fault,) = lesser(unsigned, SAY)
    assert "house has not been signed for 7 minutes: The master key 'k1'" in fault


async def test_a_chore_that_stops_is_told_to_every_screen_once_and_when_it_is_over(begin: Begin) -> None:
    house = await begin("anna nord")
    anna, board = await house.connect("anna", "board-vest")
    house.services.chores._fell["post"] = house.clock.now() + timedelta(seconds=4)
    await house.services.vigil.look()
    await house.services.vigil.look()
    assert unwell(anna) == [["Hubbens eget arbejde post er gået i stå: se i loggen, og start hubben igen."]]
    assert len(unwell(board)) == 1
    (bo,) = await house.connect("bo")
    assert len((await bo.asks("/health/ready", 503))["faults"]) == 1
    page = await house.http.get("/health")
    assert "er gået i stå" in page.text
    house.services.chores._fell.clear()
    await house.services.vigil.look()
    assert unwell(anna) == [[]]
    assert (await house.http.get("/health/ready")).json() == {"status": "ready", "faults": []}


async def test_numbers_for_prometheus_name_nobody(begin: Begin) -> None:
    house = await begin("anna nord")
    await house.connect("anna")
    text = (await house.http.get("/metrics")).text
    assert "hub_ready 1.0" in text
    assert "hub_sockets 1.0" in text
    assert "anna" not in text.lower()


async def test_a_journal_whose_end_was_cut_off_is_noticed(begin: Begin) -> None:
    house = await begin("anna nord")
    async with house.database.read() as tx:
        assert await journal.lag(tx) == 0
    assert isinstance(house.database, SqliteDatabase)
    house.database._connection.execute("UPDATE journal_head SET seq = seq + 1")
    assert (await house.http.get("/health/ready")).status_code == 503
    house.database._connection.execute("UPDATE journal_head SET seq = seq - 1")


async def test_the_heartbeat_is_called_every_minute_while_ready_and_not_when_unwell(begin: Begin) -> None:
    house = await begin("anna nord")
    calls = []

    async def beat() -> None:
        calls.append(house.clock.now())

    house.services.chores.start("heartbeat", lambda: house.services.vigil.beat(beat))
    await house.passes(61)
    assert len(calls) == 2
    house.services.chores._fell["post"] = house.clock.now() + timedelta(seconds=100)
    await house.passes(60)
    assert len(calls) == 2
    house.services.chores._fell.clear()


def test_the_ballast_is_laid_once_where_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ballast, "SIZE", 4096)
    monkeypatch.setattr(ballast, "ROOM", 8192)
    assert ballast.lay(tmp_path)
    assert (tmp_path / "ballast").stat().st_size == 4096
    assert ballast.lay(tmp_path)
    monkeypatch.setattr(ballast, "ROOM", 2**62)
    (tmp_path / "ballast").unlink()
    assert not ballast.lay(tmp_path)
