"""A wallboard hangs as itself: how a screen becomes one, what it is shown, and what it is not."""

import pytest

from hub.people.setup import parse
from hub.roster.actions import setup_site
from tests.lone.outings import asks
from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, House, site_text
from tests.wall.pictures import at_a_desk, sends

ELSEWHERE = '[[device]]\nid = "board"\nkind = "wallboard"\n'


@pytest.fixture
async def house(begin: Begin) -> House:
    return await begin("anna nord", "bo nord", "dina syd active 2026-03-10T15:00:00 2026-03-10T23:00:00")


async def test_a_screen_becomes_a_wallboard_by_its_own_token(house: House) -> None:
    door = await house.http.get("/wall")
    assert "Skærmen er ikke en vagttavle endnu" in door.text
    mine = await at_a_desk(house, "leif")
    assert "logget ind her som dig selv" in (await house.http.get("/wall", headers=mine)).text
    for token in ("", "dev_nonsense", house.tokens["phone-leif"], house.tokens["button-nord"], mine["Cookie"][12:]):
        assert "Det er ikke en vagttavles nøgle" in (await sends(house, {}, "/wall", {"token": token})).text
    hung = await sends(house, mine, "/wall", {"token": house.tokens["board-nord"]})
    assert (hung.status_code, hung.headers["location"]) == (303, "/wall")
    kept = hung.headers.get_list("set-cookie")
    assert any(one.startswith("hub_device=dev_") and "HttpOnly" in one and "Max-Age=31536000" in one for one in kept)
    assert (await asks(house, "leif", "GET", "/api/session")).status_code == 200
    ended = await house.http.get("/api/session", headers=mine)
    assert ended.status_code == 401, "nobody's own session stays on the wall"
    board = {"Cookie": f"hub_device={house.tokens['board-nord']}"}
    page = await house.http.get("/wall", headers=board)
    assert 'data-place="room-nord"' in page.text
    assert (await house.http.get("/alarms", headers=board)).headers["location"] == "/login?next=/alarms"
    assert (await house.http.get("/api/wall")).status_code == 401


async def test_it_says_who_would_hear_an_alarm_and_who_comes_next(house: House) -> None:
    await house.connect("anna")
    seen = (await asks(house, "leif", "GET", "/api/wall")).json()
    units = {one["unit"]: one for one in seen["units"]}
    assert [(one["name"], one["reach"]) for one in units["nord"]["people"]] == [("Anna", "full"), ("Bo", "not")]
    assert units["nord"]["next"] is None
    assert units["syd"]["next"] == {
        "at": "2026-03-10T14:00:00.000Z",
        "people": [{"person": "dina", "name": "Dina", "duty": "active"}],
    }
    assert list(units) == ["nord", "syd", "vest"]
    assert [one["unit"] for one in (await asks(house, "anna", "GET", "/api/wall")).json()["units"]] == ["nord"]


async def test_a_board_that_hangs_nowhere_in_particular_follows_the_whole_house(house: House) -> None:
    site = parse(site_text(["anna nord", "vera vest"], house.clock.now()) + "\n" + ELSEWHERE)
    house.tokens |= (await setup_site(house.database, site, RULES, house.clock)).tokens
    anna, vera, ada, north, board = await house.connect("anna", "vera", "ada", "board-nord", "board")
    in_nord = await anna.presses()
    house.hear("raised", anna, north, board)
    in_vest = await vera.presses()
    house.hear("raised", vera, board)
    somewhere = await ada.presses()
    house.hear("raised", anna, vera, ada, board)
    board.drops()
    await anna.resolves(in_nord)
    house.hear("resolved", anna, north)
    assert {one["id"] for one in (await board.comes_back())["alarms"]} == {in_vest, somewhere}
    board.hears("resolved", in_nord)
    await vera.resolves(in_vest)
    house.hear("resolved", vera, board)
    await ada.resolves(somewhere)
    house.hear("resolved", anna, vera, ada, board)
