"""Video meetings that a conversation invites to: a large button for all, and nothing of the citizen in its address."""

import re
from dataclasses import replace

import pytest

from hub.errors import Invalid
from hub.messaging.meeting import Meeting, is_address, names_somebody
from hub.settings import Outside
from tests.admin.desk import URL, Browser, signed_in
from tests.databases import on_both
from tests.integrations.medcom_messages import WHEN
from tests.messaging.test_links import newest, shared, signs_in
from tests.scenarios.conftest import Begin
from tests.scenarios.test_messages import call

ROOM = "https://video.example.dk/m/8f3Kq?pwd=x1"


def test_an_address_is_safe_to_open_and_tells_of_nobody() -> None:
    assert is_address(ROOM)
    for bad in (
        "http://video.example.dk/x",
        "javascript:alert(1)",
        "https://",
        "https://a b",
        'https://x/"onclick',
        "",
    ):
        assert not is_address(bad)
        with pytest.raises(Invalid, match="url"):
            Meeting(WHEN, bad)
    assert not is_address("https://you@video.example.dk/x")
    assert not is_address(f"https://video.example.dk/{'x' * 500}")
    assert names_somebody("https://video.example.dk/bent-j", ["Bent J"])
    assert names_somebody("https://video.example.dk/251248-9996", [])
    assert not names_somebody(ROOM, ["Bent J", ""])


@pytest.mark.parametrize("url", ["http://video.example.dk/{room}", "https://video.example.dk/"])
def test_the_service_is_safe_and_has_rooms(url: str) -> None:
    with pytest.raises(Invalid, match="HUB_VIDEO_URL"):
        Outside.from_environment({"HUB_VIDEO_URL": url})


@on_both
async def test_everybody_in_the_conversation_gets_the_button_over_the_link_too(
    begin: Begin,
) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    which = await shared(house)
    anna, form = await signed_in(house, "anna"), f"/messages/{which}/meeting"
    assert "Indkald til videomøde" in (await anna.get(f"/messages/{which}")).text
    for meets, address, says in (
        ("", ROOM, "Skriv en dag og et klokkeslæt"),
        ("2020-01-01T10:00", ROOM, "Tidspunktet er forbi"),
        ("2026-03-12T15:00", "http://video.example.dk", "den begynder med https://"),
        ("2026-03-12T15:00", "https://video.example.dk/Bent", "Adressen fortæller om borgeren"),
    ):
        refused = await anna.post(form, {"meets": meets, "address": address})
        assert (refused.status_code, says in refused.text) == (422, True), refused.text
    for _ in range(2):
        assert (await anna.post(form, {"id": "m1", "meets": "2026-03-12T15:00", "address": ROOM})).status_code == 303
    shown = (await call(house, "bo", "GET", f"/{which}")).json()["messages"]
    assert [one.get("meeting") for one in shown] == [None, {"at": "2026-03-12T14:00:00.000Z", "url": ROOM}]
    assert shown[-1]["text"] == f"Videomøde 2026-03-12 15:00: {ROOM}", "so that whoever has only text can come"
    button = f'<a class="meeting" href="{ROOM}" target="_blank" rel="noopener noreferrer">'
    assert (await anna.get(f"/messages/{which}")).text.count(button) == 1
    path, karen = newest(house)[1].removeprefix(URL), Browser(house)
    await signs_in(house, karen, path)
    assert button in (await karen.get(path)).text
    settings = replace(house.services.settings, outside=Outside(video_url="https://video.example.dk/{room}"))
    house.app.state.services = replace(house.services, settings=settings)
    assert "Mødets adresse" not in (await anna.get(f"/messages/{which}")).text
    assert (await anna.post(form, {"meets": "2026-03-13T15:00"})).status_code == 303
    rooms = re.findall(r'class="meeting" href="https://video.example.dk/([\w-]{22})"', (await karen.get(path)).text)
    assert len(rooms) == 1
