"""What the pages for parties outside show in their pictures, and what a link opens for one of them."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

from playwright.async_api import Page

from hub.clock import SystemClock, micros
from hub.people.credentials import fingerprint, session_token
from hub.people.enrolment import Codes
from hub.storage.vault import open_vault
from tests.browser.scenes import NOBODY, scene
from tests.browser.stage import Stage

LINK, COOKIE = "billederslink", "hub_link"
_MADE: dict[str, str] = {}


async def sharing_out(stage: Stage) -> None:
    """Jonas shares what concerns Bent with his guardian, who has it on her phone."""
    skov = {"name": "Lægehuset i Skoven", "role": "gp", "way": "medcom", "gln": "5790000121526"}
    await stage.sends("karen", "/messages/outside", skov | {"sor": "276051000016005"})
    await stage.sends(
        "karen",
        "/messages/outside",
        {"name": "Inger Bruun", "role": "guardian", "way": "link", "phone": "30 00 00 01"},
    )
    which = str(uuid4())
    begun = {"id": str(uuid4()), "conversation": which, "to": [{"person": "lone"}], "title": "Aftenen hos Bent"}
    await stage.api(
        "jonas", "POST", "/api/conversations", begun | {"about": "citizen", "citizen": "Bent", "text": "Før."}
    )
    with closing(_book(stage)) as book:
        people = {way: one for one, way in book.execute("SELECT id, way FROM outside_party")}
    why = {"covers": "Medicin, og hvordan aftenerne går", "lasts": "month"}
    consent = why | {"outside": people["link"], "ground": "consent", "given_by": "Bent selv"}
    await stage.sends("jonas", f"/messages/{which}/sharing", consent)
    words = f"/api/conversations/{which}/messages"
    text = "Bent har sovet bedre de sidste tre nætter.\nKan du komme forbi onsdag kl. 15?"
    await stage.api("jonas", "POST", words, {"id": str(uuid4()), "text": text})
    meets = f"{SystemClock().now() + timedelta(days=3):%Y-%m-%d} 15:00"
    await stage.sends(
        "jonas", f"/messages/{which}/meeting", {"meets": meets, "address": "https://video.example.dk/m/8f3Kq"}
    )
    _MADE.update(conversation=which, token=session_token())
    now = SystemClock().now()
    with closing(_book(stage)) as book, book:
        book.execute("UPDATE message_onward SET state = 'sent', why = NULL")
        book.execute(
            "INSERT INTO outside_link VALUES (?, 'solgaarden', ?, ?, ?, NULL, NULL, 0, 0)",
            (LINK[:12], which, people["link"], micros(now)),
        )
        book.execute(
            "INSERT INTO outside_session VALUES (?, ?, ?, ?)",
            (fingerprint(_MADE["token"]), LINK[:12], micros(now), micros(now + timedelta(days=1))),
        )
    _MADE["path"] = f"/l/{Codes(open_vault(stage.hub.data).derived('outside-link')).code(LINK[:12])}"


def _book(stage: Stage) -> sqlite3.Connection:
    return sqlite3.connect(stage.hub.data / "hub.db", timeout=30)


@scene
async def outside_register(stage: Stage, language: str) -> Page:
    return await stage.open("karen", "/messages/outside", language=language)


@scene
async def outside_sharing(stage: Stage, language: str) -> Page:
    return await stage.open("jonas", f"/messages/{_MADE['conversation']}/sharing", language=language)


@scene
async def outside_message(stage: Stage, language: str) -> Page:
    return await stage.open("jonas", f"/messages/{_MADE['conversation']}", language=language)


@scene
async def outside_kept(stage: Stage, language: str) -> Page:
    hold = {"form": "h", "ground": "complaint", "why": "Den pårørende har klaget over svaret."}
    await stage.sends("karen", f"/messages/{_MADE['conversation']}/hold", hold)
    return await stage.open("karen", f"/messages/{_MADE['conversation']}/keeping", language=language)


@scene
async def outside_door(stage: Stage, language: str) -> Page:
    return await stage.open(NOBODY, f"{_MADE['path']}?sent=1", language=language)


@scene
async def outside_link(stage: Stage, language: str) -> Page:
    page = await stage.open(NOBODY, _MADE["path"], language=language)
    await page.context.add_cookies([{"name": COOKIE, "value": _MADE["token"], "url": stage.hub.url}])
    await page.reload()
    return page
