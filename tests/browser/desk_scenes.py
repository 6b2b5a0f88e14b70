"""What the screens of those at a desk show in their pictures, and what has been done there before."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
from playwright.async_api import Page, expect

from hub.clock import SystemClock
from tests.browser.drawings import floor_plan
from tests.browser.scenes import NOBODY, scene, scenes, touched
from tests.browser.stage import Stage

NEXT_WEEK = (SystemClock().now() + timedelta(days=7)).date()
DESKS = {
    "admin": "/admin", "units": "/admin/units", "people": "/admin/people", "devices": "/admin/devices",
    "rules": "/admin/rules", "drills": "/admin/drills", "plans": "/admin/plans?unit=nord",
    "cards": "/admin/cards?unit=nord",
    "contacts": "/admin/contacts", "mailboxes": "/admin/mailboxes", "changes": "/admin/changes",
    "institution": "/admin/institution", "holes": "/holes",
    "rest": "/rest", "unit": "/admin/units/nord", "person": "/admin/people/jonas",
    "contact": "/admin/contacts/vagtcentralen", "trial": "/admin/rules/trial?from=", "version": "/admin/rules/1",
    "refused": "/admin/units/ingen",
    "roster": f"/roster?day={NEXT_WEEK}", "roster-person": f"/roster?by=person&day={NEXT_WEEK}",
    "roster-today": "/roster", "roster-month": f"/roster?view=month&by=person&day={NEXT_WEEK}",
    "roster-shift": "/roster/shifts/new", "roster-cover": "/roster/covers", "roster-calendar": "/roster/calendar",
    "planning": "/planning",
    "kle": "/admin/kle", "practice": "/admin/practice",
    "practice-edit": "/admin/practice/arbejdsmiljoe?from=single", "cases": "/cases",
}  # fmt: skip
LONE = {"name": "Lone Frandsen", "role": "staff", "units": "nord"}
HAPPENED = "Ali rev bordet omkuld og slog ud efter mig.\nJeg gik baglæns ud på gangen."
ADDRESS = {
    "way": "medcom", "name": "Bosted Solgården, Nord", "number": "5790000000012", "sor": "123456", "phone": "12345678",
    "to": "duty:nord",
}  # fmt: skip
CARD = "Gå to sammen.\nNøglen hænger i kontoret."


@scene
async def wall_door(stage: Stage, language: str) -> Page:
    return await stage.open(NOBODY, "/wall", language=language)


@scene
async def drill(stage: Stage, language: str) -> Page:
    karen = await stage.open("karen", "/admin/drills", language=language)
    await karen.locator("#f-unit").select_option("nord")
    await karen.locator("main form[method=post] .main-action").click()
    await expect(karen.locator("tbody tr").first).to_be_visible()
    return karen


@scene
async def plan(stage: Stage, language: str) -> Page:
    karen = await stage.open("karen", "/planning", language=language)
    await karen.locator("#f-unit").select_option("nord")
    await karen.locator("#f-days").select_option("7")
    await karen.locator("#f-seconds").select_option("30")
    await karen.locator("#f-weekday-1").fill("1")
    await karen.locator("form[action='/planning'] .main-action").click()
    # The page looks again by itself until the search beside the hub has ended.
    await expect(karen.locator("[action$=take]")).to_be_visible(timeout=120_000)
    return karen


@scene
async def code(stage: Stage, language: str) -> Page:
    karen = await stage.open("karen", "/admin/people/mette", language=language)
    await karen.locator("[action$=invite] button").click()
    await expect(karen.locator(".qr")).to_be_visible()
    return karen


@scene
async def welcome(stage: Stage, language: str) -> Page:
    karen = await code(stage, language)
    return await stage.open(NOBODY, await karen.locator("#address").input_value(), language=language)


async def written_down(stage: Stage) -> str:
    """An alarm that is over, and what Lone has written of it; the incident's address."""
    which = await stage.press("lone", place="stue-3")
    await stage.act("jonas", which, "answers", answer="coming")
    await stage.act("jonas", which, "resolve", outcome="real")
    note = {
        "alarm": which,
        "happened": HAPPENED,
        "outcome": "real",
        "asked-kinds": "1",
        "kinds": ["physical", "threat"],
    }
    return await stage.sends("lone", "/incidents/new", note)


@scene
async def first_note(stage: Stage, language: str) -> Page:
    which = await stage.press("lone", place="stue-3")
    await stage.act("jonas", which, "resolve", outcome="real")
    return await stage.open("lone", f"/incidents/new?alarm={which}", language=language)


@scene
async def incidents(stage: Stage, language: str) -> Page:
    await written_down(stage)
    return await stage.open("karen", "/incidents?unit=nord", language=language)


@scene
async def incident(stage: Stage, language: str) -> Page:
    address = await written_down(stage)
    await stage.sends("jonas", f"{address}/case", {"course": "Ali var urolig efter aftensmaden.", "last": "9"})
    return await stage.open("karen", address, language=language)


@scene
async def incident_paper(stage: Stage, language: str) -> Page:
    address = await written_down(stage)
    return await stage.open("karen", f"{address}/employee", language=language)


@scene
async def incident_retention(stage: Stage, language: str) -> Page:
    address = await written_down(stage)
    held = {"form": "h", "ground": "complaint", "why": "Beboerens søster har klaget til kommunen."}
    await stage.sends("karen", f"{address}/hold", held)
    return await stage.open("karen", "/incidents/retention", language=language)


