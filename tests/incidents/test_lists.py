"""Lists of incidents: by person, kept under a name, taken along as files, and page after page."""

import csv
import io
import re
from zipfile import ZipFile

from hub.incidents import queries
from hub.incidents.sealing import COARSE
from tests.admin.desk import Browser, signed_in
from tests.databases import Kind, on_both
from tests.incidents.test_pages import NOTE, helped, noted, rows
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

EPISODE = {**NOTE, "unit": "nord"}


async def episode(house: House, who: str, **more: str) -> str:
    answer = await (await signed_in(house, who)).post("/incidents/new", {**EPISODE, **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removesuffix("?done=1")


async def listed(browser: Browser, query: str) -> list[str]:
    page = (await browser.get(f"/incidents?{query}")).text
    return re.findall(r'<th scope="row"><a href="(/incidents/[\w-]{36})"', page)


@on_both
async def test_a_list_by_person_and_page_after_page_tells_nobody_what_is_not_theirs(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    first = await noted(house, await helped(house))
    second = await episode(house, "carl", at="2026-03-10 13:00")
    leif, bo, ada = [await signed_in(house, who) for who in ("leif", "bo", "ada")]
    assert await listed(leif, "person=anna") == [first]
    assert await listed(leif, "person=carl&kind=threat") == [second]
    assert await listed(bo, "person=bo") == [first], "one's own is no secret"
    assert await listed(bo, "person=anna") == await listed(ada, "person=anna") == []
    assert await listed(leif, "person=nobody") == []
    for n in range(queries.PAGE):
        await episode(house, "carl", at=f"2026-03-09 {n // 60 + 8:02}:{n % 60:02}")
    page = await leif.get("/incidents?unit=nord")
    (before,) = re.findall(r'name="before" value="([^"]+)"', page.text)
    assert page.text.count('<th scope="row">') == queries.PAGE
    rest = (await leif.post("/incidents", {"unit": "nord", "before": before})).text
    assert rest.count('<th scope="row">') == 2
    assert 'name="before"' not in rest


@on_both
async def test_a_search_is_kept_for_oneself_or_for_the_leaders_of_its_unit(begin: Begin, kind: Kind) -> None:
    house = await begin("anna nord")
    address = await episode(house, "anna", at="2026-03-10 13:00")
    lone, leif, ada, bo = [await signed_in(house, who) for who in ("lone", "leif", "ada", "bo")]
    sought = {"q": "kødkniv", "unit": "nord"}
    assert (await leif.post("/incidents/views", sought)).status_code == 422
    kept = await leif.post("/incidents/views", sought | {"view_name": "Knive hos Bent", "share": "1"})
    view = kept.headers["location"].removesuffix("&done=1")
    own = await bo.post("/incidents/views", {"unit": "nord", "view_name": "Mine"})
    assert (await bo.post("/incidents/views", sought | {"view_name": "x", "share": "1"})).status_code == 403
    shown = (await leif.get(view)).text
    assert address in shown
    assert "<h1>Knive hos Bent</h1>" in shown
    for who in (lone, ada, bo):
        assert "Knive" not in (await who.get("/incidents")).text
        assert (await who.get(view)).status_code == 404
    assert (await bo.get(own.headers["location"])).status_code == 200
    assert (await leif.get(own.headers["location"])).status_code == 404
    remove = f"/incidents/views/{view.partition('=')[2]}/remove"
    assert (await bo.post(remove)).status_code == 404
    assert "Bent" not in str(kind.look(house.url, "SELECT * FROM incident_view"))
    assert (await leif.post(remove)).status_code == 303
    assert "Knive" not in (await leif.get("/incidents")).text
    assert len(await rows(house, "incident_view_kept")) == 2
    assert len(await rows(house, "incident_view_removed")) == 1


async def test_the_list_is_taken_along_for_a_spreadsheet_and_that_is_written_down(begin: Begin) -> None:
    house = await begin("anna nord")
    await episode(house, "anna", at="2026-03-10 13:00")
    leif, lone, anna = [await signed_in(house, who) for who in ("leif", "lone", "anna")]
    file = await leif.post("/incidents.csv", {"q": "kniv"})
    assert file.content.startswith(b"\xef\xbb\xbf")
    (line,) = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))[1:]
    assert line == ["2026-03-10 13:00", "Nord", "", "Reel", "Fysisk vold, Trusler", "Noteret"]
    book = await leif.post("/incidents.xlsx", {"q": "kniv"})
    with ZipFile(io.BytesIO(book.content)) as parts:
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert "Fysisk vold, Trusler" in texts
    assert "kødkniv" not in texts
    assert "Trusler" not in (await lone.post("/incidents.csv", {"unit": "nord"})).text, "not hers to read"
    assert (await anna.get("/incidents.xlsx")).status_code == 403
    assert [entry.subject for entry in await rows(house, "exported")] == ["incidents"] * 3
    assert [entry.actor for entry in await rows(house, "incident_searched")] == ["lone", "leif", "leif"]


async def test_what_was_written_before_there_were_fine_traces_is_found_too(begin: Begin, kind: Kind) -> None:
    house = await begin("anna nord")
    address = await episode(house, "anna", at="2026-03-10 13:00")
    async with house.database.read() as tx:
        seal = await house.services.incidents.seals.to_read(tx)
    assert any(seal.traces("kødkniv")[COARSE:])
    kind.look(house.url, f"UPDATE incident_trace SET {', '.join(f'w{n} = NULL' for n in range(COARSE, 64))}")
    leif = await signed_in(house, "leif")
    for words, found in (("kødkniv", True), ("hammer", False)):
        page = await leif.post("/incidents", {"q": words})
        assert (f'<th scope="row"><a href="{address}">' in page.text) is found
    await (await signed_in(house, "anna")).post(f"{address}/employee", {"learnt": "Hammeren låses inde", "last": "9"})
    assert address in (await leif.post("/incidents", {"q": "hammer"})).text
