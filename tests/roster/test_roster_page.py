"""The roster page through the served hub: what each may see, what a shift lead changes, and that alarms follow."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from xml.etree.ElementTree import fromstring
from zipfile import ZipFile

from hub.roster import absencestore, reststore, sourcestore, store
from hub.roster.byhand import SOURCE
from hub.roster.shift import Absence, Away, Shift
from hub.roster.sourcestore import Source
from hub.storage import journal
from hub.storage.vault import Vault
from tests.admin.desk import signed_in
from tests.databases import on_both
from tests.scenarios.conftest import Begin, begin, empty_database
from tests.scenarios.world import RULES, House

__all__ = ["begin", "empty_database"]
VAULT = Vault({"k": b"k" * 32}, "k")
NEW = {"unit": "nord", "person": "carl", "duty": "active", "day": "2026-03-10", "from": "14:00", "to": "22:00"}
LATE = "bo nord active 2026-03-12T14:00:00 2026-03-12T23:00:00"
EARLY = NEW | {"person": "bo", "day": "2026-03-13", "from": "07:00", "to": "15:00"}
SAYS = "Bo: 8 t hvil i de 24 timer før 2026-03-13 15:00; Arbejdsmiljøloven og arbejdstidsloven kræver 11 t."


async def made(house: House) -> list[Shift]:
    """The shifts that were made on the page."""
    async with house.database.read() as tx:
        return sorted((await store.of_source(tx, "house", SOURCE)).values(), key=lambda one: one.starts)


async def on_duty(house: House) -> set[str]:
    async with house.database.read() as tx:
        return {one.person for one in (await store.duty(tx, "house", house.clock.now())).on_duty}


def rows(text: str) -> str:
    """The table of the page, as a person reads it."""
    found = re.findall(r"<tbody>.*?</tbody>", text, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", " ".join(found)))


@on_both
async def test_a_shift_is_made_moved_and_taken_off_and_the_open_alarm_follows(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, carl, nora = await house.connect("anna", "bo", "carl", "nora")
    lone = await signed_in(house, "lone")
    await anna.presses()
    house.hear("raised", anna, bo, told=1)
    done = await lone.post("/roster/shifts/new", NEW | {"back": "by=person"})
    assert (done.status_code, done.headers["location"]) == (303, "/roster?by=person&done=1")
    house.hear("escalated", anna, bo, carl, told=2)
    (shift,) = await made(house)
    assert (shift.person, shift.unit, shift.ends - shift.starts) == ("carl", "nord", timedelta(hours=8))

    # It stays the same shift while it stays the same person's, and is another's the moment it is given away.
    assert (await lone.post(f"/roster/shifts/{shift.id}", NEW | {"to": "23:00"})).status_code == 303
    (longer,) = await made(house)
    assert (longer.id, longer.ends - longer.starts, longer.version) == (shift.id, timedelta(hours=9), 2)
    assert (await lone.post(f"/roster/shifts/{shift.id}", NEW | {"person": "nora"})).status_code == 303
    house.hear("escalated", anna, bo, carl, nora, told=3)
    (given,) = await made(house)
    assert (given.person, given.id != shift.id, "carl" in await on_duty(house)) == ("nora", True, False)
    assert (await lone.post(f"/roster/shifts/{given.id}", NEW | {"do": "remove"})).status_code == 303
    assert (await made(house), "nora" in await on_duty(house)) == ([], False)
    async with house.database.read() as tx:
        told = [one for one in await journal.about(tx, "house", shift.id) if one.actor == "lone"]
        was = await store.past(tx, "house", shift.id)
    assert [one.event for one in told] == ["shift_added", "shift_changed", "shift_changed"]
    assert (told[1].facts["was"]["to"], [removed for _, _, removed in was]) == (
        "2026-03-10T21:00:00.000Z",
        [False, True],
    )


@on_both
async def test_a_night_that_runs_into_the_week_stands_on_its_first_day_and_in_the_week_that_it_began_in(
    begin: Begin,
) -> None:
    house = await begin("bo nord active 2026-03-08T23:00:00 2026-03-09T07:00:00")
    lone = await signed_in(house, "lone")
    for day, at in (("2026-03-09", 0), ("2026-03-08", 6)):
        page = (await lone.get(f"/roster?by=person&day={day}")).text
        row = re.search(r'<tr data-row="bo">.*?</tr>', page, re.DOTALL)
        assert row is not None
        cells = re.findall(r"<td.*?</td>", row[0], re.DOTALL)
        assert [number for number, cell in enumerate(cells) if "23:00" in cell or "23.00" in cell] == [at]
    files = [(await lone.get(f"/roster.csv?day={day}")).text for day in ("2026-03-09", "2026-03-08")]
    assert ["23:00" in file for file in files] == [False, True], (
        "a file of the week has what begins in it, so that no shift is in two"
    )


@on_both
async def test_a_rest_rule_is_said_and_broken_only_with_a_reason(begin: Begin) -> None:
    house = await begin(LATE)
    lone = await signed_in(house, "lone")
    refused = await lone.post("/roster/shifts/new", EARLY)
    assert refused.status_code == 422
    assert SAYS in refused.text
    assert 'name="why"' in refused.text
    assert await made(house) == []
    assert (await lone.post("/roster/shifts/new", EARLY | {"why": "Ingen andre kan"})).status_code == 303
    async with house.database.read() as tx:
        (kept,) = (await reststore.deviations(tx, "house")).values()
    assert (kept.why, kept.made_by, kept.breach.person) == ("Ingen andre kan", "lone", "bo")
    (shift,) = await made(house)
    # What is accepted is not asked for again, and what gets better needs no reason.
    later = EARLY | {"from": "08:00"}
    assert (await lone.post(f"/roster/shifts/{shift.id}", later)).status_code == 303
    earlier = await lone.post(f"/roster/shifts/{shift.id}", EARLY | {"from": "06:00", "to": "14:00"})
    assert earlier.status_code == 422


FAULTS = [
    ({"day": "2026-02-30"}, "Skriv en dag, for eksempel"),
    ({"from": "25:00"}, "Skriv et klokkeslæt"),
    ({"from": "10:00", "to": "13:00"}, "Det er allerede slut"),
    ({"from": "13:00"}, "skriv 14:01 eller senere"),
    ({"day": "2026-03-28", "from": "22:00", "to": "02:30"}, "Urene stilles frem"),
    ({"last_day": "2026-03-20"}, "højst 4 dage"),
    ({"last_day": "2026-03-09"}, "slutter, før den begynder"),
    ({"unit": "vest"}, "Vælg en fra listen"),
    ({"unit": ""}, "Vælg den afdeling"),
    ({"person": "nobody"}, "Vælg en fra listen"),
    ({"person": "bo", "day": "2026-03-12"}, "Bo har allerede en vagt her"),
    ({"person": "dina", "day": "2026-03-20"}, "Dina er fraværende indtil 2026-03-21 00:00"),
]


async def test_what_cannot_be_is_refused_beside_its_field(begin: Begin) -> None:
    house = await begin(LATE)
    lone = await signed_in(house, "lone")
    noon = datetime(2026, 3, 20, 11, tzinfo=UTC)
    ill = Absence.of("plan", "dina", None, noon, datetime(2026, 3, 20, 23, tzinfo=UTC), Away.SICK)
    await house.database.write(lambda tx: absencestore.add(tx, "house", [ill]), of="house")
    for change, says in FAULTS:
        refused = await lone.post("/roster/shifts/new", NEW | change)
        assert (refused.status_code, says in refused.text) == (422, True), (change, refused.text)
    assert await made(house) == []
    night = NEW | {"day": "2026-03-28", "from": "23:00", "to": "07:00"}
    assert (await lone.post("/roster/shifts/new", night)).status_code == 303
    (shift,) = await made(house)
    assert shift.ends - shift.starts == timedelta(hours=7)


async def test_staff_see_their_own_units_and_change_nothing(begin: Begin) -> None:
    house = await begin("anna nord", "vera vest", "dina syd", LATE)
    anna, lone, leif = [await signed_in(house, who) for who in ("anna", "lone", "leif")]
    now = house.clock.now()
    away = [Absence.of("plan", who, None, now, now + timedelta(days=1), Away.SICK) for who in ("anna", "bo")]
    await house.database.write(lambda tx: absencestore.add(tx, "house", away), of="house")
    for path in ("/roster?by=person", "/roster?by=person&view=month&day=2026-03-01"):
        page = await anna.get(path)
        shown = rows(page.text)
        assert ("Anna" in shown, "Vera" in shown, "Dina" in shown) == (True, False, False)
        assert (shown.count("Syg") > 0, "Fraværende" in shown) == (True, True), "why Bo is away is not for Anna"
        assert "/roster/shifts/" not in page.text
        assert "/holes" not in page.text
    assert "Vera" in rows((await leif.get("/roster")).text)
    led = (await lone.get("/roster")).text
    assert "/roster/shifts/" in led
    (theirs,) = re.findall(r"/roster/shifts/(?!new)(\w+)[^>]*>\s*<span class=\"when\">14:00–23:00", led)
    assert "Bo" in (told := (await lone.get(f"/roster/shifts/{theirs}")).text)
    assert "Kommer fra: site" in told
    assert (await lone.post(f"/roster/shifts/{theirs}", NEW | {"do": "remove"})).status_code == 409
    for path in ("/roster/shifts/new", "/roster/covers", f"/roster/shifts/{theirs}", f"/roster/covers/{theirs}/end"):
        assert (await anna.post(path, NEW)).status_code == 403
    assert (await (await signed_in(house, None)).get("/roster")).headers["location"] == "/login?next=/roster"
    assert (await lone.post("/roster/shifts/new", NEW, Origin="http://evil.example")).status_code == 403


async def test_a_cover_is_made_seen_and_ended_on_the_page(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    lone = await signed_in(house, "lone")
    refused = await lone.post("/roster/covers", {"unit": "nord", "person": "bo", "instead_of": "bo", "until": "23:00"})
    assert refused.status_code == 422
    said = {"unit": "nord", "person": "carl", "instead_of": "bo", "until": "17:30", "duty": "active", "why": "Syg"}
    assert (await lone.post("/roster/covers", said)).headers["location"] == "/roster?done=1"
    assert await on_duty(house) == {"anna", "carl"}
    house.clock.set(house.clock.now() + timedelta(minutes=5))
    await house.settle()
    page = (await (await signed_in(house, "anna")).get("/roster")).text
    assert "Afløser Bo til 17:30" in rows(page)
    assert "En anden har den til 17:30" in rows(page)
    (which,) = re.findall(
        r"/roster/shifts/(\w+)[^>]*>\s*<span class=\"when\">14:00–17:30", (await lone.get("/roster")).text
    )
    assert "Slut afløsningen nu" in (await lone.get(f"/roster/shifts/{which}")).text
    assert (await lone.post(f"/roster/covers/{which}/end")).status_code == 303
    assert await on_duty(house) == {"anna", "bo"}


async def test_the_page_says_who_has_come_and_how_old_each_source_is(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", LATE)
    anna, lone = await signed_in(house, "anna"), await signed_in(house, "lone")
    for present, there in ((True, True), (False, False), (True, True)):
        assert (await anna.call("POST", "/api/attendance", {"present": present})).status_code == 200
        assert ("anna" in await on_duty(house)) is there, "whoever left by mistake can come again"
    now = house.clock.now()
    sources = [
        (Source("house", "calendar", "ical", {}, timedelta(minutes=1)), now - timedelta(minutes=40)),
        (Source("house", "by-hand", "csv", {}), now - timedelta(days=9)),
        (Source("house", "fresh", "ical", {}, timedelta(minutes=1)), now),
        (Source("house", "silent", "ical", {}, timedelta(minutes=1)), None),
    ]
    for source, told_at in sources:
        await house.database.write(partial(sourcestore.keep, vault=VAULT, source=source), of="house")
        if told_at is not None:
            told = partial(sourcestore.told, institution="house", which=source.id, now=told_at, digest=None)
            await house.database.write(told, of="house")
    page = (await lone.get("/roster")).text
    shown = rows(page)
    assert ("Anna Mødt ind 14:00" in shown, "Bo Ikke mødt ind" in shown) == (True, True)
    assert shown.count("Ikke mødt ind") == 1, "who comes on Thursday is not missing today"
    said = {
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)).strip(): "class" in head
        for head, one in re.findall(r"<li( class=\"old\")?>(\s*<svg.*?</svg> <strong>.*?)</li>", page, re.DOTALL)
    }
    assert said == {
        "calendar Sidst hørt fra for 40 min siden": True,
        "by-hand Sidst hørt fra for 9 dage siden": False,
        "fresh Sidst hørt fra for 0 min siden": False,
        "silent Endnu aldrig hørt fra": True,
    }
    assert "Sidst hørt" not in (await anna.get("/roster")).text


async def test_filters_and_times_make_one_address(begin: Begin) -> None:
    house = await begin("anna nord", "dina syd sleeping", LATE)
    leif = await signed_in(house, "leif")
    for query, there, gone in (
        ("unit=syd", "Dina", "Anna"),
        ("duty=sleeping&by=person", "Dina", "Anna"),
        ("q=AN&by=person", "Anna", "Dina"),
        ("day=2026-03-17", "Nord", "Anna"),
        ("day=x&unit=x&duty=x&view=x&by=x", "Anna", "nothing"),
        ("view=month", "Bo", "nothing"),
    ):
        shown = rows((await leif.get(f"/roster?{query}")).text)
        assert (there in shown, gone in shown) == (True, False), query
    page = (await leif.get("/roster?view=month&by=person&unit=nord")).text
    assert "/roster?view=month&amp;by=person&amp;day=2026-02-01&amp;unit=nord" in page
    assert page.count("<tbody>") == 6, "March 2026 lies in six weeks"


async def test_what_is_wrong_with_the_roster_is_marked_where_it_is(begin: Begin) -> None:
    rules = RULES.replace("minimum_reach = 0", "minimum_reach = 1\nminimum_within = 30")
    early = "bo nord active 2026-03-13T07:00:00 2026-03-13T15:00:00"
    house = await begin(LATE, early, rules=rules)
    lone = await signed_in(house, "lone")
    by_unit, by_person = (await lone.get("/roster")).text, (await lone.get("/roster?by=person")).text
    assert "Hul: Tirsdag 10/3 14:00" in rows(by_unit)
    assert "Hvile: 8 t af 11 t" in rows(by_person)
    for page in (by_unit, by_person):
        assert 'href="/holes"' in page
        assert "Brud på hvileregler i det viste: 1" in page


async def test_everybody_sees_their_hours_and_the_balance(begin: Begin) -> None:
    house = await begin("anna nord active 2026-03-10T07:00:00 2026-03-10T15:30:00", LATE)
    anna, leif = await signed_in(house, "anna"), await signed_in(house, "leif")
    assert "<dt>Denne uge</dt><dd>8 t 30 min</dd>" in (await anna.get("/roster")).text
    form = {"name": "Anna", "role": "staff", "units": "nord", "phone": "12345678"}
    for wrong in ("x", "0", "101", "37:70", "-3"):
        assert (await leif.post("/admin/people/anna", form | {"weekly": wrong})).status_code == 422
    assert (await leif.post("/admin/people/anna", form | {"weekly": "32,5"})).status_code == 303
    assert 'name="weekly" type="text" value="32:30"' in (await leif.get("/admin/people/anna")).text
    shown = (await anna.get("/roster?by=person")).text
    assert "<dt>Denne uge</dt><dd>8 t 30 min af 32 t 30 min (\N{MINUS SIGN}24 t)</dd>" in shown
    assert "8 t 30 min af 32 t 30 min" in rows(shown)
    assert "9 t" not in rows(shown), "Bo's hours are not for Anna"
    assert "9 t" in rows((await leif.get("/roster?by=person")).text)


async def test_what_is_shown_can_be_taken_along(begin: Begin) -> None:
    house = await begin("anna nord", "vera vest", LATE)
    leif, anna = await signed_in(house, "leif"), await signed_in(house, "anna")
    form = {"name": "=HYPERLINK(1)", "role": "staff", "units": "nord", "phone": "12345678"}
    assert (await leif.post("/admin/people/anna", form)).status_code == 303
    sheet = await leif.get("/roster.csv")
    lines = sheet.text.removeprefix("\ufeff").splitlines()
    assert lines[0] == "Dag;Fra;Til;Navn;Afdeling;Vagttype;Længde;Mødt ind;Fravær;Kilde"
    assert "2026-03-10;08:00;20:00;'=HYPERLINK(1);Nord;Aktiv vagt;12:00;Ikke mødt ind;;site" in lines
    assert ("Vera" in sheet.text, "Vera" in (await anna.get("/roster.csv?view=month")).text) == (True, False)
    book = await anna.get("/roster.xlsx")
    assert cells(book.content)[1][:5] == ["2026-03-10", "08:00", "20:00", "=HYPERLINK(1)", "Nord"]
    async with house.database.read() as tx:
        entries = await journal.newest_of(tx, "house", 5, frozenset({"exported"}))
    assert {(one.subject, one.actor) for one in entries} == {("roster", "leif"), ("roster", "anna")}
    assert (await (await signed_in(house, None)).get("/roster.csv")).status_code == 303


def cells(content: bytes) -> list[list[str]]:
    """What a workbook says, row by row; a formula in it is a fault."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with ZipFile(BytesIO(content)) as file:
        words = ["".join(one.itertext()) for one in fromstring(file.read("xl/sharedStrings.xml"))]
        sheet = fromstring(file.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{space}f"))
    rows = [[(one.get("t"), one.findtext(f"{space}v")) for one in row] for row in sheet.iter(f"{space}row")]
    assert {kind for row in rows for kind, _ in row} == {"s"}
    return [[words[int(value or 0)] for _, value in row] for row in rows]
