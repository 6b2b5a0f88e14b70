"""A municipality goes over from single cases to one long case for each citizen, on a day that it planned."""

from hub.cases import registerstore
from hub.cases.register import Entry
from hub.ports import Form
from tests.admin.desk import Browser, signed_in
from tests.cases.test_placing import HELD, LONG, SINGLE, UUID, about, citizen, looked, practised, within
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

ON_DUTY = ("anna nord", "bo nord")


async def case_note(house: House, which: str) -> Entry:
    """The record of an incident's case note, as the register has it."""
    async with house.database.read() as tx:
        seal = await house.services.incidents.seals.to_read(tx)
        found = await registerstore.of_incident(tx, seal, "house", which)
    return next(one for one in found if one.sort == "case_note")


async def planned(leif: Browser) -> None:
    """From April on it is another practice; until then the one that holds goes on."""
    await practised(leif, "voksensocial", **LONG, **HELD, since="2026-04-01")
    page = (await leif.get("/admin/practice")).text
    assert "2026-04-01 00:00 · Leif · planlagt" in page
    area = within(page, "area-voksensocial")
    assert "Fra 2026-04-01 00:00 gælder en anden sagspraksis" in area
    assert ("En sag for sig" in area, "Et notat på den lange sag" in area) == (True, False), "the old one holds"


async def shows(leif: Browser, bent: str, *cases: str) -> None:
    """The overview has each of these cases, each record on the one that it is on, and what is held elsewhere."""
    shown = (await leif.post(f"/citizens/{bent}/cases", {"why": "Tilsyn"})).text
    known = shown.partition('id="cases-title"')[2].partition('id="elsewhere-title"')[0]
    records = shown.partition('id="records-title"')[2].partition('id="incidents-title"')[0]
    assert known.count("<article") == len(cases)
    for which in cases:
        assert f"/cases/register/{which}" in known
        assert f"/cases/register/{which}" in records
    assert "Nexus: E-1" in shown


async def single(house: House, leif: Browser, bent: str) -> str:
    """An incident about them by the practice of single cases; its id."""
    which = await about(house, leif)
    assert (await leif.post(f"/cases/{which}/place", {"citizen": bent, "case": ""})).status_code == 303
    await looked(house)
    assert (await case_note(house, which)).record.form is Form.OWN_CASE
    return which


@on_both
async def test_what_was_sent_stays_what_comes_follows_and_the_overview_shows_both(begin: Begin) -> None:
    house = await begin(*ON_DUTY)
    leif = await signed_in(house, "leif")
    bent = await citizen(leif)
    await house.passes(60)
    await practised(leif, "voksensocial", **SINGLE)
    await house.passes(60)
    before = await single(house, leif, bent)
    sent = (await case_note(house, before)).record.id
    placed = {"system": "Nexus", "reference": "E-1"}
    assert (await leif.post(f"/cases/records/{sent}/placed", placed)).status_code == 303
    was = await case_note(house, before)
    assert (was.record.form, was.reference) == (Form.OWN_CASE, "E-1")
    await planned(leif)
    long = {"area": "omsorg", "unit": "nord", "title": "Den lange sag", "citizen": bent, "uuid": UUID}
    assert (await leif.post("/cases/register", long)).status_code == 303

    # The last evening of the old practice, and the night in which it changes.
    await house.is_asleep_until("2026-03-31T23:50")
    await house.set_up(*ON_DUTY)
    leif = await signed_in(house, "leif")
    eve = await single(house, leif, bent)
    assert "Den lange sag" not in (await leif.get(f"/cases/{eve}/place?citizen={bent}")).text
    await house.is_asleep_until("2026-04-01T00:05")
    area = within((await leif.get("/admin/practice")).text, "area-voksensocial")
    assert ("Et notat på den lange sag" in area, "planlagt" in area) == (True, False), "nobody had to do anything"
    after = await about(house, leif)
    waiting = await case_note(house, after)
    assert (waiting.record.form, waiting.waits) == (Form.ON_LONG_CASE, True)
    assert f"/cases/{after}/place" in within((await leif.get("/cases")).text, "unknown")
    page = (await leif.get(f"/cases/{after}/place?citizen={bent}")).text
    assert "Den lange sag" in page, "a case of another area is used too"
    assert (await leif.post(f"/cases/{after}/place", {"citizen": bent, "case": UUID})).status_code == 303

    # What is said of the old ones now is said by the practice that they were recorded under.
    number = {"sort": "case_note", "kle": "27.66.04"}
    assert (await leif.post(f"/cases/{eve}/number", number)).status_code == 303
    assert (await leif.post(f"/cases/{before}/record")).status_code == 303
    await looked(house)
    assert await case_note(house, before) == was, "what was sent is untouched"
    renumbered, follows = await case_note(house, eve), await case_note(house, after)
    assert (renumbered.record.form, renumbered.record.kle.number) == (Form.OWN_CASE, "27.66.04")
    assert (follows.record.form, follows.record.case, follows.waits) == (Form.ON_LONG_CASE, UUID, False)

    await shows(leif, bent, UUID, sent, renumbered.record.id)
    assert "Den følger sin hændelse" in (await leif.get(f"/cases/register/{sent}")).text
    # The long case ends with the service, and only what is closed by that hears of it.
    ending = {"what": "state", "state": "Afsluttet"}
    assert (await leif.post(f"/cases/register/{UUID}/facts", ending)).status_code == 303
    await looked(house)
    assert await case_note(house, before) == was
