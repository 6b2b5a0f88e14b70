"""The pages of incidents: from the all clear to a signed record, who may see what, and what is written down of it."""

import re
from typing import Any

from hub.incidents import amountstore
from hub.incidents.amountstore import Chosen
from hub.incidents.chores import Counting
from hub.incidents.figures import Months, Why
from hub.storage import journal
from tests.admin.desk import Browser, signed_in
from tests.databases import Kind as DatabaseKind
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

KNIFE = "Ali greb en kødkniv fra bordet <b>"
BENT = "Beboer Bent, 010170-1234"
NOTE = {"happened": KNIFE, "outcome": "real", "asked-kinds": "1", "kinds": ["physical", "threat"]}


async def helped(house: House) -> str:
    """Anna presses, Bo comes and gives the all clear; the alarm's id."""
    anna, bo = await house.connect("anna", "bo")
    which = await anna.presses()
    house.hear("raised", anna, bo)
    await bo.says("coming", which)
    house.hear("answered", anna, bo)
    await bo.resolves(which)
    house.hear("resolved", anna, bo)
    await house.settle()
    return which


async def noted(house: House, alarm: str, **more: Any) -> str:
    """Anna writes the first note; the incident's address."""
    answer = await (await signed_in(house, "anna")).post("/incidents/new", NOTE | {"alarm": alarm} | more)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removesuffix("?done=1")


async def rows(house: House, event: str) -> list[journal.Entry]:
    async with house.database.read() as tx:
        return await journal.newest_of(tx, "house", 50, frozenset({event}))


def readers_said(page: str) -> str:
    """Who can read it, as the page says before anything is saved."""
    return page.partition("Hvem kan læse dette")[2].partition("</details>")[0]


async def sees(house: House, address: str) -> dict[str, tuple[int, bool, bool]]:
    """Whom the page opens for, and whether they read the employee's and the resident's words there."""
    found = {}
    for who in ("anna", "bo", "nora", "lone", "leif", "ada", "carl", "vera"):
        page = await (await signed_in(house, who)).get(address)
        found[who] = (page.status_code, "kødkniv" in page.text, "Bent" in page.text)
    return found


async def test_each_paper_has_its_readers_and_no_other(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "leif nord")
    address = await noted(house, await helped(house))
    leif = await signed_in(house, "leif")
    assert (await leif.post("/incidents/safety", {"form": "f", "people": "carl"})).status_code == 303
    nora = await signed_in(house, "nora")
    assert (await nora.post(f"{address}/employee", {"happened": "x"})).status_code == 403
    assert (await nora.post(f"{address}/case", {"resident": BENT, "last": "9"})).status_code == 303
    assert await sees(house, address) == {
        "anna": (200, True, True),  # it happened to her, and she works in the unit
        "bo": (200, False, True),  # he helped
        "nora": (200, False, True),
        "lone": (200, False, True),  # leads shifts, but is no employer
        "leif": (200, True, True),
        "ada": (200, False, False),  # looks after the system
        "carl": (200, True, True),  # the safety representative, who also works in the unit
        "vera": (404, False, False),
    }
    bo = await signed_in(house, "bo")
    form = (await bo.get(f"{address}/employee")).text
    assert "kødkniv" not in form
    assert "Du var der" in form
    assert (await bo.post(f"{address}/employee", {"happened": "Jeg holdt døren", "last": "1"})).status_code == 303
    assert "Jeg holdt døren" in (await bo.get(address)).text
    work = (await (await signed_in(house, "anna")).get(f"{address}/employee")).text
    assert "Jeg holdt døren" in work
    assert "Bent" not in work, "never anything of the other paper"
    assert "<p>Anna, Carl, Leif</p>" in readers_said(work), readers_said(work)


