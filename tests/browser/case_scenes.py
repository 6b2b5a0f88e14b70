"""What the pages of cases show in pictures: a citizen with a long case, a note on it, and one that waits for it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from playwright.async_api import Page

from clients.demo.casesystem import MUNICIPALITY
from tests.browser.desk_scenes import written_down
from tests.browser.scenes import scene, scenes
from tests.browser.stage import Stage

UUID = "5f0c2c1e-6a56-4e4e-9d0a-1b7a7f5b9c11"
HELD = {"case_model": "one_long_citizen_case", "record_as": "journal_post_on_long_case", "case_link": "required",
        "when_missing": "hold", "form": "f", "why": "Aftalt med myndighed"}  # fmt: skip
CASE = {"area": "voksensocial", "unit": "nord", "title": "Støtte i botilbud", "since": "2026-03-01", "kle": "27.66.08",
        "system": "SBSYS", "reference": "2026-0417", "uuid": UUID, "basis": "SEL § 108"}  # fmt: skip
# Nobody is there, and the other would want to know numbers by UUIDs that no list here has.
AWAY = {"url": "https://esdh.invalid", "token_url": "https://sts.invalid/token", "system": UUID, "client_id": "hub",
        "client_secret": "x", "municipality": MUNICIPALITY}  # fmt: skip
SENT = {"voksensocial": HELD | {"target": "sf2900"},
        "arbejdsmiljoe": {"case_model": "single_cases", "record_as": "own_case", "case_link": "never",
                          "target": "oio_rest", "form": "f", "why": "Aftalt med myndighed"}}  # fmt: skip
_MADE: dict[str, str] = {}


async def filing(stage: Stage) -> None:
    """Karen keeps Ali's long case; two incidents are on it, the next waits for her word, and not all can be sent."""

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
    for at, placed in enumerate((True, True, False)):
        if at == 1:
            await _sends_them(stage)
        address = await written_down(stage)
        which = address.rpartition("/")[2]
        course = {"course": "Ali var urolig efter aftensmaden.", "last": "9"}
        await stage.sends("jonas", f"{address}/case", course)
        await sends(f"/cases/{which}/record", {"form": "r"})
        if placed:
            await sends(f"/cases/{which}/place", {"citizen": _MADE["citizen"], "case": UUID})
        _MADE["incident"] = which
        await stage.clear()
    karen = await stage.open("karen", "/cases", language="da")
    # The ways are taken up within ten seconds, and what goes by them is tried then.
    while "kan ikke nås" not in await karen.content():
        await asyncio.sleep(1)
        await karen.reload()


async def _sends_them(stage: Stage) -> None:
    """From now on records go to case systems: one that cannot be reached, and one that would not have them."""
    for area, practice in SENT.items():
        target = practice["target"]
        way = stage.hub.data / f"{target}.toml"
        lines = [f'{name} = "{value}"' for name, value in (AWAY | {"target": target}).items()]
        way.write_text("\n".join(lines), encoding="utf-8")
        await stage.hub.command("cases", "connect", str(way))
        await stage.sends("karen", f"/admin/practice/{area}", practice)


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
async def case_record(stage: Stage, language: str) -> Page:
    karen = await stage.open("karen", "/cases", language=language)
    await karen.locator("#system ~ article a[href^='/cases/records/']").first.click()
    await karen.locator("h2[id^=version-]").first.wait_for()
    return karen


@scene
async def case_overview(stage: Stage, language: str) -> Page:
    karen = await stage.open("karen", f"/citizens/{_MADE['citizen']}/cases", language=language)
    await karen.locator("#f-why").fill("Borgeren har bedt om indsigt")
    await karen.locator("main .main-action").click()
    await karen.locator("#cases-title").wait_for()
    return karen
