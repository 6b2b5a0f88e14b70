"""What the pages of messages show in their pictures."""

from uuid import uuid4

from playwright.async_api import Page, expect

from tests.browser.scenes import scene, touched
from tests.browser.stage import Stage

_WRITTEN: list[str] = []


async def writing(stage: Stage) -> None:
    """Jonas writes to Lone and to whoever is on duty, and they answer."""
    which = str(uuid4())
    unit = next(iter((await stage.api("jonas", "GET", "/api/duty"))["people"]))["unit"]
    begun = {"id": str(uuid4()), "conversation": which, "to": [{"person": "lone"}, {"duty": unit}]}
    about = {"about": "citizen", "citizen": "Bent på stue 3", "title": "Aftenen hos Bent"}
    await stage.api("jonas", "POST", "/api/conversations", begun | about | {"text": "Han har sovet dårligt i nat."})
    words = f"/api/conversations/{which}/messages"
    answer = {"id": str(uuid4()), "text": "Tak. Jeg ser til ham kl. 21.\nSkal døren stå på klem?", "replies_to": 1}
    await stage.api("lone", "POST", words, answer)
    await stage.api("jonas", "POST", words, {"id": str(uuid4()), "text": "… og kl. 23 igen.", "amends": 1})
    plan = {"files": ("Handleplan for rolige aftener, revideret i november.txt", b"Sluk radioen kl. 20.", "text/plain")}
    async with stage.client(await stage.session("jonas")) as jonas:
        await jonas.post(f"/messages/{which}", data={"id": str(uuid4()), "text": "Planen er her."}, files=plan)
    urgent = {"id": str(uuid4()), "text": "@Lone ring til mig, før du går ind.", "urgent": True}
    await stage.api("jonas", "POST", words, urgent)
    text = "Aftenen gik stille. Medicin givet kl. 20."
    await stage.sends("karen", "/messages/templates", {"title": "Aftenen gik stille", "text": text})
    _WRITTEN.append(which)


@scene
async def messages(stage: Stage, language: str) -> Page:
    return await touched(await stage.open("lone", "/messages", language=language))


@scene
async def messages_one(stage: Stage, language: str) -> Page:
    lone = await stage.open("lone", f"/messages/{_WRITTEN[0]}", language=language)
    await expect(lone.locator(".strip-message")).to_be_visible()
    return await touched(lone)


@scene
async def messages_new(stage: Stage, language: str) -> Page:
    lone = await stage.open("lone", "/messages/new", language=language)
    await lone.locator("input[name=to]").first.check()
    await lone.locator("textarea[name=text]").fill("Hun hedder 010170-1234")
    await expect(lone.locator("#cpr-warning")).to_be_visible()
    await expect(lone.locator("#who-reads li")).to_have_count(2)
    return lone


@scene
async def messages_found(stage: Stage, language: str) -> Page:
    lone = await stage.open("lone", "/messages", language=language)
    await lone.locator("input[name=q]").fill("døren")
    await lone.locator("form[role=search] button").click()
    await expect(lone.locator(".conversations li a").first).to_be_visible()
    return lone


@scene
async def messages_templates(stage: Stage, language: str) -> Page:
    return await touched(await stage.open("karen", "/messages/templates", language=language))


@scene
async def messages_keeping(stage: Stage, language: str) -> Page:
    return await touched(await stage.open("lone", f"/messages/{_WRITTEN[0]}/keeping", language=language))
