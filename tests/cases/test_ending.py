"""When a case of the register goes: after its time, and never while something on it waits or somebody holds it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from hub.cases.case import Case, Fact, What, more
from hub.cases.ending import CaseRetention, Stay, ending
from hub.cases.practice import Area
from hub.clock import ManualClock
from hub.incidents.retention import Keep, Period, RetentionBook
from hub.incidents.retentionfile import retention_book
from hub.kle.kle import Plan
from hub.kle.klestore import keep_edition
from hub.people.files import read_text
from hub.ports import Progress
from tests.admin.desk import Browser, signed_in
from tests.cases.editions import both
from tests.cases.test_handover import events
from tests.cases.test_placing import HELD, LONG, about, citizen, practised
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import COPENHAGEN as ZONE
from tests.scenarios.world import House

RULES = Path("retention_rules")
# After which even what is kept for thirty-five years would have gone.
LATER = datetime(2062, 1, 1, 12, tzinfo=UTC)


def book() -> RetentionBook:
    shipped = next(iter(sorted(RULES.glob("*.toml"))))
    return retention_book(read_text(shipped), shipped.name)


def closed(number: str, opened: str, over: str, *more_of_it: What) -> Case:
    case = Case("house", "c", "TH-S-1", Area.ADULTS, "nord", None)
    told = [(What.STATE, Progress.ARISEN.value, opened), (What.CLASSED, f"{number} G01", opened)]
    told += [(What.STATE, Progress.CLOSED.value, over)] if over else []
    told += [(what, "", over) for what in more_of_it]
    for what, about_it, day in told:
        at = datetime.fromisoformat(f"{day}T22:30").replace(tzinfo=ZONE)
        case = more(case, Fact(0, what, at, "leif", at, about_it, "ord"))
    return case


@pytest.mark.parametrize(
    ("case", "today", "needed", "expected"),
    [
        (closed("87.15.00", "2025-06-01", "2026-01-02"), date(2030, 1, 1), False, Stay.KEPT),
        (closed("87.15.00", "2025-06-01", ""), date(2090, 1, 1), False, Stay.KEPT),
        (closed("87.15.00", "2025-06-01", "2026-01-02"), date(2031, 1, 1), False, Stay.ARCHIVE),
        (closed("87.15.00", "2025-06-01", "2026-01-02", What.ARCHIVED), date(2031, 1, 1), False, Stay.DUE),
        (closed("87.15.00", "2025-06-01", "2026-01-02", What.ARCHIVED), date(2031, 1, 1), True, Stay.NEEDED),
        (closed("87.15.00", "2016-06-01", "2020-01-02"), date(2025, 1, 1), False, Stay.DUE),
        (closed("87.15.00", "2016-06-01", "2020-01-02", What.HELD), date(2025, 1, 1), False, Stay.HELD),
        (closed("81.29.01", "2016-06-01", "2026-01-02"), date(2031, 1, 1), False, Stay.DUE),
        (closed("81.29.01", "2025-06-01", "2026-01-02"), date(2031, 1, 1), False, Stay.KEPT),
    ],
)
def test_why_a_case_stays_by_the_edition_of_the_day_that_it_was_opened(
    case: Case, today: date, needed: bool, expected: Stay
) -> None:
    found = ending(case, KEPT, ZONE)
    assert found is not None
    assert found.stay(case, today, needed=needed) is expected


def test_no_time_runs_where_no_rule_speaks_of_the_number_or_the_incident_says_it() -> None:
    case = closed("12.34.56", "2016-06-01", "2020-01-02")
    assert ending(case, KEPT, ZONE) is None
    of_an_incident = replace(closed("87.15.00", "2016-06-01", "2020-01-02"), incident="i")
    assert ending(of_an_incident, KEPT, ZONE) is None


def _kept() -> RetentionBook:
    early, late, by = date(2015, 8, 1), date(2025, 5, 1), "KLE"
    return replace(
        book(),
        periods={
            **book().periods,
            "87.15.00": (Period(early, Keep.DISCARD, 1825, by), Period(late, Keep.ARCHIVE, 1825, by)),
            "81.29.01": (Period(early, Keep.DISCARD, 1825, by), Period(late, Keep.DISCARD, 12775, by)),
        },
    )


KEPT = _kept()


async def opened(leif: Browser, title: str, kle: str, *facts: dict[str, str]) -> str:
    """A case of the register that is closed by now, and what else is so of it; its id."""
    form = {"area": "voksensocial", "unit": "nord", "title": title, "since": "2026-01-02", "kle": kle}
    made = (await leif.post("/cases/register", form)).headers["location"].partition("?")[0]
    for fact in (*facts, {"what": "state", "state": "Afsluttet", "since": "2026-01-03"}):
        answer = await leif.post(f"{made}/facts", fact)
        assert answer.status_code == 303, (fact, answer.text)
    return made.rpartition("/")[2]


async def written_on(house: House, leif: Browser) -> str:
    """A closed case with a record on it that no case system has taken."""
    bent = await citizen(leif)
    await practised(leif, "voksensocial", **LONG, **HELD)
    await house.passes(60)
    form = {"area": "voksensocial", "unit": "nord", "title": "Med notat", "kle": "27.66.08", "citizen": bent}
    case = (await leif.post("/cases/register", form)).headers["location"].partition("?")[0].rpartition("/")[2]
    which = await about(house, leif)
    assert (await leif.post(f"/cases/{which}/place", {"citizen": bent, "case": case})).status_code == 303
    for fact in ({"what": "archived", "words": "A-3"}, {"what": "state", "state": "Afsluttet"}):
        assert (await leif.post(f"/cases/register/{case}/facts", fact)).status_code == 303
    return case


@on_both
async def test_what_is_due_goes_with_all_that_pointed_at_it_and_the_rest_says_why_it_stays(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    leif = await signed_in(house, "leif")
    for edition in both().editions:
        keep = partial(keep_edition, plan=Plan.SUBJECTS, edition=edition, sha256="x", now=house.clock.now())
        await house.database.write(keep)
    archived, held = {"what": "archived", "words": "A-1"}, {"what": "held", "words": "Klage"}
    cases = {
        Stay.DUE: await opened(leif, "Forfalden", "27.66.08", archived),
        Stay.HELD: await opened(leif, "Holdt", "27.66.08", archived, held),
        Stay.ARCHIVE: await opened(leif, "Til arkivet", "27.66.08"),
        Stay.NEEDED: await written_on(house, leif),
    }
    pointing = await opened(leif, "Peger", "00.01.10", {"what": "case", "other": cases[Stay.DUE]})
    clock = ManualClock(LATER)
    retention = CaseRetention(house.database, clock, house.services.incidents.seals)
    assert [one async for one in retention.ahead("house", house.clock.now())] == []
    ahead = {one.case.id: one.stay async for one in retention.ahead("house", clock.now())}
    assert ahead == {which: stay for stay, which in cases.items()} | {pointing: Stay.ARCHIVE}
    assert (await leif.get(f"/cases/register/{cases[Stay.DUE]}")).status_code == 200, "a look ahead deletes nothing"
    assert "Forfalden" in (await leif.get(f"/cases/register/{pointing}")).text

    assert await retention.look() == 1
    assert (await leif.get(f"/cases/register/{cases[Stay.DUE]}")).status_code == 404
    for stay in (Stay.HELD, Stay.ARCHIVE, Stay.NEEDED):
        assert (await leif.get(f"/cases/register/{cases[stay]}")).status_code == 200, stay
    left = (await leif.get(f"/cases/register/{pointing}")).text
    assert cases[Stay.DUE] not in left, "no link leads to what is gone"
    assert left.count("En sag, der er slettet") == 2, "that it pointed there, and does no more"
    (proof,) = await events(house, "case_erased")
    assert proof.facts == {"kle": "27.66.08", "edition": "2025-05-01", "days": 1825}
    page = (await leif.get(f"/cases/register/{cases[Stay.HELD]}")).text
    hold = page.partition("Klage")[2].partition("/facts/")[2].partition("/end")[0]
    assert (await leif.post(f"/cases/register/{cases[Stay.HELD]}/facts/{hold}/end")).status_code == 303
    assert await retention.look() == 1, "nobody holds it any more"
    assert await retention.look() == 0
