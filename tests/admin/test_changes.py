"""Changes made by hand: seen by the next press, kept with who and why, and at peace with the site file."""

import re
from collections.abc import Mapping

import httpx
import pytest

from hub.errors import Conflict
from hub.people import deskstore, store
from hub.people.setup import parse
from hub.people.site import Site
from hub.roster.actions import setup_site
from hub.storage import journal
from tests.admin.desk import Browser, code_in, signed_in
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, House, site_text
from tests.wall.pictures import png, sends

pytestmark = on_both
DRAW = {"unit": "nord", "floor": "", "do": "draw"}


async def done(browser: Browser, path: str, fields: Mapping[str, object]) -> str:
    answer = await browser.post(path, fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def site(house: House) -> Site:
    async with house.database.read() as tx:
        return await store.site(tx, "house")


async def test_units_rooms_and_people_are_as_the_pages_say(begin: Begin) -> None:
    house = await begin("anna nord")
    ada = await signed_in(house, "ada")
    rooms = "Stuen\r\n\r\nKøkken"
    await done(ada, "/admin/units", {"name": "Øst", "rooms": rooms, "both_ways": "1"})
    seen = await site(house)
    assert seen.units["oest"].neighbours == ("nord", "syd", "vest")
    assert seen.units["vest"].neighbours == ("oest",)
    assert {one.id: one.name for one in seen.places.values() if one.unit == "oest"} == {
        "oest-stuen": "Stuen",
        "oest-koekken": "Køkken",
    }
    fields = {"name": "Østfløj", "neighbours": ["syd"], "room-oest-stuen": "", "room-oest-koekken": "Te-køkken"}
    fields |= {"floor-oest-koekken": "1. sal", "rooms": "Bad", "why": "ombygning"}
    await done(ada, "/admin/units/oest", fields)
    seen = await site(house)
    assert (seen.units["oest"].name, seen.units["oest"].neighbours) == ("Østfløj", ("syd",))
    assert sorted((one.name, one.floor) for one in seen.places.values() if one.unit == "oest") == [
        ("Bad", None),
        ("Te-køkken", "1. sal"),
    ]
    new = {"name": "Åse Ø. Lund", "role": "shift_lead", "units": ["oest", "syd"], "phone": "12 34 56 78"}
    await done(ada, "/admin/people", new | {"email": "Aase@Huset.example"})
    person = (await site(house)).people["aase-oe-lund"]
    assert (person.role, person.units, person.phone) == ("shift_lead", ("oest", "syd"), "+4512345678")
    assert person.email == "aase@huset.example"
    await done(
        ada, "/admin/people/aase-oe-lund", {"name": "Åse Lund", "role": "staff", "units": "oest", "why": "ønske"}
    )
    await done(ada, "/admin/people/aase-oe-lund/leave", {"why": "nyt arbejde"})
    await done(ada, "/admin/units/oest/retire", {"why": "lukket"})
    seen = await site(house)
    assert "aase-oe-lund" not in seen.people
    assert "oest" not in seen.units
    assert not [one for one in seen.places.values() if one.unit == "oest"]
    assert seen.units["vest"].neighbours == ()
    async with house.database.read() as tx:
        told = [entry for entry in await journal.after(tx, "house", 0, 50) if entry.actor == "ada"]
        whys = await deskstore.reasons(tx, "house")
    assert [(entry.event, entry.subject, whys.get(entry.seq)) for entry in told] == [
        ("unit_added", "unit:oest", None),
        ("unit_changed", "unit:oest", "ombygning"),
        ("person_added", "person:aase-oe-lund", None),
        ("person_changed", "person:aase-oe-lund", "ønske"),
        ("person_retired", "person:aase-oe-lund", "nyt arbejde"),
        ("unit_retired", "unit:oest", "lukket"),
    ]
    assert not re.search("Åse|Lund|12345678|@", str([entry.facts for entry in told])), "the journal keeps ids"


async def test_the_next_press_goes_by_the_rules_that_were_put_in_force(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    ada = await signed_in(house, "ada")
    anna, bo, lone = await house.connect("anna", "bo", "lone")
    everyone = RULES.replace('tell = ["on_duty"]', 'tell = ["on_duty", "role:shift_lead"]', 1)
    played = await ada.post("/admin/rules/trial", {"text": everyone, "name": "Alle", "unit": "nord", "raiser": "anna"})
    assert "Ingen fejl fundet" in played.text
    assert "Bo, Lone" in played.text
    lone.hears_nothing()
    await done(ada, "/admin/rules", {"text": everyone, "name": "Alle", "why": "vagtlederen med fra start"})
    await anna.presses()
    house.hear("raised", anna, bo, lone)


async def test_broken_rules_are_named_line_by_line_and_never_put_in_force(begin: Begin) -> None:
    house = await begin("anna nord")
    ada = await signed_in(house, "ada")
    for broken, fault in (
        (RULES.replace("on_duty", "on_dutty", 1), "on_dutty"),
        (RULES.replace("contact:guard", "contact:nobody"), "no contact has that id"),
        ("[[[", ":1:"),
        ("", "last_resort"),
    ):
        page = await ada.post("/admin/rules/trial", {"text": broken, "name": "Prøve"})
        assert page.status_code == 200
        assert "Dette skal rettes" in page.text
        assert fault in page.text
        assert "formaction" not in page.text
        refused = await ada.post("/admin/rules", {"text": broken, "name": "Prøve", "why": "x"})
        assert (refused.status_code, "fejl i reglerne" in refused.text) == (409, True)
    assert (await site(house)).rules == RULES
    without_why = await ada.post("/admin/rules", {"text": RULES, "name": "Prøve", "why": ""})
    assert (without_why.status_code, 'id="f-why-e"' in without_why.text) == (422, True)


async def test_every_version_of_the_rules_is_kept_and_can_be_taken_again(begin: Begin) -> None:
    house = await begin("anna nord")
    ada = await signed_in(house, "ada")
    shorter = RULES.replace("next_after = 20", "next_after = 10")
    await done(ada, "/admin/rules", {"text": shorter.replace("\n", "\r\n"), "name": "Hurtigere", "why": "for langsomt"})
    assert (await site(house)).rules == shorter
    versions = (await ada.get("/admin/rules")).text
    assert "Hurtigere" in versions
    assert "for langsomt" in versions
    first = await ada.get("/admin/rules/1")
    assert "Efter 20 s" in first.text
    again = await ada.get("/admin/rules/trial?from=1")
    assert "next_after = 20" in again.text
    async with house.database.read() as tx:
        kept = await deskstore.rules(tx, "house")
    assert [(one.number, one.text == shorter, one.made_by, one.why) for one in kept] == [
        (2, True, "ada", "for langsomt"),
        (1, False, None, None),
    ]


async def test_a_site_file_does_not_undo_what_was_done_by_hand(begin: Begin) -> None:
    house = await begin("anna nord")
    ada, phone = await signed_in(house, "ada"), Browser(house)
    code = await done(ada, "/admin/devices", {"kind": "phone", "person": "carl"})
    await phone.post(code_in(await ada.get(code)))
    substitute = await done(ada, "/admin/devices/substitute", {"name": "Vik", "unit": "nord", "until": "23:00"})
    await Browser(house).post(code_in(await ada.get(substitute)))
    file = parse(site_text(["anna nord"], house.clock.now()))
    await setup_site(house.database, file, RULES, house.clock)
    seen = await site(house)
    assert not seen.devices["carl-phone"].revoked, "what came by a code does not leave with a file"
    assert seen.people["vikar-vik"].units == ("nord",)

    await done(ada, "/admin/people", {"name": "Ny", "role": "staff", "units": "nord"})
    with pytest.raises(Conflict, match="--replace"):
        await setup_site(house.database, file, RULES, house.clock)
    assert "ny" in (await site(house)).people
    taken = await ada.get("/admin/site.toml")
    now = parse(taken.text)
    assert "ny" in {one.id for one in now.people}
    assert "vikar-vik" not in taken.text
    assert "carl-phone" not in taken.text
    before = await site(house)
    await setup_site(house.database, now, RULES, house.clock, replace=True)
    after = await site(house)
    assert (after.units, after.places, after.contacts) == (before.units, before.places, before.contacts)
    assert (after.people, after.devices) == (before.people, before.devices)
    await setup_site(house.database, file, RULES, house.clock, replace=True)
    assert "ny" not in (await site(house)).people

    await done(
        ada, "/admin/plans", {"unit": "nord", "floor": "", "do": "place", "x-room-nord": "25", "y-room-nord": "40"}
    )
    with pytest.raises(Conflict, match="--replace"):
        await setup_site(house.database, file, RULES, house.clock)
    assert (await site(house)).places["room-nord"].x == 0.25, (
        "where a room lies is in the file, and was changed by hand"
    )


def seen(page: httpx.Response) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page.text)
    assert found, page.text
    return found[1]


async def test_whoever_was_overtaken_is_told_before_undoing_anything(begin: Begin) -> None:
    house = await begin("anna nord")
    ada, leif = await signed_in(house, "ada"), await signed_in(house, "leif")
    rules = {"text": RULES, "name": "Nye", "why": "prøve"}
    forms: list[tuple[str, str, dict[str, str], str]] = [
        ("people/anna", "phone", {"name": "Anna", "role": "staff", "units": "nord"}, "+4511223344"),
        ("units/nord", "room-room-nord", {"name": "Nord", "floor-room-nord": ""}, "Stuen"),
        ("contacts/guard", "phone", {"name": "Vagt"}, "+4511223344"),
        ("cards?unit=nord", "card-alarm", {"unit": "nord"}, "Gå to sammen"),
        ("plans?unit=nord", "x-room-nord", {"unit": "nord", "floor": "", "do": "place", "y-room-nord": "5"}, "30"),
        ("institution", "name", {"timezone": "Europe/Copenhagen"}, "Huset ved åen"),
        ("rules/trial", "name", rules, "Hurtigere"),
    ]
    await done(ada, "/admin/people/leif", {"name": "Leif", "role": "admin", "why": "prøve"})
    for page, key, rest, first in forms:
        path = "/admin/rules" if "trial" in page else f"/admin/{page.partition('?')[0]}"
        if "plans" in page:
            await sends(house, {"Cookie": f"hub_session={ada.cookies['hub_session']}"}, path, DRAW, picture=png())
        looked_at = {"seen": seen(await leif.get(f"/admin/{page}"))}
        own = rest | {key: "20" if "plans" in page else "87654321"}
        await done(ada, path, rest | {key: first})
        before = await site(house)

        refused = await leif.post(path, own | looked_at)
        assert refused.status_code == 409, page
        assert "Ada har ændret det i mellemtiden (2026-" in refused.text, page
        assert own[key] in refused.text, "what was typed comes back"
        assert f"Der står nu: {first}" in refused.text or "trial" in page, page
        assert await site(house) == before

        again = own | {"seen": seen(refused)}
        await done(leif, path, again)
        # Nobody stands in their own way.
        await done(leif, path, own | again)
        assert (await site(house)) != before, page


async def test_an_institution_begins_with_one_link_and_the_link_is_good_once(begin: Begin) -> None:
    house = await begin("anna nord")
    link, browser = await house.services.enrolments.for_institution(), Browser(house)
    wrong = await browser.post(f"/enrol/{link}", {"name": "", "municipality": "12", "rules": "x", "password": "kort"})
    assert wrong.status_code == 422
    for field in ("name", "municipality", "rules", "person", "password"):
        assert f'id="f-{field}-e"' in wrong.text, field
    assert "kort" not in wrong.text
    fields = {"name": "Huset", "municipality": "29189999", "rules": "botilbud", "person": "Åse Lund"}
    fields |= {"password": "otte-hvide-svaner"}
    assert (await browser.post(f"/enrol/{link}", fields)).status_code == 303
    who = (await browser.get("/api/session")).json()
    assert (who["institution"], who["person"], who["role"]) == ("huset", "aase-lund", "admin")
    assert (await Browser(house).post(f"/enrol/{link}", fields)).status_code == 410
    front = (await browser.get("/admin")).text
    assert front.count("Mangler") == 3
    async with house.database.read() as tx:
        assert (await journal.verify(tx, "huset")).whole
        assert next(entry.event for entry in await journal.after(tx, "huset", 0, 5)) == "site_set_up"
