"""Colleagues write to each other: who reads what, who is called, and what nobody reads any more."""

from typing import Any
from uuid import uuid4

import httpx

from hub.messaging.urgency import COMES_BACK, TURN
from hub.storage import journal
from tests.admin.desk import signed_in
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.phones import Phone
from tests.scenarios.world import House, phone_number

pytestmark = on_both

SECRET = "Bents medicin er flyttet til det øverste skab"


async def call(house: House, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {house.tokens[f'phone-{who}']}"}
    answer = await house.http.request(method, f"/api/conversations{path}", json=body, headers=headers)
    await house.settle()
    return answer


async def writes(house: House, who: str, to: list[dict[str, str]], text: str = SECRET, **more: Any) -> str:
    """Somebody begins a conversation; its id."""
    which = str(uuid4())
    body = {"id": str(uuid4()), "conversation": which, "to": to, "text": text, **more}
    answer = await call(house, who, "POST", "", body)
    assert answer.status_code == 201, answer.text
    return which


async def adds(house: House, who: str, which: str, text: str, **more: Any) -> dict[str, Any]:
    answer = await call(house, who, "POST", f"/{which}/messages", {"id": str(uuid4()), "text": text, **more})
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def reads(house: House, who: str, which: str) -> list[str] | int:
    """What somebody reads there, or how they are refused."""
    answer = await call(house, who, "GET", f"/{which}")
    return [one["text"] for one in answer.json()["messages"]] if answer.is_success else answer.status_code


def told(house: House) -> list[str]:
    """Whom the hub has sent a text message since the last look."""
    assert house.sms is not None
    names = {phone_number(name): name for name in ("anna", "bo", "carl", "nora", "lone", "leif", "dina")}
    sent = sorted(names[number] for number, _ in house.sms.sent)
    house.sms.sent.clear()
    return sent


def heard(phone: Phone) -> list[tuple[str, str]]:
    """The messages that a phone has been told of since the last look."""
    found = [(frame["event"], frame["message"]["text"]) for frame in phone.messages]
    phone.messages.clear()
    return found


async def events(house: House, which: str) -> list[str]:
    async with house.database.read() as tx:
        return [entry.event for entry in await journal.about(tx, "house", f"conversation:{which}")]


async def test_each_reads_from_when_they_came_until_they_left(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    which = await writes(house, "anna", [{"person": "bo"}], "første", title="Medicin")
    assert heard(bo) == [("sent", "første")] == heard(anna)
    assert heard(carl) == []
    assert await reads(house, "carl", which) == 404
    assert await reads(house, "vera", which) == 404
    assert (await call(house, "carl", "POST", f"/{which}/messages", {"id": "x", "text": "hej"})).status_code == 404
    assert (await call(house, "anna", "POST", f"/{which}/parties", {"person": "carl"})).status_code == 204
    assert await reads(house, "carl", which) == []
    await adds(house, "bo", which, "anden", replies_to=1)
    assert await reads(house, "carl", which) == ["anden"]
    assert heard(carl) == [("sent", "anden")]
    refused = await call(house, "carl", "POST", f"/{which}/messages", {"id": "y", "text": "hvad?", "replies_to": 1})
    assert refused.status_code == 404, "nobody answers what they cannot read"
    assert (await call(house, "carl", "DELETE", f"/{which}/parties/1")).status_code == 403
    assert (await call(house, "bo", "DELETE", f"/{which}/parties/2")).status_code == 204
    await adds(house, "anna", which, "tredje")
    assert await reads(house, "bo", which) == ["første", "anden"]
    assert (await call(house, "bo", "POST", f"/{which}/messages", {"id": "z", "text": "nej"})).status_code == 403
    assert heard(bo) == [("sent", "anden")]
    assert (await call(house, "anna", "POST", f"/{which}/parties", {"person": "bo"})).status_code == 204
    await adds(house, "carl", which, "fjerde")
    assert await reads(house, "bo", which) == ["første", "anden", "fjerde"]
    both = {"person": "nora", "from_beginning": True}
    assert (await call(house, "carl", "POST", f"/{which}/parties", both)).status_code == 204
    assert await reads(house, "nora", which) == ["anden", "tredje", "fjerde"], "no more than the one who asked her in"
    amended = await adds(house, "carl", which, "femte, rettet", amends=4)
    assert amended["amends"] == 4
    assert (
        await call(house, "anna", "POST", f"/{which}/messages", {"id": "q", "text": "x", "amends": 4})
    ).status_code == 403
    assert heard(carl) == [("sent", "tredje"), ("sent", "fjerde"), ("changed", "femte, rettet")]
    listed = (await call(house, "bo", "GET", "")).json()["conversations"]
    assert [(one["title"], one["unread"]) for one in listed] == [("Medicin", True)]
    assert (await call(house, "bo", "POST", f"/{which}/read", {"number": 5})).json() == {"new": True}
    assert (await call(house, "bo", "POST", f"/{which}/read", {"number": 3})).status_code == 404
    assert (await call(house, "bo", "POST", f"/{which}/read", {"number": 5})).json() == {"new": False}
    for phone in (anna, bo):
        heard(phone)
    bo.drops()
    await adds(house, "anna", which, "mens Bo var væk")
    snapshot = await bo.comes_back()
    assert snapshot["unread"] == 1
    assert heard(bo) == [("sent", "mens Bo var væk")], "what came meanwhile, once"
    found = (await call(house, "bo", "POST", "/search", {"words": "TREDJE"})).json()["messages"]
    assert found == []
    (hit,) = (await call(house, "bo", "POST", "/search", {"words": "bo væk"})).json()["messages"]
    assert hit["message"]["text"] == "mens Bo var væk"


async def test_urgent_to_whoever_is_on_duty_reaches_the_right_two_over_a_shift_change(begin: Begin) -> None:
    house = await begin(
        "anna syd",
        "bo nord active 2026-03-10T08:00:00 2026-03-10T14:01:30",
        "carl nord active 2026-03-10T14:01:30 2026-03-10T22:00:00",
        sms=True,
    )
    which = await writes(house, "anna", [{"duty": "nord"}], "Ring til lægen", urgent=True)
    await house.passes(1)
    assert told(house) == ["bo"]
    assert await reads(house, "carl", which) == 404
    await house.passes(88)
    assert told(house) == []
    await house.passes(3)
    assert told(house) == ["carl"], "whoever comes on duty is called, and nobody a second time"
    assert await reads(house, "bo", which) == 404
    assert (await call(house, "bo", "POST", f"/{which}/acknowledgements", {"number": 1})).status_code == 404
    (carl,) = await house.connect("carl")
    assert (await call(house, "carl", "GET", f"/{which}")).json()["waiting"] == [1]
    carl.say({"type": "acknowledge", "conversation": which, "number": 1})
    await house.settle()
    assert heard(carl) == [("acknowledged", "Ring til lægen")]
    shown = (await call(house, "anna", "GET", f"/{which}")).json()
    assert [one["name"] for one in shown["messages"][0]["acknowledged"]] == ["Carl"]
    await house.passes((COMES_BACK + TURN).total_seconds())
    assert told(house) == [], "once somebody has it, nobody is called"
    assert await events(house, which) == [
        "conversation_opened", "message_sent", "message_called", "conversation_read", "message_acknowledged",
        "conversation_read",
    ]  # fmt: skip


async def test_with_nobody_on_duty_those_who_lead_are_called_and_can_read_it(begin: Begin) -> None:
    house = await begin("dina syd", sms=True)
    which = await writes(house, "dina", [{"duty": "nord"}], "Vandet løber", urgent=True)
    await house.passes(1)
    assert told(house) == ["lone"]
    assert await reads(house, "lone", which) == ["Vandet løber"]
    assert (await call(house, "lone", "POST", f"/{which}/acknowledgements", {"number": 1})).json() == {"new": True}
    await house.passes((COMES_BACK + TURN).total_seconds())
    assert told(house) == []


async def test_an_urgent_message_comes_back_until_each_who_was_named_has_answered(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    (bo,) = await house.connect("bo")
    which = await writes(house, "anna", [{"person": "bo"}, {"person": "carl"}], "Kom til mødet", urgent=True)
    await house.passes(1)
    assert told(house) == ["carl"], "Bo has it on a screen"
    await house.passes(TURN.total_seconds())
    assert told(house) == ["bo"], "but has not said that he has it"
    assert (await call(house, "carl", "POST", f"/{which}/acknowledgements", {"number": 1})).json() == {"new": True}
    await house.is_killed()
    await house.starts()
    (bo,) = await house.connect("bo")
    assert [one["message"]["text"] for one in bo.welcome["urgent"]] == ["Kom til mødet"]
    await house.passes((COMES_BACK + TURN).total_seconds())
    assert told(house) == ["bo"]
    assert heard(bo) == [("called", "Kom til mødet")]
    bo.say({"type": "acknowledge", "conversation": which, "number": 1})
    await house.passes((2 * COMES_BACK).total_seconds())
    assert told(house) == []
    assert heard(bo) == [("acknowledged", "Kom til mødet")]


async def test_nothing_lies_in_clear_and_a_destroyed_key_ends_it(begin: Begin) -> None:
    house = await begin("anna nord", "leif nord")
    which = await writes(house, "anna", [{"person": "leif"}], citizen="Bent Hansen", about="citizen", title="Om Bent")
    assert await reads(house, "leif", which) == [SECRET]
    for path in house.folder.rglob("hub.db*"):
        kept = path.read_bytes()
        assert not [mark for mark in (SECRET, "Bent Hansen", "Om Bent") if mark.encode() in kept], path
    assert (await call(house, "leif", "POST", f"/{which}/destroy", {"why": "over"})).status_code == 403, "by phone"
    leif = await signed_in(house, "leif")
    assert (await leif.call("POST", f"/api/conversations/{which}/destroy", {"why": "over"})).status_code == 204
    assert await reads(house, "anna", which) == []
    async with house.database.read() as tx:
        assert await house.services.messages.keyring.find(tx, "house", which) is None
        assert "Bent" not in str(await journal.after(tx, "house", 0, 100))
    assert (await call(house, "anna", "POST", f"/{which}/messages", {"id": "x", "text": "hej"})).status_code == 403