@scene
async def incident_held(stage: Stage, language: str) -> Page:
    address = await written_down(stage)
    held = {"form": "h", "ground": "claim", "why": "Medarbejderen venter på svar fra forsikringen."}
    await stage.sends("karen", f"{address}/hold", held)
    karen = await stage.open("karen", address, language=language)
    await karen.locator("#keeping-title").scroll_into_view_if_needed()
    return karen


def desk(name: str, path: str) -> None:
    async def made(stage: Stage, language: str) -> Page:
        return await touched(await stage.open("karen", path, language=language))

    scenes[name] = made


for desk_name, desk_path in DESKS.items():
    desk(desk_name, desk_path)


async def furnish(stage: Stage) -> None:
    """A floor plan with two of its rooms on it, an instruction card, and people who have heard their test."""
    for who in ("lone", "jonas", "mallory", "amina"):
        asked = await stage.api(who, "POST", "/api/proofs")
        await stage.api(who, "POST", f"/api/proofs/{asked['id']}")
    here = {"unit": "nord", "floor": ""}
    picture = {"picture": ("plan.png", await floor_plan(stage.browser), "image/png")}
    rooms = {"x-stue-3": "18", "y-stue-3": "20", "x-koekken": "75", "y-koekken": "78"}
    async with httpx.AsyncClient(
        base_url=stage.hub.url, cookies={"hub_session": await stage.session("karen")}
    ) as karen:
        await karen.post("/admin/plans", data=here | {"do": "draw"}, files=picture)
        await karen.post("/admin/plans", data=here | {"do": "place"} | rooms)
        await karen.post("/admin/cards", data={"unit": "nord", "card-alarm": CARD})
        await karen.post("/admin/contacts", data={"name": "Vagtcentralen", "phone": "7020 3040"})
        await karen.post("/admin/mailboxes", data=ADDRESS)


async def on_the_roster(stage: Stage) -> None:
    """Shifts of this week and the next ones, somebody who covers, and somebody who has checked in."""
    today = SystemClock().now().astimezone(ZoneInfo("Europe/Copenhagen")).date()
    turns = [
        ("lone", "nord", "07:00", "15:00"),
        ("jonas", "nord", "15:00", "23:00"),
        ("mallory", "nord", "23:00", "07:00"),
    ]
    turns += [("amina", "syd", "07:30", "15:30"), ("mette", "nord", "08:00", "16:00")]
    async with httpx.AsyncClient(
        base_url=stage.hub.url, cookies={"hub_session": await stage.session("karen")}
    ) as karen:
        for number, (person, unit, begins, ends) in enumerate(turns):
            for day in (day for day in range(1, 12) if (day + number) % 7 < 5):
                said = {"person": person, "unit": unit, "from": begins, "to": ends, "why": "Sygdom i huset"}
                duty = "sleeping" if begins == "23:00" else "active"
                said |= {"duty": duty, "day": f"{today + timedelta(days=day)}"}
                await karen.post("/roster/shifts/new", data=said)
        cover = {"unit": "nord", "person": "mette", "instead_of": "jonas", "duty": "active", "why": "Syg"}
        until = SystemClock().now().astimezone(ZoneInfo("Europe/Copenhagen")) + timedelta(hours=2)
        await karen.post("/roster/covers", data=cover | {"until": f"{until:%H:%M}"})
        await karen.post("/admin/people/lone", data=LONE | {"weekly": "37"})
    await stage.api("lone", "POST", "/api/attendance", {"present": True})


async def swapping(stage: Stage) -> None:
    """Shifts that are asked for, offered and half agreed on, and a wish."""
    mine = {who: (await stage.api(who, "GET", "/api/duty/board"))["mine"] for who in ("lone", "jonas", "mallory")}
    coming = {who: [one["id"] for one in shifts if not one["checks_in"]] for who, shifts in mine.items()}
    note = {"note": "Min datter har fødselsdag"}
    await stage.api("jonas", "POST", "/api/swaps", {"shift": coming["jonas"][0]} | note)
    exchange = {"shift": coming["mallory"][2], "to": "lone", "in_return": coming["lone"][1]}
    await stage.api("mallory", "POST", "/api/swaps", exchange)
    agreed = await stage.api("mallory", "POST", "/api/swaps", {"shift": coming["mallory"][0]})
    await stage.api("lone", "POST", f"/api/swaps/{agreed['id']}/accept")
    await stage.api("lone", "POST", "/api/swaps", {"shift": coming["lone"][2]})
    starts = SystemClock().now() + timedelta(days=30)
    wish = {"starts": starts.isoformat(), "ends": (starts + timedelta(days=2)).isoformat(), "want": "free"}
    await stage.api("lone", "POST", "/api/wishes", wish | {"strength": 3, "note": "Sølvbryllup"})


@scene
async def swaps(stage: Stage, language: str) -> Page:
    return await touched(await stage.open("lone", "/swaps", language=language))


@scene
async def swaps_lead(stage: Stage, language: str) -> Page:
    return await touched(await stage.open("mette", "/swaps", language=language))


@scene
async def swaps_new(stage: Stage, language: str) -> Page:
    jonas = await stage.open("jonas", "/swaps", language=language)
    await jonas.locator(".mine-shift a").first.click()
    await jonas.locator("#f-to").select_option("lone")
    await jonas.locator("main .main-action").click()
    await expect(jonas.locator("#f-in_return")).to_be_visible()
    return await touched(jonas)
