"""The register on its pages and from a file: who finds whom, what is written down of it, and what is never merged."""

import re
from functools import partial

import pytest

from hub.citizens import store
from hub.citizens.importing import keep, read
from hub.citizens.number import read_number
from hub.citizens.sealing import Seals
from hub.errors import FileProblem
from hub.people.store import site as read_site
from hub.storage import journal
from hub.storage.vault import Vault
from tests.admin.desk import Browser, signed_in
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

pytestmark = on_both

BENT = {"name": "Bent Beboer", "home": "nord/room-nord", "number": "010170-1234", "helps": "Tal roligt.\r\nGå ud."}


async def added(browser: Browser, **said: str) -> str:
    answer = await browser.post("/citizens/new", BENT | said)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


async def rows(house: House, *events: str) -> list[journal.Entry]:
    async with house.database.read() as tx:
        return await journal.newest_of(tx, "house", 50, frozenset(events))


async def test_a_citizen_is_added_found_and_read_of_by_their_own_units_staff_and_every_look_is_written_down(
    begin: Begin,
) -> None:
    house = await begin("anna nord")
    anna, dina, leif, ada = [await signed_in(house, who) for who in ("anna", "dina", "leif", "ada")]
    where = await added(anna)
    page = (await anna.get(where)).text
    assert "Bent Beboer" in page
    assert "010170-••••" in page
    assert "1234" not in page
    assert "Nord · Rum i nord" in page
    assert "det gamle kontrolciffer passer ikke" in page
    assert "010170-1234" in (await anna.post(f"{where}/numbers/shown")).text
    assert (await dina.get(where)).status_code == 404
    assert "Bent" not in (await dina.get("/citizens")).text
    assert (await ada.get("/citizens")).status_code == 403
    for words, finds in (("010170 1234", True), ("bEBoer", True), ("Bob", False), ("010170-1235", False)):
        assert ("Bent Beboer" in (await leif.post("/citizens", {"q": words})).text) == finds, words
    assert "Skriv hele nummeret" in (await leif.post("/citizens", {"q": "010170"})).text
    seen = [(row.event, row.actor) for row in await rows(house, "citizen_read", "citizen_numbers_shown")]
    assert seen == [("citizen_read", "anna"), ("citizen_numbers_shown", "anna"), ("citizen_read", "anna")]
    assert len(await rows(house, "citizens_looked_up")) == 5
    assert all(
        "Bent" not in str(row.facts) and "1234" not in str(row.facts) for row in await rows(house, "citizen_added")
    )


async def test_numbers_are_several_and_never_merge_two_people(begin: Begin) -> None:
    house = await begin("anna nord")
    anna, dina, lone = await signed_in(house, "anna"), await signed_in(house, "dina"), await signed_in(house, "lone")
    where = await added(anna)
    assert (await anna.post(f"{where}/numbers", {"form": "n", "number": "010170-1ab1"})).status_code == 303
    again = await anna.post("/citizens/new", BENT | {"name": "Berta", "number": "0101701AB1"})
    assert again.status_code == 422
    assert "det er Bent Beboers" in again.text
    elsewhere = await dina.post("/citizens/new", BENT | {"name": "Berta", "home": "syd"})
    assert elsewhere.status_code == 422
    assert "i en anden enhed" in elsewhere.text
    assert "Bent" not in elsewhere.text
    assert (await anna.post("/citizens/new", BENT | {"number": "310270-1234"})).status_code == 422
    lookup = re.findall(r'name="lookup" value="(\w+)"', (await lone.get(where)).text)
    assert len(lookup) == 2
    assert (await anna.post(f"{where}/numbers/take", {"lookup": lookup[0]})).status_code == 403
    assert (await lone.post(f"{where}/numbers/take", {"lookup": lookup[0]})).status_code == 303
    assert (await lone.get(where)).text.count("••••") == 2


async def test_what_changed_meanwhile_is_not_undone_and_who_moved_out_is_the_leaders(begin: Begin) -> None:
    house = await begin("anna nord")
    anna, lone = await signed_in(house, "anna"), await signed_in(house, "lone")
    where = await added(anna)
    changed = {"name": "Bent B.", "home": "nord", "version": "1", "case_number": "27.66.08-G01-4", "plan": "Ro kl. 21"}
    assert (await lone.post(where, changed)).status_code == 303
    assert (await anna.post(where, BENT | {"version": "1"})).status_code == 409
    assert "27.66.08-G01-4" in (await anna.get(where)).text
    (row,) = await rows(house, "citizen_changed")
    assert row.facts == {"changed": ["case_number", "helps", "name", "plan"], "unit": "nord", "place": None}
    assert (await anna.post(f"{where}/moved", {"form": "m", "day": "2026-03-01"})).status_code == 403
    assert (await lone.post(f"{where}/moved", {"form": "m", "day": "2026-04-01"})).status_code == 422
    assert (await lone.post(f"{where}/moved", {"form": "m", "day": "2026-03-01"})).status_code == 303
    assert (await anna.get(where)).status_code == 404
    assert "Har boet et andet sted siden 2026-03-01" in (await lone.get(where)).text
    assert (await lone.post(f"{where}/hold", {"form": "h", "why": ""})).status_code == 422
    assert (await lone.post(f"{where}/hold", {"form": "h", "why": "Klagesag"})).status_code == 303
    assert "Klagesag" in (await lone.get(where)).text
    assert (await lone.post(f"{where}/hold/lift")).status_code == 303
    assert "Klagesag" not in (await lone.get(where)).text


