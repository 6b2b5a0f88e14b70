"""Statistics on the page and on paper: who sees what, what is hidden, and that a screen reader can read it."""

import asyncio
import io
import re
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from hub.cli import main
from hub.clock import SystemClock
from hub.incidents import amountstore
from hub.incidents.amounts import Amount, Came
from hub.people.setup import parse
from hub.roster.actions import setup_site
from hub.storage import journal
from hub.storage.database import Database
from tests.admin.desk import signed_in
from tests.incidents.test_pages import helped, noted, rows
from tests.incidents.test_statistics import MARCH
from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, House, local, site_text

USUAL = Amount(
    "house", "", MARCH, 0, 3, "nord", "room-nord", "alarm", False, Came.PRESSED, "real", False, 4, 90, 400, 0, 0, 0
)


async def filled(house: House, *amounts: Amount) -> None:
    numbered = [replace(one, alarm=f"{n}") for n, one in enumerate(amounts)]
    await house.database.write(lambda tx: amountstore.put(tx, numbered), of="house")


def table(page: str, id: str) -> str:
    """The section of one chart."""
    return page.partition(f'aria-labelledby="c-{id}"')[2].partition("</section>")[0]


def some(seed: int, n: int) -> list[Amount]:
    chance = Random(seed)
    return [
        replace(
            USUAL,
            month=MARCH - chance.randrange(3),
            weekday=chance.randrange(7),
            hour=chance.choice((2, 3, 14, 15, 16, 22)),
            unit=chance.choice(("nord", "nord", "syd")),
            drill=chance.random() < 0.2,
            outcome=chance.choice(("real", "real", "false")),
            withdrawn=chance.random() < 0.3,
            answered=chance.choice((30, 80, 300, None)),
            unanswered=chance.randrange(3),
        )
        for _ in range(n)
    ]


async def test_leaders_see_their_own_units_and_what_tells_of_somebody_is_hidden(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    await filled(house, *some(1, 90), *(replace(USUAL, unit="vest", hour=23, weekday=6) for _ in range(2)))
    leif, lone, anna = [await signed_in(house, who) for who in ("leif", "lone", "anna")]
    page = (await leif.get("/incidents/statistics")).text
    assert "Marts 2026" in page
    assert page.count('class="chart"') == page.count("<caption") > 6
    units = table(page, "units")
    assert re.search(r'Vest</th><td data-head="Alarmer">skjult', units)
    assert units.count("skjult</td>") == 2, "and one more, or it could be reckoned from the whole"
    assert "Inden 10 s – standarden siger 80 %" in table(page, "answered")
    assert 'id="c-violence"' not in page, "nothing was written"
    own = (await lone.get("/incidents/statistics")).text
    assert 'id="c-units"' not in own, "she leads one unit"
    assert "Vest" not in own
    assert (await lone.get("/incidents/statistics?unit=vest")).text.count("Vest") == 0
    assert (await anna.get("/incidents/statistics")).status_code == 403
    few = (await leif.get("/incidents/statistics?unit=vest")).text
    assert "færre end 3" in few
    assert 'class="chart"' not in few
    seen = await rows(house, "statistics_read")
    assert [(one.actor, one.facts["unit"]) for one in seen] == [
        ("leif", "vest"), ("lone", None), ("lone", None), ("leif", None)
    ]  # fmt: skip


async def test_kinds_and_follow_ups_are_for_those_who_read_the_papers(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    await noted(house, await helped(house))
    await filled(house, *some(2, 30))
    leif, lone, ada = [await signed_in(house, who) for who in ("leif", "lone", "ada")]
    page = (await leif.get("/incidents/statistics")).text
    assert "For få til at vise" in table(page, "violence")
    assert "udeladt" in table(page, "tasks")
    for other in (lone, ada):
        shown = (await other.get("/incidents/statistics")).text
        assert 'id="c-violence"' not in shown
        assert 'id="c-tasks"' not in shown


def read(pdf: bytes) -> tuple[str, PdfReader]:
    reader = PdfReader(io.BytesIO(pdf))
    return "\n".join(page.extract_text() for page in reader.pages), reader


def root_of(reader: PdfReader) -> Any:
    return reader.trailer["/Root"]


def tags(reader: PdfReader) -> set[str]:
    """Every sort of tag in the document."""
    found: set[str] = set()
    ahead = [root_of(reader)["/StructTreeRoot"]]
    while ahead:
        node = ahead.pop().get_object()
        if isinstance(node, list):
            ahead += node
        elif isinstance(node, dict):
            found.add(str(node.get("/S", "")))
            ahead += [node["/K"]] if "/K" in node else []
    return found


async def test_a_month_is_taken_along_as_a_tagged_paper_in_danish(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    await filled(house, *some(3, 60), *(replace(USUAL, hour=1) for _ in range(4)))
    leif = await signed_in(house, "leif")
    answer = await leif.get("/incidents/statistics.pdf?to=2026-03&from=2026-01")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    text, reader = read(answer.content)
    assert "Alarmer · Marts 2026" in text
    assert "Værd at tale om" in text
    assert "Rum i nord" in text
    assert "Side 1 af" in text
    root = root_of(reader)
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("da", True)
    assert {"/H1", "/Table", "/TH", "/TD", "/Figure", "/L"} <= tags(reader)
    assert b"pdfuaid" in reader.xmp_metadata.stream.get_data() if reader.xmp_metadata else False
    (taken,) = await rows(house, "statistics_taken")
    assert (taken.actor, taken.facts["month"]) == ("leif", "2026-03")


def test_the_command_writes_the_same_paper_and_says_how_a_month_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path))

    async def house() -> None:
        database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}")
        await setup_site(database, parse(site_text([], local("2026-03-10T14:00"))), RULES, SystemClock())
        await database.write(
            lambda tx: amountstore.put(tx, [replace(USUAL, alarm=f"{n}") for n in range(4)]), of="house"
        )
        await database.close()

    async def noted_down() -> list[journal.Entry]:
        database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}")
        async with database.read() as tx:
            found = await journal.newest_of(tx, "house", 5, frozenset({"statistics_taken"}))
        await database.close()
        return found

    asyncio.run(house())
    wrong = CliRunner().invoke(main, ["report", str(tmp_path / "a.pdf"), "--month", "marts"])
    assert (wrong.exit_code, "write it like 2026-10" in wrong.output) == (1, True)
    done = CliRunner().invoke(main, ["report", str(tmp_path / "a.pdf"), "--month", "2026-03", "--language", "en"])
    assert (done.exit_code, "4 alarms, 0 drills" in done.output) == (0, True), done.output
    text, _ = read((tmp_path / "a.pdf").read_bytes())
    assert "Alarms · March 2026" in text
    (taken,) = asyncio.run(noted_down())
    assert taken.actor is None
    counted_anew = CliRunner().invoke(main, ["report", str(tmp_path / "b.pdf"), "--month", "2026-03", "--recount"])
    assert "0 alarms" in counted_anew.output, "what no journal tells of is gone"
