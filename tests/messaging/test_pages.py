"""The pages of messages, read and written without a script: who can read it, what is warned of, and what is kept."""

import re

import httpx

from hub.storage import journal
from tests.admin.desk import Browser, signed_in
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

pytestmark = on_both

TEXT = "Husk at låse døren\ntil skuret"


async def sends(browser: Browser, text: str = TEXT, **more: object) -> httpx.Response:
    return await browser.post("/messages/new", {"to": "person:bo", "text": text, **more})


async def address(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


async def rows(house: House, event: str) -> list[journal.Entry]:
    async with house.database.read() as tx:
        return await journal.newest_of(tx, "house", 50, frozenset({event}))


async def test_a_message_is_written_read_answered_added_to_and_found(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, carl = await signed_in(house, "anna"), await signed_in(house, "bo"), await signed_in(house, "carl")
    form = (await anna.get("/messages/new?to=duty:nord")).text
    assert "Den, der er på vagt i Nord (nu Anna, Bo)" in form
    assert re.search(r'value="duty:nord" data-reads="[^"]*" checked', form)
    assert (await sends(anna, to="")).status_code == 422
    where = await address(await sends(anna, title="Skuret"))
    page = (await bo.get(where)).text
    assert TEXT in page.replace("&#39;", "'")
    assert "<li>Dig</li><li>Anna</li>" in page, "who can read what Bo writes"
    assert (await carl.get(where)).status_code == 404
    assert (await rows(house, "conversation_read"))[0].actor == "bo"
    assert "Læst af Bo" in (await anna.get(where)).text
    assert "Ny</span>" not in (await bo.get("/messages")).text
    assert '<option value="@Anna ">Anna</option>' in page
    answer = await bo.post(where, {"text": "Det gør jeg @Anna", "reply": "1", "id": "once"})
    assert answer.status_code == 303
    assert (await bo.post(where, {"text": "Det gør jeg @Anna", "reply": "1", "id": "once"})).status_code == 303
    assert "Ny</span>" in (await anna.get("/messages")).text
    page = (await anna.get(where)).text
    assert page.count('class="message-text">Det gør jeg @Anna') == 1
    assert "message-named" in page
    assert (await anna.post(where, {"text": "og cyklerne", "amend": "1"})).status_code == 303
    page = (await bo.get(where)).text
    assert re.search(r"Husk at låse døren.*Tilføjet .*og cyklerne.*Det gør jeg", page, re.DOTALL)
    assert (await bo.post(where, {"text": "nej", "amend": "1"})).status_code == 403
    assert "og cyklerne" in (await bo.post("/messages", {"q": "CYKLERNE"})).text
    assert "og cyklerne" not in (await carl.post("/messages", {"q": "cyklerne"})).text
    assert len(await rows(house, "messages_searched")) == 2
    assert (await bo.post(f"{where}/join", {"to": "person:carl"})).status_code == 303
    assert "Her er intet, du må læse endnu" in (await carl.get(where)).text
    assert (await bo.post(f"{where}/leave", {"party": "2"})).status_code == 303
    assert "Du har forladt samtalen" in (await bo.get(where)).text


async def test_a_cpr_number_is_warned_of_drafts_are_kept_and_templates_begin_from(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    anna, lone = await signed_in(house, "anna"), await signed_in(house, "lone")
    refused = await sends(anna, "Det er 010170-1234")
    assert refused.status_code == 422
    assert "ligner et CPR-nummer" in refused.text
    assert 'name="cpr"' in refused.text
    assert (await sends(anna, "Det er 010170-1234", cpr="1")).status_code == 303
    draft = {"about-draft": "new", "text": "Halvt skrev", "to": "person:bo"}
    assert (await anna.post("/messages/draft", draft)).status_code == 204
    elsewhere = await signed_in(house, "anna")
    page = (await elsewhere.get("/messages/new")).text
    assert "Halvt skrev" in page
    assert "Dette er din kladde" in page
    assert "Halvt skrev" not in (await lone.get("/messages/new")).text
    where = await address(await sends(anna))
    assert "Halvt skrev" not in (await anna.get("/messages/new")).text
    assert (await anna.post(f"{where}/destroy", {"why": "over"})).status_code == 403
    assert (await anna.post("/messages/templates", {"title": "x", "text": "y"})).status_code == 403
    kept = {"title": "Overlap", "text": "Vi ses til overlap kl. 15"}
    assert (await lone.post("/messages/templates", kept)).status_code == 303
    assert "Vi ses til overlap kl. 15" in (await anna.get(where)).text
    which = re.findall(r'name="drop" value="([\w-]+)"', (await lone.get("/messages/templates")).text)[0]
    assert (await lone.post("/messages/templates", {"drop": which})).status_code == 303
    assert "Overlap" not in (await lone.get("/messages/templates")).text


async def test_an_urgent_one_is_taken_on_the_page_and_a_conversation_destroyed_there(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, leif = await signed_in(house, "anna"), await signed_in(house, "bo"), await signed_in(house, "leif")
    citizen = {"about": "citizen", "citizen": "Bent på stue 3"}
    assert (await sends(anna, about="citizen")).status_code == 422
    where = await address(await sends(anna, to=["duty:nord", "person:leif"], urgent="1", **citizen))
    assert "Om borgeren Bent på stue 3" in (await bo.get(where)).text
    assert "Venter på dig" in (await bo.get("/messages")).text
    assert (await bo.post(f"{where}/acknowledge", {"number": "1"})).status_code == 303
    assert "Bo har den" in (await anna.get(where)).text
    assert "Venter på dig" not in (await bo.get("/messages")).text
    assert "Venter på dig" in (await leif.get("/messages")).text
    assert (await leif.post(f"{where}/destroy", {"why": "asked"})).status_code == 303
    for one in (anna, leif):
        assert "Samtalen er tilintetgjort" in (await one.get(where)).text
    assert "Bent" not in (await leif.get("/messages")).text
    (gone,) = await rows(house, "conversation_destroyed")
    assert (gone.actor, gone.facts) == ("leif", {"why": "asked"})


async def test_who_looks_at_a_conversation_sees_at_once_that_it_was_read(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    browser = await signed_in(house, "anna")
    where = await address(await sends(browser, to="duty:nord"))
    anna, carl = await house.connect("anna", "carl")
    bo = await signed_in(house, "bo")
    await bo.get(where)
    await house.settle()
    (told,) = anna.messages
    assert (told["event"], told["message"]["number"]) == ("read", 1)
    assert told["read_by"] == {"person": "bo", "name": "Bo"}
    assert not carl.messages
    anna.messages.clear()
    await bo.get(where)
    await house.settle()
    assert not anna.messages, "once"
