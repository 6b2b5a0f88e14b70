"""What the pages of cases show in pictures: a citizen with a long case, a note on it, and one that waits for it."""

from collections.abc import Mapping
from typing import Any

from playwright.async_api import Page

from tests.browser.desk_scenes import written_down
from tests.browser.scenes import scene, scenes
from tests.browser.stage import Stage

UUID = "5f0c2c1e-6a56-4e4e-9d0a-1b7a7f5b9c11"
HELD = {"case_model": "one_long_citizen_case", "record_as": "journal_post_on_long_case", "case_link": "required",
        "when_missing": "hold", "form": "f", "why": "Aftalt med myndighed"}  # fmt: skip
CASE = {"area": "voksensocial", "unit": "nord", "title": "Støtte i botilbud", "since": "2026-03-01", "kle": "27.66.08",
        "system": "SBSYS", "reference": "2026-0417", "uuid": UUID, "basis": "SEL § 108"}  # fmt: skip
_MADE: dict[str, str] = {}


async def filing(stage: Stage) -> None:
    """Karen keeps Ali's long case; one incident is on it, and the next waits for her word."""

    async def sends(path: str, fields: Mapping[str, Any]) -> str:
        return await stage.sends("karen", path, fields)

    ali = await sends("/citizens/new", {"name": "Ali Rahimi", "home": "nord", "number": "010180-1239"})
    _MADE["citizen"] = ali.rpartition("/")[2]
    await sends("/admin/practice/voksensocial", HELD)
    facts = f"{await sends('/cases/register', CASE | {'citizen': _MADE['citizen']})}/facts"
    for said in (
        {"what": "state", "state": "Oplyst"},
        {"what": "note", "words": "Talt med sagsbehandleren.\nHandleplanen ses efter sammen i næste uge."},
        {"what": "party", "words": "Fatima Rahimi, værge"},
        {"what": "grant", "words": "B-2026-88 i KMD Nexus"},
        {"what": "classed", "kle": "27.66.00"},
    ):
        await sends(facts, said)
    for placed in (True, False):
        address = await written_down(stage)
        which = address.rpartition("/")[2]
        course = {"course": "Ali var urolig efter aftensmaden.", "last": "9"}
        await stage.sends("jonas", f"{address}/case", course)
        await sends(f"/cases/{which}/record", {"form": "r"})
        if placed:
            await sends(f"/cases/{which}/place", {"citizen": _MADE["citizen"], "case": UUID})
        _MADE["incident"] = which
        await stage.clear()


def paged(name: str, path: str) -> None:
    async def made(stage: Stage, language: str) -> Page:
        karen = await stage.open("karen", path.format(**_MADE), language=language)
        await karen.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        return karen

    scenes[name] = made


for scene_name, scene_path in {
    "case-queue": "/cases",
    "case-register": "/cases/register",
    "case-one": "/cases/register/" + UUID,
    "case-new": "/cases/register/new",
    "case-place": "/cases/{incident}/place?citizen={citizen}",
    "case-incident": "/cases/{incident}",
    "case-practice": "/admin/practice/voksensocial?from=per_area&incident={incident}",
    "case-practices": "/admin/practice",
}.items():
    paged(scene_name, scene_path)


@scene
async def case_overview(stage: Stage, language: str) -> Page:
    karen = await stage.open("karen", f"/citizens/{_MADE['citizen']}/cases", language=language)
    await karen.locator("#f-why").fill("Borgeren har bedt om indsigt")
    await karen.locator("main .main-action").click()
    await karen.locator("#cases-title").wait_for()
    return karen
