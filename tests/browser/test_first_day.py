"""An administrator sets up an institution from nothing, in the browser; and all can use every administration page."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from clients.demo.hubchild import HubChild
from tests.browser.stage import ARGUMENTS, CHROMIUM, DESK, PASSWORD, PHONE, Stage
from tests.browser.test_access import check

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOC = Path(__file__).resolve().parents[2] / "docs" / "first-day.md"
ADMIN = "karen-aeblegaard"
UNITS = {"Afdeling Nord": "Stue 3\nFælleskøkken", "Afdeling Syd": "Værelse 12"}
PEOPLE = [
    ("Anna Ål", "Medarbejder", "Afdeling Nord"),
    ("Bo Østergaard", "Medarbejder", "Afdeling Nord"),
    ("Dina Yildiz", "Medarbejder", "Afdeling Syd"),
    ("Erik Dam", "Medarbejder", "Afdeling Syd"),
    ("Mette Holm", "Vagtleder", "Afdeling Nord"),
    ("Leif Krogh", "Leder", ""),
]
PAGES = [
    "/admin", "/admin/units", "/admin/units/afdeling-nord", "/admin/people", "/admin/people/anna-aal", "/admin/devices",
    "/admin/rules", "/admin/rules/trial?from=herberg", "/admin/rules/2", "/admin/drills", "/admin/contacts",
    "/admin/changes", "/admin/mailboxes", "/admin/institution", "/admin/units/nobody", "/holes", "/rest", "/swaps",
]  # fmt: skip


@dataclass
class Hand:
    """Counts what a person does."""

    page: Page
    forms: int = 0
    fields: int = 0
    clicks: int = 0

    async def fill(self, label: str, text: str) -> None:
        await self.page.get_by_label(label, exact=False).first.fill(text)
        self.fields += 1

    async def choose(self, label: str, words: str) -> None:
        await self.page.get_by_label(label).first.select_option(label=words)
        self.fields += 1

    async def tick(self, label: str) -> None:
        await self.page.get_by_role("checkbox", name=label).check()
        self.fields += 1

    async def go(self, name: str, then: str) -> None:
        await self.page.get_by_role("link", name=name).first.click()
        await self.page.wait_for_url(then)
        self.clicks += 1

    async def send(self, name: str, then: str) -> None:
        await self.page.get_by_role("button", name=name).click()
        await self.page.wait_for_url(then)
        self.forms += 1
        self.clicks += 1


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def empty_hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A hub in which nobody has been yet."""
    hub = HubChild(tmp_path_factory.mktemp("first-day"))
    async with hub, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Stage(hub, browser, {})
        await browser.close()


async def test_the_first_day(empty_hub: Stage) -> None:
    stage = empty_hub
    link = re.search(r"http\S+/enrol/\S+", stage.hub.last_words())
    assert link is not None, stage.hub.last_words()
    page = await stage.open(None, link[0], size=DESK)
    await check(page)
    hand = Hand(page)
    await founds(hand)
    await hand.go("Afdelinger og deres rum", "**/admin/units")
    for unit, rooms in UNITS.items():
        await hand.fill("Hvad hedder den", unit)
        await hand.fill("Rum i afdelingen", rooms)
        await hand.send("Tilføj afdelingen", "**/admin/units?done=1")
    await hand.go("Medarbejdere", "**/admin/people")
    for name, role, unit in PEOPLE:
        await expect(page.get_by_label("Navn", exact=True)).to_have_value("")
        await hand.fill("Navn", name)
        if role != "Medarbejder":
            await hand.choose("Rolle", role)
        if unit:
            await hand.tick(unit)
        await hand.fill("Telefonnummer", "12 34 56 78")
        await hand.send("Tilføj kollegaen", "**/admin/people?done=1")
    await hand.go("Regler", "**/admin/rules")
    await expect(page.get_by_text("Straks: de vågne på vagt").first).to_be_visible()
    await hand.go("Prøv dem, eller ret dem", "**/admin/rules/trial?from=")
    await hand.fill("Hvorfor", "Læst igennem på første dag")
    await hand.send("Lad dem gælde", "**/admin/rules?done=1")
    await hand.go("Telefoner og knapper", "**/admin/devices")
    for name, _, _ in PEOPLE:
        await takes_a_phone(stage, hand, name)
    await hand.go("Overblik", "**/admin")
    await expect(page.get_by_text("Mangler")).to_have_count(0)
    counted = f"{hand.forms} forms, {hand.fields} fields, {hand.clicks} clicks"
    assert counted in DOC.read_text("utf-8"), counted
    alarm = await stage.press(ADMIN)
    assert (await stage.api(ADMIN, "GET", f"/api/alarms/{alarm}"))["told"] > 0
    await stage.api(ADMIN, "POST", f"/api/alarms/{alarm}/resolve", {"as_of": 1, "outcome": "test"})
    assert not stage.complaints, "\n".join(stage.complaints)


async def founds(hand: Hand) -> None:
    """The first form: the institution, and whoever sits here as its administrator."""
    await hand.fill("Hvad hedder institutionen", "Botilbud Åløkke")
    await hand.fill("CVR-nummer", "29189999")
    await hand.choose("Hvad ligner den mest", "Et botilbud med nattevagt")
    await hand.fill("Dit eget navn", "Karen Æblegård")
    await hand.fill("Vælg en adgangskode", PASSWORD)
    await hand.send("Opret institutionen", "**/admin")


async def takes_a_phone(stage: Stage, hand: Hand, name: str) -> None:
    """The administrator shows the code, and the colleague scans it and taps once."""
    await hand.choose("Hvis?", name)
    await hand.page.get_by_role("button", name="Vis koden").first.click()
    await hand.page.wait_for_url("**/admin/codes/*")
    hand.forms, hand.clicks = hand.forms + 1, hand.clicks + 1
    await expect(hand.page.get_by_role("img", name="QR-kode")).to_be_visible()
    address = await hand.page.get_by_label("Eller åbn denne adresse").input_value()
    phone = await stage.open(None, address)
    await expect(phone.get_by_text(f"Denne bliver tilknyttet {name}.")).to_be_visible()
    await phone.get_by_role("button", name="Tag i brug").click()
    await phone.wait_for_selector("html[data-line=live]")
    await phone.context.close()
    stage.contexts.remove(phone.context)
    hand.forms, hand.clicks = hand.forms + 1, hand.clicks + 1
    await hand.go("Telefoner og knapper", "**/admin/devices")


@pytest.mark.parametrize(("language", "scheme", "size"), [("da", "light", PHONE), ("en", "dark", DESK)])
async def test_every_administration_page_is_accessible(
    empty_hub: Stage, language: str, scheme: str, size: tuple[int, int]
) -> None:
    stage = empty_hub
    page = await stage.open(ADMIN, "/admin", size=size, scheme=scheme, language=language)
    stage.expected.append("404")
    for path in PAGES:
        await page.goto(path, wait_until="commit")
        await page.wait_for_selector("html[data-line=live]")
        for one in await page.locator("main details").all():
            await one.evaluate("one => { one.open = true; }")
        await check(page)
    await page.goto("/admin/people")
    stage.expected.append("422")
    await page.get_by_role("button", name="Add the colleague" if language == "en" else "Tilføj kollegaen").evaluate(
        "one => { one.form.noValidate = true; one.click(); }"
    )
    await expect(page.locator("#f-name-e")).to_be_visible()
    await check(page)
    await page.goto("/admin/devices")
    await page.locator("main summary").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".stop").first).to_be_visible()
    assert not stage.complaints, "\n".join(stage.complaints)
