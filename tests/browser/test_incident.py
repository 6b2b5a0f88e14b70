"""What somebody writes of an incident in a browser: kept while they write, and let go once it is saved."""

import pytest
from playwright.async_api import Route, expect

from tests.browser.stage import Stage
from tests.browser.test_access import check

CASE = {"area": "voksensocial", "unit": "nord", "title": "Støtte", "system": "SBSYS", "reference": "17"}
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_is_written_outlives_the_line_and_the_page_and_is_let_go_once_saved(stage: Stage) -> None:
    stage.expected += ["ERR_FAILED"]
    which = await stage.press("lone", place="stue-3")
    lone = await stage.open("lone")
    await stage.act("lone", which, "resolve", outcome="real")
    await lone.locator(".mine-card [data-slot=note]").click()
    await check(lone)
    state, words = lone.locator("[data-slot=draft]"), lone.locator("#f-happened")
    await words.fill("Han rev bordet omkuld")
    await expect(state).to_contain_text("Kladde gemt")

    async def dead(route: Route) -> None:
        await route.abort()

    await lone.route("**/incidents/draft", dead)
    await words.press_sequentially(" og gik")
    await expect(state).to_contain_text("gemmes i denne browser")
    await lone.reload()
    await expect(words).to_have_value("Han rev bordet omkuld og gik")
    await lone.unroute("**/incidents/draft")
    await lone.get_by_label("Trusler").check()
    await expect(state).to_contain_text("Kladde gemt")
    await lone.get_by_role("button", name="Gem", exact=True).click()
    await expect(lone.locator("h1")).to_contain_text("Trusler")
    await check(lone)
    await expect(lone.locator(".paper-employee")).to_contain_text("Han rev bordet omkuld og gik")
    assert await lone.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('hub.draft'))") == []
    karen = await stage.open("karen", "/incidents/safety")
    here = lone.url.partition("?")[0]
    cases = await filed(stage, here.rpartition("/")[2])
    counts = ("/incidents/statistics", "/incidents/retention")
    for path in ("/incidents?unit=nord", *counts, here, f"{here}/join", f"{here}/case", *cases, None):
        await karen.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        await check(karen)
        if path:
            await karen.goto(path)


async def filed(stage: Stage, which: str) -> list[str]:
    """A case of a citizen's, and the pages where it is seen to."""
    ali = await stage.sends("karen", "/citizens/new", {"name": "Ali", "home": "nord"})
    whom = ali.rpartition("/")[2]
    case = await stage.sends("karen", "/cases/register", CASE | {"citizen": whom})
    await stage.sends("karen", f"{case}/facts", {"what": "note", "words": "Talt med sagsbehandleren."})
    await stage.sends("karen", f"/cases/{which}/record", {"form": "r"})
    practice = f"/admin/practice/voksensocial?from=per_area&incident={which}"
    place = f"/cases/{which}/place?citizen={whom}"
    async with stage.client(await stage.session("karen")) as client:
        shown = (await client.get(f"/cases/{which}")).text
    record = "/cases/records/" + shown.partition("/cases/records/")[2].partition('"')[0]
    lists = ("/cases", "/cases/register", "/cases/register/new", "/admin/practice", practice)
    return [case, place, f"/cases/{which}", record, f"/citizens/{whom}/cases", *lists]
