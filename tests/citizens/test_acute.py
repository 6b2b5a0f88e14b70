"""A night with a known risk: who is shown what, who opens whose card, when that ends, and what is said of it."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub.citizens import riskstore
from hub.storage.sqlite import SqliteTransaction, _SqliteReader
from tests.admin.desk import Browser, signed_in
from tests.citizens.test_pages import added, rows
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

RISK = {"text": "Slår, når døren åbnes hurtigt", "todo": "Bank på, vent på svar"}


async def noted(browser: Browser, about: str, **said: Any) -> httpx.Response:
    return await browser.post("/citizens/risks", RISK | {"about": about} | said)


async def told(house: House, who: str, alarm: str) -> dict[str, Any]:
    """What the card of somebody's phone is told of risks."""
    answer = await house.http.get(f"/api/alarms/{alarm}/risks", headers=bearer(house, f"phone-{who}"))
    assert answer.status_code == 200, answer.text
    await house.settle()
    found: dict[str, Any] = answer.json()
    return found


def bearer(house: House, device: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.tokens[device]}"}


async def pressed(house: House, who: str = "anna", **more: Any) -> dict[str, Any]:
    body = {"id": f"00000000-0000-4000-8000-{next(house.ids):012}", "kind": "alarm", "place": "room-nord", **more}
    answer = await house.http.post("/api/alarms", json=body, headers=bearer(house, f"phone-{who}"))
    assert answer.status_code == 201, answer.text
    await house.settle()
    found: dict[str, Any] = answer.json()
    return found


async def answers(house: House, who: str, alarm: str, said: str = "coming") -> None:
    path = f"/api/alarms/{alarm}/answers"
    answer = await house.http.post(path, json={"answer": said, "as_of": 1}, headers=bearer(house, f"phone-{who}"))
    assert answer.status_code == 200, answer.text
    await house.settle()


async def all_clear(house: House, alarm: str) -> None:
    headers = bearer(house, "phone-anna")
    version = (await house.http.get(f"/api/alarms/{alarm}", headers=headers)).json()["version"]
    done = {"as_of": version, "outcome": "real"}
    assert (await house.http.post(f"/api/alarms/{alarm}/resolve", json=done, headers=headers)).status_code == 200
    await house.settle()


