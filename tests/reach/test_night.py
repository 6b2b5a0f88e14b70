"""Holes in the coming roster: looked for every night, told in the morning, and shown on a page and by a command."""

import asyncio

import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.reach import holestore
from hub.storage import journal
from tests.admin.desk import signed_in
from tests.databases import on_both
from tests.reach.test_warning import ONE
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

RULES = "may_close = true\n" + ONE
ANNA = "anna vest active 2026-03-12T20:00:00 2026-03-13T03:40:00"
VERA = "vera vest active 2026-03-12T20:00:00 2026-03-13T03:10:00"
HOLE = "Torsdag 12/3 20:00 – fredag 13/3 03:40: ingen inden for 90 s"


def told(house: House) -> list[tuple[str, str]]:
    assert house.sms is not None
    return [(number, one.text) for number, one in house.sms.sent if one.title == "Huller i den kommende vagtplan"]


async def nights(house: House) -> list[dict[str, object]]:
    async with house.database.read() as tx:
        return [dict(entry.facts) for entry in await journal.about(tx, "house", "holes:ahead")]


@on_both
async def test_those_who_plan_hear_in_the_morning_of_holes_that_are_new(begin: Begin) -> None:
    house = await begin(ANNA, VERA, rules=RULES, sms=True)
    await house.passes(1)
    assert not told(house)
    await house.is_asleep_until("2026-03-11T02:59:58")
    await house.passes(60)
    assert await nights(house) == [{"holes": 1, "new": 1, "units": ["vest"]}]
    assert not told(house), "nobody is woken for it"

    await house.is_asleep_until("2026-03-11T08:00:00")
    await house.passes(2)
    text = "Nye huller: 1. Det første er i Vest. Fredag 13/3 03:10–03:40: ingen inden for 90 s."
    assert told(house) == [("+4520000008", text)], "Leif manages; Lone leads only nord"

    await house.is_asleep_until("2026-03-12T03:00:30")
    await house.passes(60)
    await house.is_asleep_until("2026-03-12T08:00:30")
    await house.passes(2)
    assert len(told(house)) == 1, "the same hole is told once"
    async with house.database.read() as tx:
        look = await holestore.last(tx, "house")
    assert look is not None
    assert len(look.found) == 1


async def test_the_page_shows_the_holes_of_the_units_that_one_leads(begin: Begin) -> None:
    house = await begin(ANNA, rules=RULES)
    pages = {who: await (await signed_in(house, who)).get("/holes") for who in ("leif", "lone", "anna")}
    assert {who: page.status_code for who, page in pages.items()} == {"leif": 200, "lone": 200, "anna": 403}
    assert HOLE in pages["leif"].text
    assert HOLE not in pages["lone"].text
    assert "Ingen huller i de kommende 14 dage." in pages["lone"].text
    assert 'href="/holes"' in (await (await signed_in(house, "lone")).get("/")).text


async def test_the_command_lists_them_in_both_languages(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await begin("anna vest active 2000-01-01T00:00:00 2100-01-01T00:00:00", rules=RULES)
    monkeypatch.setenv("HUB_DATA", str(house.folder))
    monkeypatch.setenv("HUB_DATABASE_URL", house.url)

    async def said(*words: str) -> str:
        return (await asyncio.to_thread(CliRunner().invoke, main, ["holes", *words])).output

    danish = await said("--days", "3")
    assert danish.startswith("Vest: ")
    assert danish.endswith(": ingen inden for 90 s\n")
    assert (await said("--language", "en")).endswith(": nobody within 90 s\n")
    assert await said("--unit", "syd", "--language", "en") == "No holes in the coming 14 days.\n"
    assert "there is nord, syd, vest" in await said("--unit", "øst")