async def test_a_conversation_and_an_incident_choose_from_the_register(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, dina = await signed_in(house, "anna"), await signed_in(house, "bo"), await signed_in(house, "dina")
    where = await added(anna)
    which = where.rpartition("/")[2]
    assert f'value="{which}" selected' in (await anna.get(f"/messages/new?citizen={which}")).text
    said = {"to": "person:bo", "text": "Sov dårligt", "about": "citizen", "about-citizen": which}
    assert (await dina.post("/messages/new", said)).status_code == 404
    answer = await anna.post("/messages/new", said)
    page = (await bo.get(answer.headers["location"].partition("?")[0])).text
    assert f'<a href="{where}">Om borgeren Bent Beboer</a>' in page
    first = {"happened": "Slog ud", "unit": "nord", "outcome": "real", "asked-kinds": "1", "kinds": "physical"}
    made = await anna.post("/incidents/new", first | {"at": "2026-03-10 13:00"})
    incident = made.headers["location"].partition("?")[0]
    assert (await dina.post(f"{incident}/citizens", {"citizen": which})).status_code == 404
    assert (await anna.post(f"{incident}/citizens", {"form": "z", "citizen": which})).status_code == 303
    assert f'<a href="{where}">Bent Beboer</a>' in (await bo.get(incident)).text
    assert incident in (await anna.get(where)).text
    assert (await anna.post(f"{incident}/citizens", {"drop": which})).status_code == 303
    assert f'<a href="{where}">' not in (await bo.get(incident)).text


GOOD = "\ufeffname;number;unit;place;helps\nBent Beboer;0101701234;Nord;room-nord;Tal roligt\nÅse;0101701AB1;syd;;\n"


async def test_a_file_is_taken_whole_or_refused_with_every_fault_named(begin: Begin) -> None:
    house = await begin("anna nord")
    async with house.database.read() as tx:
        site = await read_site(tx, "house")
    lines = (";123;Øst;", "Bent Bentsen;010170-1234;Nord;Loftet", "A;0101701234;Nord;", "B;0101701234;syd;", "")
    bad = "name;number;unit;place\n" + "\n".join(lines)
    with pytest.raises(FileProblem) as refused:
        read(bad, site, "liste.csv")
    told = "\n".join(refused.value.problems)
    assert [problem.partition(":")[0] for problem in refused.value.problems] == ["line 2"] * 3 + ["line 3", "number"]
    assert "Bent" not in told
    assert "1234" not in told
    for head in ("name,unit\n", "name,number,unit,cpr\n", 'name,number,unit\n"'):
        with pytest.raises(FileProblem):
            read(head, site, "liste.csv")
    seals = house.services.citizens.seals
    kept = partial(keep, seals=seals, of="house", now=house.clock.now())
    done = await house.database.write(partial(kept, lines=read(GOOD, site, "liste.csv")), of="house")
    assert (done.added, done.changed, done.unchanged) == (2, 0, 0)
    moved = read(GOOD.replace(";room-nord;Tal roligt", ";;"), site, "liste.csv")
    done = await house.database.write(partial(kept, lines=moved), of="house")
    assert (done.added, done.changed, done.unchanged) == (0, 1, 1)
    leif = await signed_in(house, "leif")
    page = (await leif.get("/citizens")).text
    assert page.index("Bent Beboer") < page.index("Åse")


async def test_a_number_is_found_by_its_institution_alone_and_under_a_new_master_key(begin: Begin) -> None:
    house = await begin("anna nord")
    where = await added(await signed_in(house, "anna"))
    number = read_number("0101701234")
    assert number is not None
    async with house.database.read() as tx:
        ours = await house.services.citizens.seals.to_read(tx, "house")
        assert await store.by_number(tx, ours, number) == where.rpartition("/")[2]
        theirs = await Seals(ours.vault).to_read(tx, "other")
    assert ours.lookup(number) != theirs.lookup(number)
    # Only the key's own row is sealed anew; whatever lies under it is what it was.
    other = Vault({**ours.vault.keys, "new": b"n" * 32}, "new")
    key = other.open(other.seal(ours.key, "secret/citizens/house"), "secret/citizens/house")
    assert key == ours.key