@on_both
async def test_a_risk_that_a_message_told_of_is_shown_in_the_alarm_and_not_when_it_has_expired(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl, dina = [await signed_in(house, who) for who in ("anna", "bo", "carl", "dina")]

    # Anna writes of Bent, and Bo marks what she wrote as a risk.
    which = (await added(anna)).rpartition("/")[2]
    said = {"to": "person:bo", "text": "Han slog efter mig i døren", "about": "citizen", "about-citizen": which}
    talk = (await anna.post("/messages/new", said)).headers["location"].partition("?")[0]
    form = f"/citizens/risks?conversation={talk.rpartition('/')[2]}&message=1"
    assert form.replace("&", "&amp;") in (await bo.get(talk)).text
    page = (await bo.get(form)).text
    assert "Han slog efter mig i døren" in page
    assert f'value="citizen:{which}" selected' in page
    assert (await carl.get(form)).status_code == 404, "the message is not his"
    link = {"conversation": talk.rpartition("/")[2], "message": "1"}
    assert (await noted(bo, f"citizen:{which}", text="x" * 141, **link)).status_code == 422
    assert (await noted(bo, f"citizen:{which}", days="91", **link)).status_code == 422
    assert (await noted(dina, f"citizen:{which}")).status_code == 404
    assert (await noted(bo, f"citizen:{which}", days="10", **link)).status_code == 303
    assert "Vises ved alarmer til 2026-03-20 14:00" in (await anna.get(talk)).text

    # Anna presses in the room. Bo and Carl see it on their cards: once each in the journal, and no name there.
    alarm = (await pressed(house))["id"]
    for who in ("bo", "carl", "bo", "carl"):
        card = await told(house, who, alarm)
        (risk,) = card["risks"]
        assert (risk["citizen"], risk["text"], risk["todo"]) == ("Bent Beboer", *RISK.values())
        assert not card["opens"]
    shown = await rows(house, "risk_shown")
    assert sorted((row.actor, row.facts["alarm"]) for row in shown) == [("bo", alarm), ("carl", alarm)]
    assert all("Bent" not in str(row.facts) for row in shown)
    wall = await house.http.get(f"/api/alarms/{alarm}/risks", headers=bearer(house, "board-nord"))
    assert wall.json() == {"there": True, "risks": [], "opens": False}
    elsewhere = await house.http.get(f"/api/alarms/{alarm}/risks", headers=bearer(house, "phone-vera"))
    assert elsewhere.status_code == 404
    await all_clear(house, alarm)

    # On the tenth day it is shown, and the day after, when it has expired, it is not.
    for day, many in (("2026-03-20T13:00", 1), ("2026-03-21T13:00", 0)):
        await house.is_asleep_until(day)
        alarm = (await pressed(house))["id"]
        assert len((await told(house, "leif", alarm))["risks"]) == many
        await all_clear(house, alarm)


@on_both
async def test_a_risk_that_is_noted_while_an_alarm_is_open_has_its_screens_ask_at_once(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    browser = await signed_in(house, "anna")
    bo, dina, board, other = await house.connect("bo", "dina", "board-nord", "board-syd")
    alarm, drill = (await pressed(house))["id"], (await pressed(house, drill=True))["id"]
    assert (await told(house, "bo", alarm))["risks"] == []
    assert (await noted(browser, "place:room-nord")).status_code == 303
    await house.settle()
    for phone in (bo, board):
        assert phone.risks.pop() == {"type": "risks", "alarm": alarm}, "what it is stands in no frame"
    assert not [one for one in (bo, board, dina, other) if one.risks], "nobody else, and no drill"
    assert [one["text"] for one in (await told(house, "bo", alarm))["risks"]] == [RISK["text"]]
    assert [(row.actor, row.facts["alarm"]) for row in await rows(house, "risk_shown")] == [("bo", alarm)]
    assert (await told(house, "bo", drill))["risks"] == []

    page = (await browser.get("/citizens/risks")).text
    (which,) = re.findall(r'action="(/citizens/risks/[\w-]+/end)"', page)
    assert (await browser.post(which, {"why": "Væk"})).status_code == 303
    await house.settle()
    assert bo.risks.pop()["alarm"] == alarm
    assert (await told(house, "bo", alarm))["risks"] == []
    for phone in (bo, dina, board, other):
        phone.unread.clear()


@on_both
async def test_who_comes_opens_a_card_until_the_all_clear_and_the_manager_says_whether_that_was_right(
    begin: Begin,
) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl, leif = [await signed_in(house, who) for who in ("anna", "bo", "carl", "leif")]
    where = await added(anna, guardian="Mor, 12 34 56 78", case_number="27.66.08-1", case_system="Nexus")
    which = where.rpartition("/")[2]
    assert (await noted(anna, f"citizen:{which}")).status_code == 303
    assert RISK["text"] in (await anna.get(where)).text
    alarm = (await pressed(house))["id"]

    # Bo is there, and opens Bent's card from his phone.
    cards = f"/alarms/{alarm}/citizens"
    asked = {"citizen": which, "reason": "calm", "minutes": "15"}
    assert "Svar først på alarmen" in (await bo.get(cards)).text
    assert (await bo.post(cards, asked)).status_code == 403
    await answers(house, "bo", alarm, "arrived")
    assert (await told(house, "bo", alarm))["opens"]
    phone = Browser(house)
    phone.cookies.set("hub_device", house.tokens["phone-bo"])
    assert "Bent Beboer" in (await phone.get(cards)).text
    assert (await phone.post(cards, asked | {"reason": "other"})).status_code == 422
    opened = (await phone.post(cards, asked)).headers["location"]
    page = (await phone.get(opened)).text
    for words in ("Tal roligt.", "Mor, 12 34 56 78", "27.66.08-1", "Nexus", RISK["todo"], "Åbent for dig til 14:15"):
        assert words in page
    assert "010170" not in page
    assert (await carl.get(opened)).status_code == 404
    assert (await phone.get(where)).status_code == 303, "the register itself asks for a password"

    # The minutes are over; Bo opens it again, and the all clear closes that too.
    await house.is_asleep_until("2026-03-10T14:16")
    assert (await phone.get(opened)).status_code == 409
    again = (await phone.post(cards, asked | {"reason": "other", "why": "Vil ud ad vinduet"})).headers["location"]
    assert (await phone.get(again)).status_code == 200
    await all_clear(house, alarm)
    assert (await phone.get(again)).status_code == 409
    assert "Alarmen er slut" in (await phone.get(cards)).text
    assert (await told(house, "bo", alarm))["risks"] == []
    assert (await bo.get("/citizens/reviews")).status_code == 403
    await reviewed(leif)
    events = Counter(row.event for row in await rows(house, "glass_broken", "glass_read", "glass_reviewed"))
    assert events == {"glass_broken": 2, "glass_read": 2, "glass_reviewed": 2}


async def reviewed(leif: Browser) -> None:
    """The manager looks at both openings: one was in order, and one was not."""
    page = (await leif.get("/citizens/reviews")).text
    assert page.count("Bo → Bent Beboer") == 2
    assert "Vil ud ad vinduet" in page
    first, second = re.findall(r'action="/citizens/reviews/([\w-]+)"', page)
    assert (await leif.post(f"/citizens/reviews/{first}", {"form": f"v{first}", "verdict": "no"})).status_code == 422
    assert (await leif.post(f"/citizens/reviews/{first}", {"verdict": "yes"})).status_code == 303
    assert (await leif.post(f"/citizens/reviews/{first}", {"verdict": "yes"})).status_code == 409
    word = {"verdict": "no", "words": "Kortet var ikke nødvendigt anden gang"}
    assert (await leif.post(f"/citizens/reviews/{second}", word)).status_code == 303
    page = (await leif.get("/citizens/reviews")).text
    assert "Intet venter" in page
    assert word["words"] in page


@on_both
async def test_a_room_has_risks_too_which_are_renewed_and_ended_and_no_drill_shows_any(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", sms=True)
    anna, dina = await signed_in(house, "anna"), await signed_in(house, "dina")
    assert (await noted(anna, "place:room-syd")).status_code == 422, "not her unit"
    assert (await noted(anna, "place:room-nord", days="4")).status_code == 303
    assert RISK["text"] not in (await dina.get("/citizens/risks")).text
    drill = (await pressed(house, drill=True))["id"]
    assert (await told(house, "bo", drill))["there"] is False
    await all_clear(house, drill)
    which = re.findall(r'action="/citizens/risks/([\w-]+)/renew"', (await anna.get("/citizens/risks")).text)[0]
    await house.is_asleep_until("2026-03-11T14:30")
    anna, dina = await signed_in(house, "anna"), await signed_in(house, "dina")
    (reminded,) = await rows(house, "risk_reminded")
    assert reminded.subject == f"risk:{which}"
    assert house.sms is not None
    texts = [f"{notice.title} {notice.text}" for _, notice in house.sms.sent if notice.tag == f"risk:{which}"]
    assert len(texts) == 2, "Anna, who noted it, and Leif"
    assert all("noteret risiko" in text and "Slår" not in text for text in texts)
    assert (await dina.post(f"/citizens/risks/{which}/renew", {"days": "30"})).status_code == 404
    assert (await anna.post(f"/citizens/risks/{which}/renew", {"form": f"r{which}", "days": "0"})).status_code == 422
    assert (await anna.post(f"/citizens/risks/{which}/renew", {"days": "30"})).status_code == 303
    await house.is_asleep_until("2026-03-15T14:00")
    anna = await signed_in(house, "anna")
    alarm = (await pressed(house))["id"]
    (shown,) = (await told(house, "leif", alarm))["risks"]
    assert (shown["citizen"], shown["id"]) == ("", which)
    assert (await anna.post(f"/citizens/risks/{which}/end", {"form": f"r{which}", "why": ""})).status_code == 422
    assert (await anna.post(f"/citizens/risks/{which}/end", {"why": "Låsen er skiftet"})).status_code == 303
    assert (await told(house, "leif", alarm))["there"] is False
    assert (await anna.post(f"/citizens/risks/{which}/end", {"why": "x"})).status_code == 409
    await all_clear(house, alarm)


async def test_nothing_of_citizens_is_read_or_written_when_somebody_presses_or_answers(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many statements with twenty citizens and their risks as with none, and none of them of citizens."""
    house = await begin("anna nord", "bo nord")
    run = counted(monkeypatch)
    await statements(house, run)
    before = await statements(house, run)
    anna = await signed_in(house, "anna")
    for number in range(20):
        where = await added(anna, name=f"Borger {number}", number="")
        assert (await noted(anna, f"citizen:{where.rpartition('/')[2]}")).status_code == 303
    after = await statements(house, run)
    assert before == after
    assert sum(after.values()) > 10
    assert not any("citizen" in one for one in after)
    async with house.database.read() as tx:
        assert await riskstore.version(tx, "house") == 20


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is run from now on."""
    run: list[str] = []
    for part in (SqliteTransaction, _SqliteReader):
        for name in ("rows", "row", "run", "run_many"):
            if (real := getattr(part, name, None)) is not None:
                monkeypatch.setattr(part, name, _written_down(real, run))
    return run


def _written_down(real: Any, run: list[str]) -> Any:
    def wrapped(self: Any, statement: Any, *values: Any, **named: Any) -> Any:
        run.append(str(statement))
        return real(self, statement, *values, **named)

    return wrapped


async def statements(house: House, run: list[str]) -> Counter[str]:
    """What one press and one answer run, with all that the hub does of itself until it rests."""
    run.clear()
    alarm = (await pressed(house))["id"]
    await answers(house, "bo", alarm)
    found = Counter(run)
    await all_clear(house, alarm)
    await house.is_asleep_until((house.clock.now() + timedelta(minutes=10)).isoformat())
    return found


@on_both
async def test_who_has_moved_out_is_forgotten_in_time_unless_held_or_something_waits_for_a_word(begin: Begin) -> None:
    house = await begin("anna nord")
    lone = await signed_in(house, "lone")
    there = [await added(lone, name=name, number=number) for name, number in (("Bent", "010170-1234"), ("Åse", ""))]
    for where in there:
        assert (await noted(lone, f"citizen:{where.rpartition('/')[2]}", days="1")).status_code == 303
        assert (await lone.post(f"{where}/moved", {"form": "m", "day": "2026-03-09"})).status_code == 303
    assert (await lone.post(f"{there[1]}/hold", {"form": "h", "why": "Klagesag"})).status_code == 303
    await house.is_asleep_until("2026-07-01T14:00")
    lone = await signed_in(house, "lone")
    assert (await lone.get(there[0])).status_code == 404
    assert (await lone.get(there[1])).status_code == 200
    (row,) = await rows(house, "words_erased")
    assert row.facts["citizens"] == [there[0].rpartition("/")[2]]
    again = await lone.post("/citizens/new", {"name": "Bent", "home": "nord", "number": "010170-1234"})
    assert again.status_code == 303, "the number is nobody's any more"
