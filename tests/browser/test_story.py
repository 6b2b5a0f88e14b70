"""Alarms from press to all clear, on the screens of those concerned."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.stage import DESK, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def hold(page: Page, selector: str = "#press-alarm", ms: int | None = None) -> None:
    """Holds the button until it has had enough, or so long."""
    button = page.locator(selector)
    # Not by where it was a moment ago: what was pressed before may still move it.
    await button.hover()
    await page.mouse.down()
    if ms is None:
        await expect(button).to_have_attribute("data-press", "holding")
        await expect(button).to_have_attribute("data-press", "")
    else:
        await page.wait_for_timeout(ms)
    await page.mouse.up()


async def test_an_alarm_from_press_to_all_clear(stage: Stage) -> None:
    lone = await stage.open("lone")
    jonas = await stage.open("jonas", size=DESK)
    await expect(lone.locator("#reach")).to_contain_text("1 kan høre alarmen nu")
    await lone.get_by_label("Hvor er du?").select_option("stue-3")
    await hold(lone)
    headline = lone.locator(".mine-card .headline")
    await expect(headline).to_have_text("Hørt af 1")
    await expect(lone.locator(".ladder")).to_contain_text("Jonas Holm")

    card = jonas.get_by_role("dialog")
    await expect(card).to_be_visible()
    for words in ("ALARM", "Stue 3", "Afdeling Nord", "Lone Frandsen", "siden "):
        await expect(card).to_contain_text(words)
    await expect(jonas.locator("#incoming-title")).to_be_focused()
    await jonas.get_by_role("button", name="Jeg kommer").click()
    await expect(headline).to_have_text("Jonas Holm er på vej")
    await jonas.get_by_role("button", name="Jeg er fremme").click()
    await expect(headline).to_have_text("Jonas Holm er fremme")

    await jonas.locator("dialog summary").click()
    await jonas.get_by_label("Reel alarm").check()
    await jonas.get_by_label("Note (kan udelades)").fill("Alle er i god behold.")
    await jonas.get_by_role("button", name="Meld faren forbi").click()
    await expect(headline).to_have_text("Faren er forbi")
    await expect(card).to_be_hidden()
    await expect(jonas.locator(".strip-clear")).to_contain_text("Faren er forbi: Stue 3")
    assert not await stage.open_alarms()

    await lone.get_by_role("link", name="Se forløbet").click()
    story = lone.locator("#timeline")
    await expect(story).to_contain_text("Jonas Holm meldte faren forbi: Reel alarm.")
    told = await story.locator("li p").all_text_contents()
    assert told[0].startswith("Lone Frandsen trykkede ALARM i Stue 3. Fik besked: ")
    assert told[-3:] == ["Jonas Holm er på vej.", "Jonas Holm er fremme.", "Jonas Holm meldte faren forbi: Reel alarm."]
    assert "Nået frem til enheden hos Jonas Holm." in told
    await expect(lone.locator("#facts")).to_contain_text("Alle er i god behold.")


async def test_two_who_press_at_once_are_shown_as_one(stage: Stage) -> None:
    jonas = await stage.open("jonas")
    first = await stage.press("lone", place="stue-3")
    second = await stage.press("mette", place="koekken")
    cards = jonas.locator("dialog .card-incoming")
    await expect(cards).to_contain_text("2 trykkede samtidig: det er én hændelse")
    await expect(cards).to_have_count(1)
    for words in ("Stue 3", "Lone Frandsen", "Fælleskøkken", "Mette Østergaard"):
        await expect(cards).to_contain_text(words)
    await jonas.get_by_role("button", name="Jeg kommer").click()
    await expect(cards).to_contain_text("Du har svaret: Jeg kommer")
    for which in (first, second):
        answers = (await stage.alarm(which))["answers"]
        assert [(one["person"], one["answer"]) for one in answers] == [("jonas", "coming")]


async def test_letting_go_sends_nothing_and_a_second_press_sends(stage: Stage) -> None:
    lone = await stage.open("lone")
    await hold(lone, ms=300)
    await expect(lone.locator("#press-alarm")).to_contain_text("Tryk igen")
    assert not await stage.open_alarms()
    await hold(lone, ms=50)
    await expect(lone.locator(".mine-card .ladder")).to_contain_text("Modtaget ")
    assert [alarm["kind"] for alarm in await stage.open_alarms()] == ["alarm"]


async def test_the_whole_way_with_the_keyboard_alone(stage: Stage) -> None:
    lone = await stage.open("lone")
    jonas = await stage.open("jonas")
    await keys(lone, lone.locator("#press-alarm"), "Enter")
    await expect(lone.locator("#say-now")).to_have_text("Intet er sendt endnu. Tryk igen for at sende.")
    await lone.keyboard.press("Enter")
    await expect(jonas.get_by_role("dialog")).to_be_visible()
    await expect(jonas.get_by_role("button", name="Jeg kommer")).to_be_enabled()
    await jonas.keyboard.press("Escape")
    await expect(jonas.get_by_role("dialog")).to_be_visible()
    await keys(jonas, jonas.get_by_role("button", name="Jeg kommer"), "Enter")
    headline = lone.locator(".mine-card .headline")
    await expect(headline).to_have_text("Jonas Holm er på vej")
    await keys(jonas, jonas.get_by_role("button", name="Jeg er fremme"), " ")
    await expect(headline).to_have_text("Jonas Holm er fremme")
    await keys(jonas, jonas.locator("dialog summary"), "Enter")
    await keys(jonas, jonas.get_by_label("Reel alarm"), "ArrowDown")
    await keys(jonas, jonas.get_by_label("Trykket ved en fejl"), " ")
    await keys(jonas, jonas.get_by_role("button", name="Meld faren forbi"), "Enter")
    await expect(headline).to_have_text("Faren er forbi")
    await keys(lone, lone.get_by_role("link", name="Se forløbet"), "Enter")
    ended = "Jonas Holm meldte faren forbi: Falsk alarm · Trykket ved en fejl."
    await expect(lone.locator("#timeline")).to_contain_text(ended)
    await keys(lone, lone.locator("#menu summary"), "Enter")
    await keys(lone, lone.get_by_role("link", name="Kan jeg modtage alarmer?"), "Enter")
    await expect(lone.locator("#checks li").first).to_be_visible()


async def keys(page: Page, target: Locator, key: str) -> None:
    """Goes to the target with the tabulator alone, and presses a key there."""
    for _ in range(60):
        if await target.evaluate("one => one === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await expect(target).to_be_focused()
    await page.keyboard.press(key)


async def test_the_space_bar_held_raises(stage: Stage) -> None:
    lone = await stage.open("lone")
    await lone.locator("#press-alarm").focus()
    await lone.keyboard.down(" ")
    await expect(lone.locator(".mine-card")).to_be_visible()
    await lone.keyboard.up(" ")
    assert len(await stage.open_alarms()) == 1


async def test_a_silent_alarm_shows_one_discreet_sign(stage: Stage) -> None:
    lone = await stage.open("lone")
    jonas = await stage.open("jonas")
    await hold(lone, ".press-silent")
    await expect(jonas.get_by_role("dialog")).to_contain_text("Stille alarm")
    await expect(lone.locator("#discreet")).to_contain_text(" ✓")
    await jonas.get_by_role("button", name="Jeg kommer").click()
    await expect(lone.locator("#discreet")).to_contain_text(" ✓✓")
    await expect(lone.locator(".mine-card")).to_have_count(0)
    await expect(lone.locator("#open-count")).to_be_hidden()


async def test_a_withdrawn_alarm_stays_as_one_to_check(stage: Stage) -> None:
    lone = await stage.open("lone")
    jonas = await stage.open("jonas")
    await stage.press("lone", place="stue-3")
    await lone.get_by_role("button", name="Træk tilbage").click()
    await lone.get_by_role("button", name="Træk alarmen tilbage").click()
    await expect(lone.locator(".mine-card .headline")).to_have_text("Trukket tilbage")
    await expect(jonas.get_by_role("dialog")).to_contain_text("Trukket tilbage – kontrollér personligt")


async def test_a_pin_is_asked_for_and_a_forced_one_looks_the_same(stage: Stage) -> None:
    stage.expected += ["403", "401", "409", "422"]
    jonas = await stage.open("jonas")
    lone = await stage.open("lone")
    which = await stage.press("jonas", place="stue-3")
    await jonas.get_by_role("button", name="Træk tilbage").click()
    withdraw = jonas.get_by_role("button", name="Træk alarmen tilbage")
    await withdraw.click()
    await expect(jonas.get_by_role("alert").filter(has_text="Skriv din PIN-kode")).to_be_visible()
    await jonas.get_by_label("Din PIN-kode").fill("0000")
    await withdraw.click()
    await expect(jonas.get_by_role("alert").filter(has_text="PIN-koden er forkert.")).to_be_visible()
    await jonas.get_by_label("Din PIN-kode").fill("1147")
    await jonas.keyboard.press("Enter")
    await expect(jonas.locator(".mine-card .headline")).to_have_text("Trukket tilbage")
    await expect(lone.get_by_role("dialog")).to_be_visible()
    await expect(lone.locator(".ribbon-withdrawn")).to_be_hidden()
    assert (await stage.alarm(which))["state"] == "raised"


async def test_a_drill_is_marked_and_forgets_itself(stage: Stage) -> None:
    lone = await stage.open("lone")
    jonas = await stage.open("jonas")
    practise = lone.get_by_role("button", name="Øv dig")
    await practise.click()
    await hold(lone)
    await expect(practise).to_have_attribute("aria-pressed", "false")
    for page in (lone.locator(".mine-card"), jonas.get_by_role("dialog")):
        await expect(page).to_contain_text("ØVELSE")
    assert [alarm["drill"] for alarm in await stage.open_alarms()] == [True]


async def test_who_needs_help_is_not_covered_by_another_alarm(stage: Stage) -> None:
    lone = await stage.open("lone")
    await stage.press("lone", place="stue-3")
    await stage.press("jonas", place="koekken")
    await expect(lone.locator(".mine-card")).to_contain_text("Jonas Holm har også trykket: Fælleskøkken")
    await expect(lone.get_by_role("dialog")).to_be_hidden()
    await expect(lone.locator(".strip[data-kind=alarm]")).to_contain_text("Fælleskøkken")


async def test_a_responder_reaches_their_own_button_and_comes_back(stage: Stage) -> None:
    jonas = await stage.open("jonas")
    await stage.press("lone", place="stue-3")
    await jonas.get_by_role("button", name="Til min egen alarmknap").click()
    await expect(jonas.get_by_role("dialog")).to_be_hidden()
    await jonas.locator(".strip[data-kind=alarm]").click()
    await jonas.get_by_role("button", name="Jeg kan ikke").click()
    await expect(jonas.get_by_role("dialog")).to_be_hidden()
    await jonas.goto("/alarms")
    await expect(jonas.locator("#open-alarms")).to_contain_text("Stue 3")
    await expect(jonas.get_by_role("dialog")).to_be_hidden()


async def test_nobody_to_hear_is_said_loudly(stage: Stage) -> None:
    amina = await stage.open("amina")
    await expect(amina.locator("#reach[data-state=none]")).to_have_text("INGEN kan høre alarmen her nu")


async def test_what_people_write_is_shown_as_they_wrote_it(stage: Stage) -> None:
    jonas = await stage.open("jonas")
    note = "<b onmouseover=alert(3)>fed</b>{{ 7 * 7 }}"
    which = await stage.press("mallory", place="hostile", note=note)
    for words in ("<img src=x onerror=alert(1)>", "\"'><script>alert(2)</script>", note):
        await expect(jonas.get_by_role("dialog")).to_contain_text(words)
    await jonas.get_by_role("button", name="Jeg kan ikke").click()
    await jonas.goto(f"/alarms/{which}")
    await expect(jonas.locator("#timeline")).to_contain_text("<img src=x onerror=alert(1)> trykkede")
    await jonas.goto("/alarms")
    await expect(jonas.locator("#open-alarms")).to_contain_text("<script>alert(2)</script>")
    mallory = await stage.open("mallory")
    await expect(mallory.locator("footer")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(mallory.locator("#place")).to_contain_text("<script>alert(2)</script>")
