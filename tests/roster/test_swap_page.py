"""The page of swaps and wishes: what each is asked and may do there, without a script."""

import re

from hub.roster import newsstore, wishstore
from hub.roster.news import Wants
from tests.admin.desk import Browser, signed_in
from tests.scenarios.conftest import Begin, begin, empty_database
from tests.scenarios.world import House

__all__ = ["begin", "empty_database"]
EVENING = "bo nord active 2026-03-12T16:00:00 2026-03-12T22:00:00"
MORNING = "carl nord active 2026-03-13T07:00:00 2026-03-13T15:00:00"
OTHER = "carl nord active 2026-03-14T16:00:00 2026-03-14T22:00:00"
NIGHTS = "dina syd active 2026-03-12T16:00:00 2026-03-12T22:00:00"


async def does(browser: Browser, which: str, **fields: str) -> int:
    return (await browser.post("/swaps", {"form": which, "swap": which} | fields)).status_code


def swap_in(page: str) -> str:
    found = re.search(r'name="swap" value="([\w-]+)"', page)
    assert found, page
    return found[1]


async def offered(browser: Browser, **fields: str) -> None:
    """Goes the way of the page: a shift of one's own, whom to ask, and what for."""
    page = (await browser.get("/swaps")).text
    link = re.search(r'href="(/swaps/new\?shift=\w+)"', page)
    assert link, page
    first = (await browser.get(link[1])).text
    assert "Alle, der kan tage den" in first
    second = await browser.get(f"{link[1]}&to={fields.get('to', '')}")
    shift = link[1].partition("=")[2]
    back = dict(re.findall(r'<option value="(\w{20})">([^<]+)<', second.text)) if fields.get("back") else {}
    chosen = {"in_return": next(key for key, words in back.items() if fields["back"] in words)} if back else {}
    sent = {"shift": shift, "to": fields.get("to", ""), "note": fields.get("note", "")} | chosen
    done = await browser.post(f"{link[1]}&to={fields.get('to', '')}", sent)
    assert done.headers.get("location") == "/swaps?done=1", done.text


async def test_a_shift_goes_from_one_to_another_on_the_page(begin: Begin) -> None:
    house = await begin("anna nord", EVENING, MORNING, OTHER, NIGHTS)
    stranger, bo, carl, lone = [await signed_in(house, who) for who in (None, "bo", "carl", "lone")]
    assert (await stranger.get("/swaps")).headers["location"] == "/login?next=/swaps"
    await offered(bo, to="carl", back="Lørdag 14/3", note="Min mor <b>fylder</b> 70")
    asked = (await carl.get("/swaps")).text
    assert "Bo spørger dig" in asked
    assert "Torsdag 12/3 16:00–22:00 · Nord" in asked
    assert "Til gengæld for:</span>" not in asked
    assert "Lørdag 14/3 16:00–22:00 · Nord" in asked
    assert "<q>Min mor &lt;b&gt;fylder&lt;/b&gt; 70</q>" in asked
    assert "Carl: 9 t hvil i de 24 timer før 2026-03-13 15:00" in asked, "why it waits for a lead is said before"
    assert "når en vagtleder har godkendt det" in asked
    which = swap_in(asked)
    assert await does(carl, which, do="accept") == 303
    assert "Venter på godkendelse" in (await bo.get("/swaps")).text

    lead = (await lone.get("/swaps")).text
    assert "Fra Bo til Carl" in lead
    assert "Carl: 9 t hvil" in lead
    refused = await lone.post("/swaps", {"form": which, "swap": which, "do": "approve", "why": ""})
    assert refused.status_code == 422
    assert f'id="{which}-why-e"' in refused.text
    assert await does(lone, which, do="approve", why="Aftalt med begge") == 303
    assert "Byttet" in (await carl.get("/swaps")).text
    assert "Aftalt med begge" in (await bo.get("/swaps")).text
    board = (await bo.call("GET", "/api/duty/board")).json()
    assert [one["from"][:10] for one in board["mine"]] == ["2026-03-14"], "what was given away is nobody's to come to"
    assert await does(carl, which, do="accept") == 409
    assert await does(carl, which, do="dance") == 404


