"""What a link opens: a code to the address that was registered, one conversation, and nothing of anybody else's."""

import re
from datetime import timedelta

import httpx

from hub.messaging import outsideactions
from hub.messaging.linkcode import LASTS, MOST_TRIES, MOST_WRONG
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.messaging.sharing import CONSENT, Basis
from hub.ports import Correspondent
from tests.admin.desk import URL, Browser, session, signed_in
from tests.cases.test_handover import events
from tests.databases import on_both
from tests.messaging.files import PDF, PNG
from tests.messaging.test_attachments import Watchful, kept
from tests.messaging.test_outside import passages, told
from tests.scenarios.conftest import Begin
from tests.scenarios.test_messages import adds, call, writes
from tests.scenarios.world import House

pytestmark = on_both

SECRET = "Bents medicin er ændret"


async def shared(house: House, role: OutsideRole = OutsideRole.GUARDIAN) -> str:
    """A conversation about a citizen that somebody outside takes part in over a link, with consent; its id."""
    house.services.onward.links.public_url = URL
    to = Correspondent("karen", "Karen Værge", role.value, phone="+4530000001")
    now = house.clock.now()
    hub = house.services.messages
    await outsideactions.register(hub, await session(house, "leif"), Outside("house", role, Way.LINK, to, "leif", now))
    which = await writes(house, "anna", [{"person": "bo"}], "internt før", about="citizen", citizen="Bent")
    basis = Basis("b1", CONSENT, ("karen",), now, now + timedelta(days=30), "anna", now, "medicin", "Bent selv")
    await outsideactions.invite(hub, await session(house, "anna"), "house", which, "karen", basis, None)
    return which


def newest(house: House) -> tuple[str, str]:
    """What the last text message said, with its address if it has one."""
    assert house.sms is not None
    number, notice = house.sms.sent[-1]
    assert number == "+4530000001"
    return f"{notice.title} {notice.text}", notice.url or ""


async def signs_in(house: House, browser: Browser, path: str) -> httpx.Response:
    assert (await browser.post(f"{path}/code")).headers["location"] == f"{path}?sent=1"
    (code,) = re.findall(r"\d{6}", newest(house)[0])
    return await browser.post(f"{path}/enter", {"digits": code})