async def test_who_was_there_is_asked_and_the_record_stands_before_a_word_is_written(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    alarm = await helped(house)
    anna, carl = await signed_in(house, "anna"), await signed_in(house, "carl")
    shown = (await anna.get("/incidents")).text
    (address,) = set(re.findall(r'href="(/incidents/[\w-]{36})"', shown))
    assert "Venter på dit første notat" in shown
    assert "Venter på dit første notat" not in (await carl.get("/incidents")).text
    page = (await carl.get(address)).text
    assert "På vagt da: Anna (Nord), Bo (Nord)." in page
    assert "Bo gav faren-forbi" in page or "Bo" in page
    assert "Ali" not in page
    assert (await carl.get(f"/incidents/new?alarm={alarm}")).status_code == 404
    form = (await anna.get(f"/incidents/new?alarm={alarm}")).text
    assert "<p>Anna, Leif</p>" in readers_said(form), readers_said(form)
    empty = await anna.post("/incidents/new", {"alarm": alarm, "happened": " ", "outcome": "real"})
    assert empty.status_code == 422
    assert await noted(house, alarm) == address
    (opened,) = await rows(house, "incident_opened")
    assert opened.facts["on_duty"] == [["anna", "nord", "active"], ["bo", "nord", "active"]]
    await house.is_killed()
    await house.starts()
    await house.passes(30)
    assert len(await rows(house, "incident_opened")) == 1, "once for each event, also after a restart"
    await anna.get("/incidents")


async def test_two_presses_of_one_event_are_one_incident_and_drills_are_none(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    first = await anna.presses()
    house.hear("raised", anna, bo, carl)
    second = await bo.presses()
    house.hear("raised", anna, bo, carl)
    practice = await anna.presses(drill=True)
    house.hear("raised", anna, bo, carl)
    for which, outcome in ((second, "false"), (first, "real"), (practice, "test")):
        await carl.resolves(which, outcome)
        house.hear("resolved", anna, bo, carl)
    await house.settle()
    shown = (await (await signed_in(house, "leif")).get("/incidents")).text
    (address,) = set(re.findall(r'href="(/incidents/[\w-]{36})"', shown))
    page = (await (await signed_in(house, "leif")).get(address)).text
    assert page.count('<ol class="timeline">') == 2
    assert "<dd>Reel</dd>" in page
    assert len(await rows(house, "incident_joined")) == 1


@on_both
async def test_a_correction_is_an_addition_and_what_somebody_else_wrote_is_not_undone(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    address = await noted(house, await helped(house))
    anna, leif = await signed_in(house, "anna"), await signed_in(house, "leif")
    (seen,) = re.findall(r'name="last" value="(\d+)"', (await anna.get(f"{address}/employee")).text)
    change = {"asked-kinds": "1", "kinds": "harassment", "learnt": "Bordet flyttes", "last": seen}
    assert (await leif.post(f"{address}/employee", change)).status_code == 303
    # Anna's form still says what the kinds were when she opened it: she did not touch them.
    mine = {**NOTE, "happened": "Ali greb en grydeske", "learnt": "", "last": seen}
    del mine["outcome"]
    assert (await anna.post(f"{address}/employee", mine)).status_code == 303
    page = (await leif.get(address)).text
    assert "Ali greb en grydeske" in page
    assert "Skrevet før: 1" in page
    assert "kødkniv fra bordet &lt;b&gt;" in page
    assert "<h1>Chikane · Nord</h1>" in page
    assert "Bordet flyttes" in page
    assert len(await rows(house, "incident_written")) == 3
    assert (await anna.post(f"{address}/employee", mine)).status_code == 303, "sent twice it adds nothing"
    assert len(await rows(house, "incident_written")) == 3


async def test_signatures_lock_it_and_a_leader_opens_it_again_with_a_reason(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    alarm = await helped(house)
    leif, anna, carl = [await signed_in(house, who) for who in ("leif", "anna", "carl")]
    await leif.post("/incidents/safety", {"form": "f", "people": "carl"})
    address = await noted(house, alarm, kinds="near_miss")
    assert (await anna.post(f"{address}/sign")).status_code == 403
    assert (await carl.post(f"{address}/sign")).status_code == 303
    assert (await leif.post(f"{address}/sign")).status_code == 303
    refused = await anna.post(f"{address}/employee", {"happened": "Andet", "last": "9"})
    assert (refused.status_code, "underskrevet og låst" in refused.text) == (409, True)
    assert (await leif.post(f"{address}/reopen", {"form": "r", "why": ""})).status_code == 422
    assert (await carl.post(f"{address}/reopen", {"form": "r", "why": "Ny viden"})).status_code == 403
    assert (await leif.post(f"{address}/reopen", {"form": "r", "why": "Ny viden"})).status_code == 303
    assert (await anna.post(f"{address}/employee", {"happened": "Andet", "last": "9"})).status_code == 303
    page = (await leif.get(address)).text
    assert "Ny viden" in page
    assert "Anna skrev i: Medarbejderens arbejdsmiljøregistrering." in page
    assert "Underskriv som leder" in page, "what was signed was something else"
    moved = await leif.post(f"{address}/correct", {"at": "2026-03-10 13:00", "unit": "vest", "outcome": "precaution"})
    assert moved.status_code == 303
    assert "<dd>For en sikkerheds skyld</dd>" in (await leif.get(address)).text
    ahead = await leif.post(f"{address}/correct", {"at": "2026-03-11 13:00", "unit": "vest", "outcome": "real"})
    assert ahead.status_code == 422


@on_both
async def test_reading_and_searching_are_written_down_and_words_are_sealed(begin: Begin, kind: DatabaseKind) -> None:
    house = await begin("anna nord", "bo nord")
    address = await noted(house, await helped(house))
    line = f'<th scope="row"><a href="{address}">'
    leif, bo, ada = [await signed_in(house, who) for who in ("leif", "bo", "ada")]
    for who, words, found in (
        (leif, "kniv", True),
        (leif, "bordet kødkn", True),
        (leif, "Bent", False),
        (bo, "kniv", False),
    ):
        assert (line in (await who.post("/incidents", {"q": words})).text) is found
    assert line in (await leif.get("/incidents?kind=threat&outcome=real&unit=nord&from=2026-03-10&to=2026-03-10")).text
    for nothing in ("kind=harassment", "outcome=false", "unit=syd", "to=2026-03-09", "state=signed"):
        assert line not in (await leif.get(f"/incidents?{nothing}")).text
    assert line not in (await bo.get("/incidents?kind=threat")).text, "a list would tell what the paper does not"
    assert line in (await leif.get("/incidents?q=hest")).text, "words are no part of an address"
    searched = await rows(house, "incident_searched")
    assert {entry.actor for entry in searched} == {"leif", "bo"}
    assert "kniv" not in str([entry.facts for entry in searched])

    assert "kødkniv" not in (await ada.get(address)).text
    assert (await ada.post(f"{address}/glass", {"form": "g", "why": ""})).status_code == 422
    assert (await leif.post(f"{address}/glass", {"form": "g", "why": "x"})).text.count("kødkniv") == 1
    assert "kødkniv" in (await ada.post(f"{address}/glass", {"form": "g", "why": "Politiet beder om det"})).text
    page = (await leif.get(address)).text
    assert "Ada læste: Beboerens sagsnotat, Medarbejderens arbejdsmiljøregistrering." in page
    assert "Politiet beder om det" in page

    csv = await leif.get("/incidents.csv")
    assert "Fysisk vold, Trusler" in csv.text
    assert "kniv" not in csv.text
    assert (await bo.get("/incidents.csv")).status_code == 403
    dump = str([kind.look(house.url, f"SELECT * FROM {table}") for table in TABLES])
    for secret in ("kødkniv", "kniv", "Politiet"):
        assert secret not in dump


TABLES = (
    "journal",
    "incident",
    "incident_said",
    "incident_draft",
    "incident_remark",
    "incident_trace",
    "outbox",
    "reason",
)


async def test_a_draft_outlives_the_session_and_is_nobody_elses(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    alarm = await helped(house)
    anna = await signed_in(house, "anna")
    assert (await anna.post("/incidents/draft", {"about": alarm, "happened": "Halvt sk"})).status_code == 204
    nobody = Browser(house)
    assert (await nobody.post("/incidents/draft", {"about": alarm, "happened": "x"})).status_code == 303
    again, bo = await signed_in(house, "anna"), await signed_in(house, "bo")
    assert "Halvt sk" in (await again.get(f"/incidents/new?alarm={alarm}")).text
    assert "Halvt sk" not in (await bo.get(f"/incidents/new?alarm={alarm}")).text
    kept = await again.post("/incidents/new", {"alarm": alarm, "happened": "Halvt skrevet", "do": "draft"})
    assert kept.headers["location"] == f"/incidents/new?alarm={alarm}&kept=1"
    address = await noted(house, alarm)
    assert "Halvt" not in (await again.get(f"/incidents/new?alarm={alarm}")).text
    await again.post(f"{address}/case", {"resident": BENT, "do": "draft"})
    assert "Bent" in (await again.get(f"{address}/case")).text
    assert "Bent" not in (await again.get(address)).text


async def test_an_episode_without_an_alarm_and_what_is_wrong_in_its_form(begin: Begin) -> None:
    house = await begin("anna nord")
    anna = await signed_in(house, "anna")
    typed = {**NOTE, "at": "2026-03-09 22:15", "unit": "nord"}
    for wrong, fault in (
        ({"at": "2026-03-11 10:00"}, "ligger endnu forude"),
        ({"at": "i går"}, "Skriv en dag"),
        ({"unit": "vest"}, "Vælg en af dine egne"),
        ({"unit": ""}, "Vælg den afdeling"),
        ({"happened": "x" * 20_001}, "1 tegn for lang"),
        ({"happened": "x\u202e"}, "ikke kan vises"),
        ({"outcome": "party"}, "Vælg en fra listen"),
    ):
        refused = await anna.post("/incidents/new", {**typed, **wrong})
        assert refused.status_code in (403, 422), wrong
        assert fault in refused.text, wrong
    phone = Browser(house)
    phone.cookies.set("hub_device", house.tokens["phone-anna"])
    done = await phone.post("/incidents/new", typed)
    address = done.headers["location"].removesuffix("?done=1")
    own = (await phone.get(address)).text
    assert "kødkniv" in own, "what she wrote herself is hers to see"
    assert "Der blev ikke trykket alarm." in own
    await (await signed_in(house, "leif")).post(f"{address}/employee", {"learnt": "Kun for dem, der må", "last": "2"})
    assert "Kun for dem" not in (await phone.get(address)).text, "a phone that is found in a bus shows nobody's papers"


async def test_nobody_else_comes_near(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    address = await noted(house, await helped(house))
    vera = await signed_in(house, "vera")
    for path in (address, f"{address}/employee", f"{address}/case", f"{address}/other"):
        assert (await vera.get(path)).status_code == 404, path
    for path in ("employee", "case", "correct", "sign", "reopen"):
        fields = {"happened": "x", "at": "2026-03-10 13:00", "unit": "nord", "outcome": "real", "why": "x"}
        assert (await vera.post(f"{address}/{path}", fields)).status_code == 404, path
        assert (await Browser(house).post(f"{address}/{path}", fields)).status_code == 303
    assert (await vera.post(f"{address}/glass", {"why": "x"})).status_code == 403
    assert (await vera.get("/incidents/safety")).status_code == 403
    assert (await vera.post("/incidents/safety", {"people": "vera"})).status_code == 403
    board = Browser(house)
    board.cookies.set("hub_device", house.tokens["board-nord"])
    assert (await board.get(address)).status_code == 303
    away = await signed_in(house, "anna")
    away.origin = "https://ond.example"
    assert (await away.post(f"{address}/employee", {"happened": "x"})).status_code == 403


async def test_why_an_alarm_was_false_is_said_with_one_tap_corrected_and_counted(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    (anna,) = await house.connect("anna")
    which = await anna.presses()
    house.hear("raised", anna)
    await anna.resolves(which, "false", false_because="mistake")
    house.hear("resolved", anna)
    await house.settle()
    leif = await signed_in(house, "leif")
    (address,) = set(
        re.findall(r'<th scope="row"><a href="(/incidents/[\w-]{36})"', (await leif.get("/incidents")).text)
    )
    assert "<dd>Falsk alarm · Trykket ved en fejl</dd>" in (await leif.get(address)).text
    corrected = {"at": "2026-03-10 13:00", "unit": "nord", "outcome": "false", "false_because": "fault"}
    assert (await leif.post(f"{address}/correct", corrected)).status_code == 303
    assert "<dd>Falsk alarm · Fejl på udstyret</dd>" in (await leif.get(address)).text
    await Counting(house.database, house.services.incidents.sites).look()
    async with house.database.read() as tx:
        _, why = await amountstore.outcomes(tx, Chosen("house", Months(2026 * 12, 2026 * 12 + 11)))
    assert why == {Why.FAULT: 1}
    assert (await leif.post(f"{address}/correct", corrected | {"outcome": "real"})).status_code == 303
    assert "<dd>Reel</dd>" in (await leif.get(address)).text