async def test_where_the_unit_wants_it_every_swap_waits_for_a_lead(begin: Begin) -> None:
    house = await begin("anna nord", EVENING, OTHER)
    bo, carl, lone, leif, nora = [await signed_in(house, who) for who in ("bo", "carl", "lone", "leif", "nora")]
    form = {"name": "Nord", "neighbours": "syd", "room-room-nord": "Rum i nord", "approves_swaps": "1"}
    form |= {"minimum_reach": "2", "minimum_within": "45"}
    assert (await leif.post("/admin/units/nord", form)).status_code == 303
    file = (await leif.get("/admin/site.toml")).text
    assert all(line in file for line in ("approves_swaps = true", "minimum_reach = 2", "minimum_within = 45"))
    assert "Mindst 2 af dem på vagt inden for 45 s." in (await leif.get("/holes")).text
    wrong = await leif.post("/admin/units/nord", form | {"minimum_reach": "to"})
    assert (wrong.status_code, 'id="f-minimum_reach-e"' in wrong.text) == (422, True)
    await offered(bo)
    which = swap_in((await nora.get("/swaps")).text)
    assert await does(nora, which, do="decline") == 303
    assert "Ingen spørger dig lige nu." in (await nora.get("/swaps")).text
    assert "1 sagde nej" in (await bo.get("/swaps")).text
    assert await does(carl, which, do="accept") == 303
    assert await does(carl, which, do="decline") == 303
    assert await does(nora, which, do="accept") == 303
    assert await does(lone, which, do="refuse", why="") == 422
    assert await does(lone, which, do="refuse", why="Vi mangler en fast om aftenen") == 303
    page = (await bo.get("/swaps")).text
    assert "Ikke godkendt" in page
    assert "Vi mangler en fast om aftenen" in page
    await offered(bo)
    assert await does(bo, swap_in((await bo.get("/swaps")).text), do="withdraw") == 303


async def test_wishes_and_what_one_is_told_are_said_on_the_page(begin: Begin) -> None:
    house = await begin("anna nord")
    bo = await signed_in(house, "bo")
    wish = {"form": "w", "do": "wish", "want": "free", "strength": "3", "starts": "2026-03-20T00:00"}
    refused = await bo.post("/swaps", wish | {"ends": "i morgen"})
    assert refused.status_code == 422
    assert 'id="w-ends-e"' in refused.text
    assert (await bo.post("/swaps", wish | {"ends": "2026-03-19T00:00"})).status_code == 422
    assert (await bo.post("/swaps", wish | {"ends": "2026-03-21T00:00", "wish-note": "Bryllup"})).status_code == 303
    page = (await bo.get("/swaps")).text
    assert "Jeg vil helst have fri · Det betyder meget · Bryllup" in page
    assert "Bryllup" in (await (await signed_in(house, "lone")).get("/swaps")).text, "whoever leads reads it"
    assert "Bryllup" not in (await (await signed_in(house, "carl")).get("/swaps")).text
    async with house.database.read() as tx:
        (kept,) = await wishstore.wishes(tx, "house", house.clock.now(), house.clock.now().replace(year=2027))
    assert (kept.person, kept.strength) == ("bo", 3)
    assert (await bo.post("/swaps", {"do": "take-back", "wish": kept.id})).status_code == 303
    assert "Bryllup" not in (await bo.get("/swaps")).text

    assert await tells(house, bo, minutes="soon") == (422, None)
    assert await tells(house, bo, minutes="4") == (422, None)
    assert await tells(house, bo, minutes="45", changes="1") == (303, Wants(45))
    assert await tells(house, bo, minutes="") == (303, Wants(None, changes=False))


async def tells(house: House, browser: Browser, **fields: str) -> tuple[int, Wants | None]:
    answer = await browser.post("/swaps", {"form": "t", "do": "tell"} | fields)
    async with house.database.read() as tx:
        return answer.status_code, (await newsstore.chosen(tx, "house")).get("bo")