async def test_a_link_asks_for_a_code_and_shows_one_conversation(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    which = await shared(house)
    await adds(house, "anna", which, SECRET)
    words, url = newest(house)
    path = url.removeprefix(URL)
    assert "Bent" not in words
    assert "Huset" not in words
    karen, stranger = Browser(house), Browser(house)
    door = (await karen.get(path)).text
    assert "ender på 01" in door
    assert "Bent" not in door
    assert (await karen.get(f"{path[:-1]}x")).status_code == 404
    answer = await signs_in(house, karen, path)
    cookie = answer.headers["set-cookie"]
    assert f"Path={path}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    page = (await karen.get(path)).text
    assert SECRET in page
    assert "internt før" not in page
    assert SECRET not in (await stranger.get(path)).text
    assert [one.state for one in await passages(house, which)] == ["delivered"]
    assert (await karen.post(path, {"text": "Tak, jeg henter den", "id": "k1"})).status_code == 303
    assert (await karen.post(path, {"text": "Tak, jeg henter den", "id": "k1"})).status_code == 303
    seen = (await (await signed_in(house, "anna")).get(f"/messages/{which}")).text
    assert seen.count("Tak, jeg henter den") == 1
    assert "Karen Værge (Værge eller forælder, uden for huset)" in seen
    assert "Læst af Karen Værge" in seen
    assert (await karen.get("/messages")).headers["location"].startswith("/login"), "it opens nothing else"
    text = "Planen er vedlagt"
    files = {"conversation": which, "name": "plan.txt"}
    phone = {"Authorization": f"Bearer {house.tokens['phone-anna']}", "Content-Type": "application/octet-stream"}
    sent = await house.http.post(
        f"/api/conversations/{which}/attachments", params=files, content=b"kl. 15", headers=phone
    )
    assert sent.status_code == 201, sent.text
    await adds(house, "anna", which, text, attachments=[sent.json()["id"]])
    file = f"{path}/attachments/{sent.json()['id']}"
    assert (await karen.get(file)).status_code == 404, "what was not read yet has not left"
    assert "plan.txt" in (await karen.get(path)).text
    assert (await karen.get(file)).content == b"kl. 15"
    assert (await stranger.get(file)).status_code == 401
    assert (await karen.post(f"{path}/out")).status_code == 200
    assert SECRET not in (await karen.get(path)).text


async def test_they_answer_with_files_that_are_looked_at_like_anybodys(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    which = await shared(house)
    await adds(house, "anna", which, SECRET)
    path = newest(house)[1].removeprefix(URL)
    karen, stranger = Browser(house), Browser(house)
    await signs_in(house, karen, path)
    said = {"text": "Her er planen", "id": "k1"}
    plan = [("files", ("plan.pdf", PDF)), ("files", ("foto.png", PNG))]
    assert (await stranger.post(path, said, plan)).status_code == 401
    refused = await karen.post(path, said, [("files", ("plan.pdf", b"MZ\x90"))])
    assert refused.status_code == 422
    assert "er ikke det, som navnet siger" in refused.text
    assert "Her er planen" in refused.text, "what was written is not lost"
    scanner = house.services.messages.attaching.scanner = Watchful()
    infected = await karen.post(path, said, [("files", ("plan.pdf", PDF + b"EICAR"))])
    assert "indeholder en virus" in infected.text
    scanner.away = True
    late = await karen.post(path, said, plan)
    assert late.status_code == 503
    assert "Virusscanneren svarer ikke" in late.text
    assert await kept(house) == (0, 0), "nothing of theirs is kept, and nothing said"
    scanner.away = False
    assert (await karen.post(path, said, plan)).status_code == 303
    files = re.findall(rf'href="({path}/attachments/[^"]+)"', (await karen.get(path)).text)
    assert [(await karen.get(file)).content for file in files] == [PDF, PNG]
    assert (await stranger.get(files[0])).status_code == 401
    anna = await signed_in(house, "anna")
    theirs = re.findall(r'href="(/messages/[^"]+/attachments/[^"]+)"', (await anna.get(f"/messages/{which}")).text)
    assert [(await anna.get(file)).content for file in theirs] == [PDF, PNG]
    for database in house.folder.rglob("hub.db*"):
        assert b"plan.pdf" not in database.read_bytes()
    await karen.post(f"{path}/leave")
    assert (await karen.post(path, said, plan)).status_code == 404


async def test_codes_are_few_short_lived_and_used_once(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    which = await shared(house)
    await adds(house, "anna", which, SECRET)
    path = newest(house)[1].removeprefix(URL)
    karen = Browser(house)
    await karen.post(f"{path}/code")
    (code,) = re.findall(r"\d{6}", newest(house)[0])
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(MOST_TRIES):
        assert (await karen.post(f"{path}/enter", {"digits": wrong})).status_code == 401
    assert (await karen.post(f"{path}/enter", {"digits": code})).status_code == 429
    await karen.post(f"{path}/code")
    (code,) = re.findall(r"\d{6}", newest(house)[0])
    await house.sleeps(timedelta(seconds=601))
    assert (await karen.post(f"{path}/enter", {"digits": code})).status_code == 401
    assert (await signs_in(house, karen, path)).status_code == 303
    (code,) = re.findall(r"\d{6}", newest(house)[0])
    assert (await Browser(house).post(f"{path}/enter", {"digits": code})).status_code == 401
    for _ in range(2):
        await karen.post(f"{path}/code")
    assert (await karen.post(f"{path}/code")).status_code == 429
    await house.sleeps(timedelta(seconds=1801))
    assert SECRET not in (await karen.get(path)).text, "a session ends by itself"


async def test_a_link_that_is_guessed_at_too_often_is_shut_and_the_next_message_brings_another(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    which = await shared(house)
    await adds(house, "anna", which, SECRET)
    old = newest(house)[1].removeprefix(URL)
    karen, guesser, anna = Browser(house), Browser(house), await signed_in(house, "anna")
    assert (await signs_in(house, karen, old)).status_code == 303
    answers = []
    for _ in range(MOST_WRONG // MOST_TRIES):
        assert "er lukket efter for mange" not in (await anna.get(f"/messages/{which}")).text
        assert (await guesser.post(f"{old}/code")).status_code == 303
        (code,) = re.findall(r"\d{6}", newest(house)[0])
        for n in range(MOST_TRIES):
            given = {"digits": f"{(int(code) + 1 + n) % 10**6:06}"}
            answers.append((await guesser.post(f"{old}/enter", given)).status_code)
        await house.sleeps(LASTS)
    assert answers == [401] * (MOST_WRONG - 1) + [404]
    assert (await karen.get(old)).status_code == 404, "whoever was signed in by it is not any more"
    assert "Linket til Karen Værge er lukket efter for mange" in (await anna.get(f"/messages/{which}")).text
    assert [row.facts for row in await events(house, "outside_link_shut")] == [{"to": "karen"}]
    await adds(house, "anna", which, "Ring til os")
    new = newest(house)[1].removeprefix(URL)
    assert new != old
    assert (await signs_in(house, karen, new)).status_code == 303
    assert SECRET in (await karen.get(new)).text
    assert (await karen.get(old)).status_code == 404
    assert "er lukket efter for mange" not in (await anna.get(f"/messages/{which}")).text


async def test_whoever_consented_takes_it_back_and_leaves(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    which = await shared(house)
    await adds(house, "anna", which, "læst")
    path = newest(house)[1].removeprefix(URL)
    karen = Browser(house)
    await signs_in(house, karen, path)
    assert "læst" in (await karen.get(path)).text
    await adds(house, "anna", which, "endnu ulæst")
    assert (await karen.post(f"{path}/withdraw", {"basis": "another"})).status_code == 403
    assert (await karen.post(f"{path}/withdraw", {"basis": "b1"})).status_code == 303
    page = (await karen.get(path)).text
    assert "læst" in page
    assert "endnu ulæst" not in page, "what was not read yet has not left"
    assert ("withheld", "withdrawn") in await told(house, which)
    assert (await karen.post(f"{path}/leave")).status_code == 200
    assert (await karen.get(path)).status_code == 404
    parties = (await call(house, "anna", "GET", f"/{which}")).json()["parties"]
    assert [one["reads_to"] for one in parties if "outside" in one] == [3]


async def test_a_leader_registers_and_a_colleague_shares_and_stops_on_the_pages(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    house.services.onward.links.public_url = URL
    anna, leif = await signed_in(house, "anna"), await signed_in(house, "leif")
    assert (await anna.get("/messages/outside")).status_code == 403
    refused = await leif.post("/messages/outside", {"name": "Skov", "role": "provider", "way": "link"})
    assert refused.status_code == 422
    assert "Skriv telefonnummeret" in refused.text
    new = {"name": "Skov", "role": "provider", "way": "link", "phone": "30 00 00 01"}
    assert (await leif.post("/messages/outside", new)).status_code == 303
    which = await writes(house, "anna", [{"person": "bo"}], "før", about="citizen", citizen="Bent")
    page = (await anna.get(f"/messages/{which}/sharing")).text
    (skov,) = re.findall(r'<option value="([^"]+)">Skov ', page)
    share = {"outside": skov, "ground": "consent", "covers": "medicin", "lasts": "week"}
    refused = await anna.post(f"/messages/{which}/sharing", share)
    assert refused.status_code == 422
    assert "Skriv, hvem der gav samtykket" in refused.text
    share |= {"given_by": "Bent selv", "earlier": "about_it"}
    assert (await anna.post(f"/messages/{which}/sharing", share)).status_code == 303
    page = (await anna.get(f"/messages/{which}")).text
    assert "<li>Skov (Leverandør, uden for huset)</li>" in page
    assert "Sendt til Skov" in page
    page = (await anna.get(f"/messages/{which}/sharing")).text
    assert "Samtykke" in page
    (basis,) = re.findall(r'name="basis" value="([^"]+)"', page)
    assert (await anna.post(f"/messages/{which}/sharing/withdraw", {"basis": basis})).status_code == 303
    page = (await anna.get(f"/messages/{which}")).text
    assert "sendes IKKE til Skov" in page
    assert "IKKE sendt til Skov: grundlaget for at dele er trukket tilbage" in page
    assert (await leif.post(f"/messages/outside/{skov}/remove")).status_code == 303
    assert "Der sendes ikke mere til dem" in (await leif.get("/messages/outside")).text
