"""What whoever comes to an alarm is shown of a citizen's open cases: the least, and that it was shown."""

from tests.admin.desk import Browser, signed_in
from tests.citizens.test_acute import answers, pressed
from tests.citizens.test_pages import added, rows
from tests.databases import on_both
from tests.scenarios.conftest import Begin


@on_both
async def test_a_citizens_open_cases_are_behind_glass_in_an_alarm_and_no_word_of_their_journals(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, leif = [await signed_in(house, who) for who in ("anna", "leif")]
    bent = (await added(anna)).rpartition("/")[2]
    for title, facts in (
        ("Støtte i botilbud", [("party", "Fatima, værge"), ("note", "Talt om gælden")]),
        ("Den gamle sag", [("state", "")]),
    ):
        form = {"area": "voksensocial", "unit": "nord", "title": title, "citizen": bent, "since": "2026-01-02"}
        made = await leif.post("/cases/register", form | {"system": "SBSYS", "reference": "2026-17"})
        case = made.headers["location"].partition("?")[0]
        for what, words in facts:
            said = await leif.post(f"{case}/facts", {"what": what, "words": words, "state": "Afsluttet"})
            assert said.status_code == 303, said.text
    alarm = (await pressed(house))["id"]
    await answers(house, "bo", alarm, "arrived")
    phone = Browser(house)
    phone.cookies.set("hub_device", house.tokens["phone-bo"])
    asked = {"citizen": bent, "reason": "calm", "minutes": "15"}
    page = (await phone.get((await phone.post(f"/alarms/{alarm}/citizens", asked)).headers["location"])).text
    for words in ("Åbne sager", "Støtte i botilbud", "SBSYS: 2026-17", "Opstået 2026-01-02", "Fatima, værge"):
        assert words in page, words
    for words in ("Talt om gælden", "Den gamle sag", "/cases/"):
        assert words not in page, "no more than is needed"
    (shown,) = await rows(house, "citizen_cases_read")
    assert (shown.subject, shown.facts["cases"], shown.actor) == (f"citizen:{bent}", 1, "bo")
    assert (await phone.get("/cases/register")).status_code == 403, "the register itself is the leaders'"
