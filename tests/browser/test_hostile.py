"""An institution whose every text is an attack: each is shown as it was written, and no page breaks its policy."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from hub.clock import SystemClock
from tests.browser.stage import PASSWORD, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_PAGES = 40
LINKS = "() => [...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))"
MADE = "() => document.querySelectorAll('img[src=x], b.ond, svg[onload]').length"


def evil(field: str) -> str:
    return f"{field}\"'><img src=x onerror=alert(1)><b class=ond>{{{{7*7}}}}</b>"


def site(now: datetime, folder: Path) -> Path:
    """Two people on duty in a unit, all of whose names are attacks."""
    rules = f"""name = {json.dumps(evil("rule"))}
[kinds.alarm]
[[kinds.alarm.steps]]
tell = ["on_duty"]
by = ["live"]
next_after = 600
[kinds.fald]
label = {json.dumps(evil("kind"))}
[[kinds.fald.steps]]
tell = ["on_duty"]
by = ["live"]
next_after = 600
[last_resort]
tell = ["role:admin"]
by = ["live"]
next_after = 600
"""
    (folder / "ond.rules.toml").write_text(rules, encoding="utf-8")
    starts, ends = ((now + timedelta(hours=hours)).isoformat() for hours in (-1, 8))
    institution = {"id": "ond", "name": evil("institution"), "municipality": "29189999", "rules": "./ond.rules.toml"}
    tables: list[tuple[str, Mapping[str, Any]]] = [
        ("[institution]", {**institution, "timezone": "Europe/Copenhagen"}),
        ("[[unit]]", {"id": "nord", "name": evil("unit")}),
        ("[[place]]", {"id": "stue", "unit": "nord", "name": evil("place"), "floor": evil("floor")}),
        ("[[contact]]", {"id": "vagt", "name": evil("contact"), "phone": "+4511223344"}),
        ("[[device]]", {"id": "knap", "kind": "button", "place": "stue"}),
    ]
    for key, role in (("eve", "admin"), ("oscar", "staff")):
        person = {"id": key, "name": evil(key), "role": role, "units": ["nord"], "password": PASSWORD}
        shift = {"person": key, "unit": "nord", "duty": "active", "from": starts, "to": ends}
        tables += [("[[person]]", person), ("[[shift]]", shift)]
    lines = [
        "\n".join([head, *(f"{key} = {json.dumps(value)}" for key, value in table.items())]) for head, table in tables
    ]
    path = folder / "ond.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


async def says(page: Page, *fields: str) -> None:
    for field in fields:
        await expect(page.locator("body")).to_contain_text(evil(field))
    assert await page.evaluate(MADE) == 0


async def test_every_field_is_shown_as_text(stage: Stage, tmp_path: Path) -> None:
    await stage.hub.setup(site(SystemClock().now(), tmp_path))
    eve = await stage.open("ond/eve")
    await says(eve, "institution", "unit", "place", "kind", "contact", "eve")
    alone = {"id": str(uuid4()), "minutes": 1 / 60, "grace": 1, "place": evil("where"), "purpose": evil("purpose")}
    await stage.api("ond/oscar", "POST", "/api/lone", alone)
    which = await stage.press("ond/oscar", "fald", place="stue", note=evil("note"))
    await says(eve, "oscar", "place", "unit", "note", "kind", "where", "purpose")
    version = (await stage.api("ond/oscar", "GET", f"/api/alarms/{which}"))["version"]
    clear = {"as_of": version, "outcome": "test", "note": evil("closing")}
    await stage.api("ond/oscar", "POST", f"/api/alarms/{which}/resolve", clear)
    await eve.goto(f"/alarms/{which}")
    await says(eve, "oscar", "place", "note", "closing")
    await eve.goto("/alarms")
    await says(eve, "oscar", "place", "where")
    await eve.goto("/duty")
    await says(eve, "unit", "oscar")

    ahead, seen = ["/", "/check", "/admin", "/wall"], set[str]()
    while ahead and len(seen) < MOST_PAGES:
        path = ahead.pop(0)
        answer = await eve.goto(path)
        seen.add(path)
        assert answer is not None
        assert answer.status in (200, 404), path
        assert await eve.evaluate(MADE) == 0, path
        links = [link.partition("?")[0].partition("#")[0] for link in await eve.evaluate(LINKS)]
        # Not what would end the visit, nor what is no page.
        ahead += [link for link in links if link.startswith("/") and "." not in link and "/language/" not in link]
        ahead = [link for link in dict.fromkeys(ahead) if link not in seen]
    for alarm in (await stage.api("ond/eve", "GET", "/api/alarms?state=open"))["alarms"]:
        done = {"as_of": alarm["version"], "outcome": "test"}
        await stage.api("ond/eve", "POST", f"/api/alarms/{alarm['id']}/resolve", done)


async def test_a_breach_of_the_policy_is_reported_to_the_hub_and_counted(stage: Stage) -> None:
    stage.expected += ["Content Security Policy"]
    lone = await stage.open("lone")
    before = stage.breaches()
    script = "Object.assign(document.createElement('script'), { text: 'alert(1)' })"
    async with lone.expect_response("**/csp-report") as told:
        await lone.evaluate(f"document.body.append({script})")
    assert (await told.value).status == 204
    assert stage.breaches() == before + 1
    stage.breached += 1
